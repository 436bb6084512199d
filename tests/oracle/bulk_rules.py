"""The rules of a bulk call: the rows one after the other, all or nothing, the difference taken as a whole."""

from collections.abc import Sequence
from copy import copy

from tests.oracle.facts import ZERO
from tests.oracle.feed_facts import RowResult, RowsOutcome, SpendRow
from tests.oracle.ledger_rules import LedgerRules


class BulkRules(LedgerRules):
    """Many spends at once."""

    def record_rows(self, rows: Sequence[SpendRow]) -> RowsOutcome:
        """Book rows as `record` would, one after the other; one that is bad spoils all."""
        brands = list({row.campaign.brand.key: row.campaign.brand for row in rows}.values())
        ledger = [(entry, entry.amount, entry.day, entry.kind) for entry in self.entries]
        cleared, must = dict(self.cleared), set(self.must)
        outcome = RowsOutcome(200, brands=[brand for brand in brands if not brand.gone])
        with self.asking(*outcome.brands):
            for place, row in enumerate(rows):
                result = self._one(row)
                if result is None:
                    outcome.bad.add(place)
                else:
                    outcome.results.append(result)
            if outcome.bad:
                outcome.code = 400
                self.entries = [entry for entry, *_ in ledger]
                for entry, amount, day, kind in ledger:
                    entry.amount, entry.day, entry.kind = amount, day, kind
                self.forget_sums()
        if outcome.bad:
            self.cleared, self.must = cleared, must
        return outcome

    def _one(self, row: SpendRow) -> RowResult | None:
        known = self.entry_named(row.campaign, row.external_id)
        before = copy(known) if known else None
        answer = self.record(row.campaign, amount=row.amount, day=row.day, kind=row.kind, external_id=row.external_id)
        if not answer.accepted:
            return None
        if before is None or known is None:
            return RowResult("created", copy(self.entries[-1]))
        if row.amount == ZERO:
            before.amount = ZERO
            return RowResult("voided", before)
        same = (before.amount, before.day, before.kind) == (known.amount, known.day, known.kind)
        return RowResult("unchanged" if same else "replaced", copy(known))
