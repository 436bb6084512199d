"""Booking many spends at once: the same outcome as one after the other, with only the difference written.

All or nothing, in one transaction, in a number of statements that does not grow with the rows; each brand is decided
once.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from brands.access.memberships import visible_rows
from budget_system.core.actors import Actor
from budget_system.core.errors import unknown_id
from budget_system.core.money import ZERO
from budget_system.core.retry import retry_on_conflict
from campaigns.models import Campaign
from spending.enforcement.gate import Gate
from spending.enforcement.transactions import enforcing_brands
from spending.ledger.bounds import TotalTooLarge, rows_above
from spending.ledger.entries import (
    BookingResult,
    RecordedRow,
    SpendRow,
    SpendValues,
    check_changes,
    entry_of,
    new_entry,
    outcome,
    wanted_values,
)
from spending.ledger.existing import entries_of
from spending.recording.batches import EntryBatch

Errors = dict[int, dict[str, list[str]]]


class RowsRefused(Exception):
    """Some rows are bad, so none was booked; `errors` holds what is wrong, by the row's index from 0."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(f"{len(errors)} rows are refused; the first is row {min(errors)}.")
        self.errors = errors


@retry_on_conflict
def record_many(*, rows: Sequence[SpendValues | None], now: datetime, by: Actor) -> list[RecordedRow]:
    """Book rows as `record` would one after the other; return what became of each, in their order.

    `None` stands for a row that could not even be read. Raise `RowsRefused` where any is bad: then nothing is booked,
    and every other row has been checked.
    """
    named = Campaign.everything.filter(pk__in={row["campaign_id"] for row in rows if row is not None})
    brand_of = dict(visible_rows(named, by.access).order_by().values_list("pk", "brand_id"))
    return _book(rows, brand_of, now, by)


def _book(
    rows: Sequence[SpendValues | None], brand_of: Mapping[UUID, UUID], now: datetime, by: Actor
) -> list[RecordedRow]:
    # Told the brands, the gate reads each once, not once with each campaign.
    recorded: list[RecordedRow] = []
    befores: list[SpendRow | None] = []
    try:
        with enforcing_brands(*sorted(set(brand_of.values())), campaigns=brand_of, now=now, by=by) as gate:
            ledger = _Ledger(gate, [row for row in rows if row is not None])
            errors: Errors = {}
            for place, row in enumerate(rows):
                if row is None:
                    errors[place] = {}
                    continue
                try:
                    befores.append(ledger.existing(row))
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


class _Ledger:
    """The entries that the rows name, as the earlier rows leave them."""

    def __init__(self, gate: Gate, rows: Sequence[SpendValues]) -> None:
        self._gate = gate
        self._by = str(gate.by)
        self._batch = EntryBatch(gate)
        named = [pair for pair in dict.fromkeys(map(_pair, rows)) if pair[0] in gate.campaigns and pair[1]]
        self._existing = entries_of(named)

    def existing(self, row: SpendValues) -> SpendRow | None:
        """Return the entry that a row names, as the earlier rows leave it."""
        return self._existing.get(_pair(row)) if row.get("external_id") else None

    def record(self, row: SpendValues) -> RecordedRow:
        """Take one row. Raise `ValidationError`."""
        campaign = self._campaign(row["campaign_id"])
        existing = self.existing(row)
        result, changes = outcome(existing, wanted_values(existing, row))
        if existing is None:
            entry = new_entry(campaign, row, now=self._gate.now, by=self._by)
            self._batch.create(entry)
            if entry.external_id:
                self._existing[_pair(row)] = entry
            return RecordedRow(entry, result)
        if result == BookingResult.VOIDED:
            self._batch.void(existing, campaign.brand_id)
            del self._existing[_pair(row)]
            return RecordedRow(existing._replace(amount=ZERO), result)
        if not changes:
            return RecordedRow(existing, result)
        check_changes(changes, row, campaign.brand, self._gate.now)
        changed = SpendRow(**{**existing._asdict(), **changes, "updated_at": self._gate.now})
        self._batch.replace(existing, changed, changes, campaign.brand_id)
        self._existing[_pair(row)] = changed
        return RecordedRow(changed, result)

    def write(self) -> None:
        """Write the difference that the rows make."""
        self._batch.move_totals()
        self._batch.write()

    def _campaign(self, campaign_id: UUID) -> Campaign:
        campaign = self._gate.campaigns.get(campaign_id)
        if campaign is None or campaign.brand.archived_at is not None:
            raise ValidationError({"campaign": unknown_id("campaign", campaign_id)})
        return campaign


def _pair(row: SpendValues) -> tuple[UUID, str]:
    return row["campaign_id"], row.get("external_id", "")
