"""Booking many spends at once: the outcome of the rows one after the other, the difference booked as a whole.

All or nothing, in one transaction, in a number of statements that does not grow with the rows; each brand is decided
once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from uuid_utils.compat import uuid7

from brands.access import seen_by
from brands.calendar import local_date
from brands.history import ChangeRow, Former, differing
from brands.models import Change, ChangeAction
from budget_system.actors import Actor
from budget_system.errors import NotFound
from budget_system.money import ZERO, remembered_cents
from campaigns.models import Campaign
from spending.bounds import TotalTooLarge, rows_above
from spending.counting import DAILY
from spending.enforcement import Gate, enforcing, starting_over
from spending.entries import (
    RecordedRow,
    Result,
    SpendRow,
    SpendValues,
    check_amount,
    check_date,
    entry_of,
    why_archived,
)
from spending.locking import RowMoved
from spending.models import Spend
from spending.rows import update_spends
from spending.standing import entries_at
from spending.tables import id_writer, load_rows

Errors = dict[int, dict[str, list[str]]]


class RowsRefused(Exception):
    """Some rows are bad, so none was booked; `errors` tells what is wrong, by the row's place from 0."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} rows are refused; the first is row {min(errors)}.")
        self.errors = errors


@starting_over
def record_many(*, rows: Sequence[SpendValues | None], now: datetime, by: Actor) -> list[RecordedRow]:
    """Book rows as `record` would one after the other; give what became of each, in their order.

    `None` stands for a row that could not even be read. Raises `RowsRefused` where any is bad: then nothing is booked,
    and every other row has been looked at.
    """
    named = Campaign.everything.filter(pk__in={row["campaign_id"] for row in rows if row is not None})
    brand_of = dict(seen_by(named, by.reach).order_by().values_list("pk", "brand_id"))
    try:
        return _book(rows, brand_of, now, by)
    except NotFound as error:
        # The only campaign went while its brand was awaited; begun anew, its rows are named.
        raise RowMoved from error


def _book(
    rows: Sequence[SpendValues | None], brand_of: Mapping[UUID, UUID], now: datetime, by: Actor
) -> list[RecordedRow]:
    # Told the brands, the gate reads each once, not once with each campaign.
    recorded: list[RecordedRow] = []
    befores: list[SpendRow | None] = []
    try:
        with enforcing(*sorted(set(brand_of.values())), campaigns=brand_of, now=now, by=by) as gate:
            ledger = _Ledger(gate, [row for row in rows if row is not None])
            errors: Errors = {}
            for place, row in enumerate(rows):
                if row is None:
                    errors[place] = {}
                    continue
                try:
                    befores.append(ledger.standing(row))
                    recorded.append(ledger.record(row))
                except ValidationError as error:
                    errors[place] = error.message_dict
            if errors:
                raise RowsRefused(errors)
            ledger.write()
    except TotalTooLarge as error:
        steps = zip(befores, (one.spend for one in recorded), strict=True)
        moves = [(None if before is None else entry_of(before), entry_of(after)) for before, after in steps]
        blamed = rows_above(moves, brand_of, error)
        raise RowsRefused({place: {"amount": [error.sentence]} for place in blamed}) from error
    return recorded


@dataclass(slots=True)
class _Account:
    """A campaign of which rows are booked, and what was found out about it for all of them."""

    campaign: Campaign
    column: str
    """Its id as the database has it."""
    good_dates: set[date] = field(default_factory=set)
    moves: dict[str, dict[date, int]] = field(default_factory=dict)
    """By how many cents its days move, by the type of the entries."""


class _Ledger:
    """The entries that the rows name, as the rows one after the other leave them."""

    def __init__(self, gate: Gate, rows: Sequence[SpendValues]) -> None:
        self.gate = gate
        self._by = str(gate.by)
        written_id = id_writer()
        self._accounts = {pk: _Account(campaign, written_id(pk)) for pk, campaign in gate.campaigns.items()}
        columns = {pk: account.column for pk, account in self._accounts.items()}
        pairs = ((columns.get(row["campaign_id"], ""), row.get("external_id", "")) for row in rows)
        named = [pair for pair in dict.fromkeys(pairs) if all(pair)]
        self._stored = {named[place]: entry for place, entry in entries_at(named).items()}
        self._standing = dict(self._stored)
        self._unnamed: list[SpendRow] = []
        self._history: list[ChangeRow] = []
        self._columns = {"updated_at"}

    def standing(self, row: SpendValues) -> SpendRow | None:
        """Return the entry that a row names, as the rows before it have left it."""
        account = self._account(row["campaign_id"])
        return self._standing.get((account.column, row["external_id"])) if row.get("external_id") else None

    def record(self, row: SpendValues) -> RecordedRow:
        """Take one row; raises `ValidationError`."""
        account = self._account(row["campaign_id"])
        campaign = account.campaign
        pair = account.column, row.get("external_id", "")
        standing = self.standing(row)
        if standing is None:
            spend = self._new(account, row)
            if pair[1]:
                self._standing[pair] = spend
            else:
                self._unnamed.append(spend)
            return RecordedRow(spend, Result.CREATED)
        if row["amount"] == ZERO:
            self._history.append(
                self._former(campaign).row(Spend, standing.id, ChangeAction.DELETED, standing._asdict())
            )
            del self._standing[pair]
            return RecordedRow(standing._replace(amount=ZERO), Result.VOIDED)
        changes = differing(standing, row)
        if not changes:
            return RecordedRow(standing, Result.UNCHANGED)
        if "amount" in changes:
            check_amount(row["amount"], campaign.brand)
        if "spend_date" in changes:
            self._check_date(account, row["spend_date"])
        self._columns.update(changes)
        before = {name: getattr(standing, name) for name in changes}
        self._history.append(self._former(campaign).row(Spend, standing.id, ChangeAction.CHANGED, before, changes))
        changed = SpendRow(**{**standing._asdict(), **changes, "updated_at": self.gate.now})
        self._standing[pair] = changed
        return RecordedRow(changed, Result.REPLACED)

    def write(self) -> None:
        """Write what the rows came to: entries, former values, and the totals' differences."""
        new, changed, gone = self._unnamed, [], []
        for pair, spend in self._standing.items():
            stored = self._stored.get(pair)
            if stored is None:
                new.append(spend)
            elif spend.id != stored.id:  # voided, and booked anew
                new.append(spend)
                gone.append(stored)
            elif spend != stored:
                changed.append((stored, spend))
        gone += [stored for pair, stored in self._stored.items() if pair not in self._standing]
        if gone:
            Spend.objects.filter(pk__in=[spend.id for spend in gone]).delete()
        load_rows(Spend, SpendRow._fields, new)
        update_spends([spend for _, spend in changed], self._columns)
        load_rows(Change, ChangeRow._fields, self._history)
        self._move(new, 1)
        self._move((after for _, after in changed), 1)
        self._move((before for before, _ in changed), -1)
        self._move(gone, -1)
        for account in self._accounts.values():
            for spend_type, cents_of in account.moves.items():
                self.gate.move_days(account.campaign, spend_type, cents_of)

    def _move(self, spends: Iterable[SpendRow], sign: int) -> None:
        in_cents = remembered_cents()
        for spend in spends:
            cents_of = self._accounts[spend.campaign_id].moves.setdefault(spend.spend_type, {})
            cents_of[spend.spend_date] = cents_of.get(spend.spend_date, 0) + sign * in_cents(spend.amount)

    def _account(self, campaign_id: UUID) -> _Account:
        account = self._accounts.get(campaign_id)
        if account is None or account.campaign.brand.archived_at is not None:
            raise ValidationError({"campaign": f"No campaign has the id “{campaign_id}”."})
        return account

    def _check_date(self, account: _Account, spend_date: date) -> None:
        if spend_date not in account.good_dates:
            check_date(spend_date, account.campaign.brand, self.gate.now)
            account.good_dates.add(spend_date)

    def _former(self, campaign: Campaign) -> Former:
        return Former(self.gate.now, self.gate.by, campaign.brand_id)

    def _new(self, account: _Account, row: SpendValues) -> SpendRow:
        campaign = account.campaign
        if campaign.archived_at is not None:
            raise ValidationError({"campaign": why_archived(campaign)})
        now = self.gate.now
        spend = SpendRow(
            id=uuid7(),
            campaign_id=row["campaign_id"],
            amount=row["amount"],
            spend_date=row.get("spend_date") or local_date(now, campaign.brand.timezone),
            spend_type=row.get("spend_type", DAILY),
            description=row.get("description", ""),
            external_id=row.get("external_id", ""),
            imported_by_id=None,
            created_by=self._by,
            created_at=now,
            updated_at=now,
        )
        check_amount(spend.amount, campaign.brand)
        self._check_date(account, spend.spend_date)
        return spend
