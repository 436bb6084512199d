"""Booking many spends at once: the outcome of the rows one after the other, the difference booked as a whole.

All or nothing, in one transaction, in a number of statements that does not grow with the rows; each brand is decided
once.
"""

from collections.abc import Collection, Sequence
from copy import copy
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.access import seen_by
from brands.calendar import local_date
from brands.history import Former, differing
from brands.models import Change
from budget_system.actors import Actor
from budget_system.errors import NotFound
from budget_system.money import ZERO
from campaigns.models import Campaign
from spending.enforcement import Gate, enforcing, starting_over
from spending.entries import Recorded, Result, SpendValues, check_amount, check_date, entry_of, why_archived
from spending.locking import RowMoved
from spending.models import Spend
from spending.rows import insert_rows, update_spends

Errors = dict[int, dict[str, list[str]]]


class RowsRefused(Exception):
    """Some rows are bad, so none was booked; `errors` tells what is wrong, by the row's place from 0."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} rows are refused; the first is row {min(errors)}.")
        self.errors = errors


@starting_over
def record_many(*, rows: Sequence[SpendValues], now: datetime, by: Actor) -> list[Recorded]:
    """Book rows as `record` would one after the other; give what became of each, in their order.

    Raises `RowsRefused` where any is bad: then nothing is booked.
    """
    named = Campaign.everything.filter(pk__in={row["campaign_id"] for row in rows})
    known = set(seen_by(named, by.reach).values_list("pk", flat=True))
    try:
        return _book(rows, known, now, by)
    except NotFound as error:
        # The only campaign went while its brand was awaited; begun anew, its rows are named.
        raise RowMoved from error


def _book(rows: Sequence[SpendValues], known: Collection[UUID], now: datetime, by: Actor) -> list[Recorded]:
    with enforcing(campaigns=known, now=now, by=by) as gate:
        ledger = _Ledger(gate, rows)
        recorded, errors = [], {}
        for place, row in enumerate(rows):
            try:
                recorded.append(ledger.record(row))
            except ValidationError as error:
                errors[place] = error.message_dict
        if errors:
            raise RowsRefused(errors)
        ledger.write()
    return recorded


class _Ledger:
    """The entries that the rows name, as the rows one after the other leave them."""

    def __init__(self, gate: Gate, rows: Sequence[SpendValues]) -> None:
        self.gate = gate
        pairs = {(row["campaign_id"], row["external_id"]) for row in rows if row.get("external_id")}
        stored = Spend.objects.filter(
            campaign_id__in={campaign_id for campaign_id, _ in pairs},
            external_id__in={external_id for _, external_id in pairs},
        )
        self.stored = {spend.pk: spend for spend in stored if (spend.campaign_id, spend.external_id) in pairs}
        self.now_standing = {(spend.campaign_id, spend.external_id): copy(spend) for spend in self.stored.values()}
        self.unnamed: list[Spend] = []
        self.changed: set[UUID] = set()
        self.history: list[Change] = []

    def record(self, row: SpendValues) -> Recorded:
        """Take one row; raises `ValidationError`."""
        campaign = self._campaign(row["campaign_id"])
        key = (campaign.pk, row.get("external_id", ""))
        standing = self.now_standing.get(key) if key[1] else None
        if standing is None:
            spend = self._new(campaign, row)
            if key[1]:
                self.now_standing[key] = spend
            else:
                self.unnamed.append(spend)
            return Recorded(copy(spend), Result.CREATED)
        former = Former(self.gate.now, self.gate.by, campaign.brand_id)
        if row["amount"] == ZERO:
            self.history.append(former.deleted(standing))
            del self.now_standing[key]
            voided = copy(standing)
            voided.amount = ZERO
            return Recorded(voided, Result.VOIDED)
        changes = differing(standing, {name: value for name, value in row.items() if name != "campaign_id"})
        if not changes:
            return Recorded(copy(standing), Result.UNCHANGED)
        if "spend_date" in changes:
            check_date(row["spend_date"], campaign.brand, self.gate.now)
        self.history.append(former.changed(standing, changes))
        for name, value in changes.items():
            setattr(standing, name, value)
        standing.updated_at = self.gate.now
        self.changed.add(standing.pk)
        return Recorded(copy(standing), Result.REPLACED)

    def write(self) -> None:
        """Write what the rows came to: entries, former values, and the totals' differences."""
        standing = [*self.unnamed, *self.now_standing.values()]
        kept = {spend.pk for spend in standing}
        gone = [spend for pk, spend in self.stored.items() if pk not in kept]
        Spend.objects.filter(pk__in=[spend.pk for spend in gone]).delete()
        insert_rows(Spend, [spend for spend in standing if spend.pk not in self.stored])
        update_spends([spend for spend in standing if spend.pk in self.changed & self.stored.keys()])
        insert_rows(Change, self.history)
        for spend in standing:
            before = self.stored.get(spend.pk)
            self.gate.book(
                self.gate.campaigns[spend.campaign_id],
                before=entry_of(before) if before else None,
                after=entry_of(spend),
            )
        for spend in gone:
            self.gate.book(self.gate.campaigns[spend.campaign_id], before=entry_of(spend))

    def _campaign(self, campaign_id: UUID) -> Campaign:
        campaign = self.gate.campaigns.get(campaign_id)
        if campaign is None or campaign.brand.archived_at is not None:
            raise ValidationError({"campaign": f"No campaign has the id “{campaign_id}”."})
        return campaign

    def _new(self, campaign: Campaign, row: SpendValues) -> Spend:
        if campaign.archived_at is not None:
            raise ValidationError({"campaign": why_archived(campaign)})
        spend = Spend(**{"spend_date": local_date(self.gate.now, campaign.brand.timezone), **row})
        spend.campaign = campaign
        spend.created_by = str(self.gate.by)
        spend.created_at = spend.updated_at = self.gate.now
        check_amount(spend.amount)
        check_date(spend.spend_date, campaign.brand, self.gate.now)
        return spend
