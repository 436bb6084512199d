"""Operations on many spends at once: new ones, restatements and voids, in one call."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

from tests.oracle.compare import Difference
from tests.oracle.facts import ZERO, Outcome
from tests.oracle.feed_facts import RowsOutcome, SpendRow
from tests.oracle.operations import body_of, cents, fitting, operation, pick, seldom
from tests.oracle.ops_ledger import KINDS, NAMES, LedgerOperations
from tests.oracle.rows import Row, entry_row

DAYS = (None, None, None, 0, 0, -1, 1, -5, -40)


class BulkOperations(LedgerOperations):
    """What is sent to `bulk/`."""

    def send_rows(self, rows: Sequence[SpendRow]) -> Outcome:
        """POST rows, and compare what is told of each."""
        outcome = self.oracle.record_rows(rows)
        self.expected, self.expected_body = outcome.code, self._answer(outcome)
        answer = self.system.send("POST", "/api/spends/bulk/", [self._body(row) for row in rows])
        self.note(f"bulk of {len(rows)} -> {answer.code}: {rows}")
        if answer.code != outcome.code:
            raise Difference(f"bulk {rows}: must be {outcome.code}, is {answer.code}: {answer.body}")
        if outcome.bad:
            bad = {str(place) for place in outcome.bad}
            if answer.row.keys() != bad:
                raise Difference(f"bulk {rows}: bad are {sorted(bad)}, the system says {answer.body}")
            return outcome
        for row_result, row in zip(outcome.results, answer.rows, strict=True):
            spend = row["spend"]
            assert isinstance(spend, dict)
            if row_result.result == "created":
                self.idents[row_result.entry.key] = str(spend["id"])
            expected = {"result": row_result.result} | entry_row(row_result.entry, self.ident)
            self.comparison.same("row of a bulk call", expected, {"result": row["result"]} | spend)
        return outcome

    def _answer(self, outcome: RowsOutcome) -> object:
        if outcome.bad:
            return {str(place): {} for place in outcome.bad}
        return [
            {"result": row_result.result, "spend": entry_row(row_result.entry, self.ident)}
            for row_result in outcome.results
        ]

    def _body(self, row: SpendRow) -> Row:
        sent = {"spend_date": row.day, "spend_type": row.kind, "external_id": row.external_id or None}
        known = {name: value for name, value in sent.items() if value is not None}
        return {"campaign": self.ident(row.campaign)} | body_of({"amount": row.amount, **known})

    def new_row(self, rng: Random) -> SpendRow:
        """Make up a row, of whatever brand; one in many is bad."""
        campaign = self.spender(rng) if seldom(rng, 5) else pick(rng, self.campaigns())
        today = self.oracle.today(campaign.brand)
        ahead = 2 if seldom(rng, 80) else pick(rng, DAYS)
        small = fitting(rng, cents(rng, 900), campaign.brand.currency)
        amount = ZERO if seldom(rng, 80) else pick(rng, (small, self.amount(rng, campaign)))
        day = None if ahead is None else today + timedelta(days=ahead)
        return SpendRow(campaign, amount, day, pick(rng, (None, *KINDS)), pick(rng, ("", *NAMES, "day-3")))

    @operation(LedgerOperations.campaigns, weight=3)
    def bulk_of_new_rows(self, rng: Random) -> Outcome:
        """Send rows of several brands; a name may come twice, and is then restated by the second."""
        return self.send_rows([self.new_row(rng) for _ in range(rng.randint(1, 6))])

    @operation(LedgerOperations.named_entries, weight=3)
    def bulk_of_known_rows(self, rng: Random) -> Outcome:
        """Send known entries again: the same, restated, voided, and voided and sent anew in one call."""
        entries = self.named_entries()
        rows = []
        for entry in rng.sample(entries, min(len(entries), rng.randint(1, 4))):
            some = self.some(rng, entry.campaign)
            amounts = pick(rng, ((entry.amount,), (some,), (ZERO,), (ZERO, some), (some, ZERO)))
            day, kind = pick(rng, (None, entry.day)), pick(rng, (None, None, *KINDS))
            rows += [SpendRow(entry.campaign, amount, day, kind, entry.external_id) for amount in amounts]
        if seldom(rng, 3):
            rows.insert(rng.randint(0, len(rows)), self.new_row(rng))
        return self.send_rows(rows)
