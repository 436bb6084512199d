"""What undoing an import does to each day: what stands there now, and what stood before."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict
from budget_system.core.money import ZERO, as_cents
from campaigns.models import Campaign
from spending.imports.plan.other_entries import CampaignDay, entry_id
from spending.imports.plan.plan import BATCH_SIZE
from spending.imports.requests import OtherEntries
from spending.imports.undo.conflicts import (
    require_free_ids,
    require_in_brand,
    require_not_imported_since,
    require_same_currency,
    require_unchanged,
)
from spending.ledger.bounds import SHOWN_BOUND, Headroom
from spending.ledger.entries import SpendRow
from spending.ledger.existing import entries_of
from spending.models import DayResult, Import, ImportedDay, ReplacedEntry

MAX_DAYS_AT_ONCE: Final = 2_000
"""Days of an import that are undone within a request; more goes to the worker."""


@dataclass(frozen=True, slots=True)
class Reversal:
    """One day: the entry that stands there, and the one that stood before; `None` where there is none."""

    day: ImportedDay
    campaign: Campaign
    entry: SpendRow | None
    before: SpendRow | None
    replaced: Sequence[SpendRow] = ()
    """Other entries, which made way for the report and come back."""

    @property
    def now(self) -> Decimal:
        """Return the amount that stands there."""
        return ZERO if self.entry is None else self.entry.amount

    @property
    def then(self) -> Decimal:
        """Return the amount that stood there before."""
        before = ZERO if self.before is None else self.before.amount
        return sum((entry.amount for entry in self.replaced), before)

    def count(self, room: Headroom) -> None:
        """Count what undoing the day moves."""
        room.move(self.day.day, -as_cents(self.now))
        back = self.replaced if self.before is None else (self.before, *self.replaced)
        for entry in back:
            room.move(entry.spend_date, as_cents(entry.amount))


def days_to_undo(report: Import) -> "QuerySet[ImportedDay]":
    """Return an import's days that are not undone, in the order in which they were written."""
    return report.imported_days.filter(undone=False).order_by("pk")


def days_left(report: Import) -> int:
    """Return the number of an import's days that are not undone."""
    return report.imported_days.filter(undone=False).count()


def takes_long(*reports: Import) -> bool:
    """Return whether undoing all these imports takes too long for a request."""
    return sum(days_left(report) for report in reports if report.undone_at is None) > MAX_DAYS_AT_ONCE


def reversals(report: Import, days: Sequence[ImportedDay], *, now: datetime, by: Actor) -> Iterator[Reversal]:
    """Yield for each day what undoing does to it.

    Raise `Conflict` where a later import or a person has changed a day, or the brand's currency was changed: then what
    stood before is not what should stand now.
    """
    require_not_imported_since(days, by)
    replaced = _replaced(report, days, now)
    if replaced or any(day.result == DayResult.VOIDED for day in days):
        require_same_currency(report)
    campaigns = {row.pk: row for row in Campaign.everything.filter(pk__in={day.campaign_id for day in days})}
    entries = entries_of((day.campaign_id, entry_id(report.platform, day.day)) for day in days)
    for day in days:
        campaign = campaigns[day.campaign_id]
        entry = entries.get((day.campaign_id, entry_id(report.platform, day.day)))
        require_in_brand(campaign, report, by)
        require_unchanged(day, entry, campaign)
        back = replaced.get((day.campaign_id, day.day), [])
        require_free_ids(campaign, back)
        before = None if day.former is None else _restored(day.former, entry, now)
        yield Reversal(day, campaign, entry, before, back)


def all_reversals(report: Import, *, now: datetime, by: Actor) -> Iterator[Reversal]:
    """Yield all days that are not undone, without a lock. Raise `Conflict`."""
    last, room = 0, Headroom(report.brand_id)
    while days := list(days_to_undo(report).filter(pk__gt=last)[:BATCH_SIZE]):
        for one in reversals(report, days, now=now, by=by):
            one.count(room)
            yield one
        if (month := room.overdrawn()) is not None:
            raise Conflict(f"The month {month:%Y-%m} would come to more than {SHOWN_BOUND}, which no total may.")
        last = days[-1].pk


def _replaced(report: Import, days: Sequence[ImportedDay], now: datetime) -> dict[CampaignDay, list[SpendRow]]:
    """Return the entries that the report replaced on some of its days."""
    found: dict[CampaignDay, list[SpendRow]] = defaultdict(list)
    asked = {(day.campaign_id, day.day) for day in days}
    kept = ReplacedEntry.objects.filter(report=report, day__in={day for _, day in asked})
    for row in kept if report.other_entries == OtherEntries.REPLACE else ():
        if (row.campaign_id, row.day) in asked:
            found[row.campaign_id, row.day].append(_restored(row.former, None, now))
    return found


def _restored(former: dict[str, object], entry: SpendRow | None, now: datetime) -> SpendRow:
    """Return the entry as it stood before, but with the type and description that a person has given it since."""
    imported_by = former.get("imported_by")
    before = SpendRow(
        id=UUID(str(former["id"])),
        campaign_id=UUID(str(former["campaign"])),
        amount=Decimal(str(former["amount"])),
        spend_date=date.fromisoformat(str(former["spend_date"])),
        spend_type=str(former["spend_type"]),
        description=str(former["description"]),
        external_id=str(former["external_id"]),
        imported_by_id=UUID(str(imported_by)) if imported_by else None,
        created_by=str(former.get("created_by", "")),
        created_at=datetime.fromisoformat(str(former["created_at"])),
        updated_at=datetime.fromisoformat(str(former["updated_at"])),
    )
    if entry is not None and (entry.spend_type, entry.description) != (before.spend_type, before.description):
        return before._replace(spend_type=entry.spend_type, description=entry.description, updated_at=now)
    return before
