"""Many entries that are created, changed and removed together: written at once, with their history and totals."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from brands.history.recorder import ChangeRecorder, ChangeRow
from brands.models import Change, ChangeAction
from budget_system.core.money import cached_to_cents
from spending.enforcement.gate import Gate
from spending.ledger.bulk_inserts import load_rows
from spending.ledger.bulk_updates import update_spends
from spending.ledger.entries import SpendRow
from spending.models import Spend


class EntryBatch:
    """Steps done to entries, one after the other; written is the difference between the first and last state.

    Each step is kept in the history. The number of statements does not grow with the entries. The campaigns of all of
    them must be known to the gate when the batch is written.
    """

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._before: dict[UUID, SpendRow] = {}
        self._after: dict[UUID, SpendRow | None] = {}
        self._history: list[ChangeRow] = []
        self._columns = {"updated_at"}

    def create(self, entry: SpendRow) -> None:
        """Add a new entry; its history begins when it is changed."""
        self._after[entry.id] = entry

    def restore(self, entry: SpendRow, brand_id: UUID) -> None:
        """Add an entry that comes back as it was."""
        self._after[entry.id] = entry
        self._keep(brand_id, entry, ChangeAction.RESTORED, {}, entry._asdict())

    def replace(self, stands: SpendRow, after: SpendRow, changes: Mapping[str, object], brand_id: UUID) -> None:
        """Change an existing entry; `changes` names what of it changes."""
        self._columns.update(changes)
        self._keep(brand_id, stands, ChangeAction.CHANGED, {name: getattr(stands, name) for name in changes}, changes)
        self._step(stands, after)

    def void(self, stands: SpendRow, brand_id: UUID) -> ChangeRow:
        """Remove an existing entry; return what is recorded of it."""
        self._step(stands, None)
        return self._keep(brand_id, stands, ChangeAction.DELETED, stands._asdict(), {})

    def _step(self, stands: SpendRow, after: SpendRow | None) -> None:
        if stands.id not in self._after:
            self._before[stands.id] = stands
        self._after[stands.id] = after

    def _keep(
        self,
        brand_id: UUID,
        entry: SpendRow,
        action: ChangeAction,
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> ChangeRow:
        recorder = ChangeRecorder(self._gate.now, self._gate.by, brand_id)
        self._history.append(recorder.row(Spend, entry.id, action, before, after))
        return self._history[-1]

    def move_totals(self) -> None:
        """Move the totals by the difference, in the gate, each campaign's days of one type together."""
        in_cents = cached_to_cents()
        moves: dict[tuple[UUID, str], dict[date, int]] = {}
        for entries, sign in ((self._before.values(), -1), (self._after.values(), 1)):
            for entry in entries:
                if entry is not None:
                    cents_of = moves.setdefault((entry.campaign_id, entry.spend_type), {})
                    cents_of[entry.spend_date] = cents_of.get(entry.spend_date, 0) + sign * in_cents(entry.amount)
        for (campaign_id, spend_type), cents_of in moves.items():
            self._gate.move_days(self._gate.campaigns[campaign_id], spend_type, cents_of)

    def write(self) -> None:
        """Write the difference, and the history of each step."""
        new = [entry for pk, entry in self._after.items() if entry is not None and pk not in self._before]
        kept = [after for pk in self._before if (after := self._after[pk]) is not None]
        gone = [pk for pk in self._before if self._after[pk] is None]
        if gone:
            Spend.objects.filter(pk__in=gone).delete()
        load_rows(Spend, SpendRow._fields, new)
        update_spends(kept, self._columns)
        load_rows(Change, ChangeRow._fields, self._history)
