"""Lines that only add up others: found by their arithmetic, since every language names them differently.

A line without a campaign or a day is a sum where its cost is that of the other lines of its scope; what is not is a bad
line. Platforms round each line before they add, or after: a difference of half a cent for each campaign-day is
accepted.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from spending.imports.cells.parsing import EXACT_CONTEXT
from spending.imports.plan.bad_lines import BadLine
from spending.imports.plan.staging import Staging

MAX_KEPT: Final = 1_000
HALF_A_CENT: Final = Decimal("0.005")


@dataclass(frozen=True, slots=True)
class SumLine:
    """A line that may be a sum: of which campaign, from which day to which; empty where it is of all."""

    number: int
    cell: str
    campaign: str
    first_day: str
    last_day: str
    amount: Decimal


@dataclass(slots=True)
class Sums:
    """Lines that may be sums, and the costs of lines that are not booked; decided when all lines are read."""

    kept: list[SumLine] = field(default_factory=list)
    _not_booked: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    def keep(self, line: SumLine) -> bool:
        """Keep a line until all are read; return `False` where there are too many of them to be sums."""
        if len(self.kept) >= MAX_KEPT:
            return False
        self.kept.append(line)
        return True

    def add_not_booked(self, day: str, amount: Decimal) -> None:
        """Add a bad line's cost: the platform's sum contains it too."""
        self._not_booked[day] = EXACT_CONTEXT.add(self._not_booked[day], amount)

    def settle(self, staged: Staging) -> int:
        """Return how many of the lines are sums; the others go to the bad lines."""
        if not self.kept:
            return 0
        by_day, by_campaign = self._totals(staged, {line.campaign for line in self.kept if line.campaign})
        sums = 0
        for line in self.kept:
            total, days = Decimal(0), 1
            if line.campaign:
                total, days = by_campaign.get(line.campaign, (total, days))
            else:
                for day, (amount, count) in by_day.items():
                    if line.first_day <= day <= (line.last_day or day):
                        total, days = EXACT_CONTEXT.add(total, amount), days + count
            if abs(EXACT_CONTEXT.subtract(total, line.amount)) <= HALF_A_CENT * days:
                sums += 1
            else:
                staged.bad.add(BadLine(line.number, line.cell, _why_bad(line, total)))
        return sums

    def _totals(
        self, staged: Staging, campaigns: Collection[str]
    ) -> tuple[dict[str, tuple[Decimal, int]], dict[str, tuple[Decimal, int]]]:
        nothing = (Decimal(0), 0)
        by_day = {day: (amount, 1) for day, amount in self._not_booked.items()}
        by_campaign: dict[str, tuple[Decimal, int]] = {}
        for day, campaign, amount in staged.parts():
            total, count = by_day.get(day, nothing)
            by_day[day] = EXACT_CONTEXT.add(total, amount), count + 1
            if campaign in campaigns:
                total, count = by_campaign.get(campaign, nothing)
                by_campaign[campaign] = EXACT_CONTEXT.add(total, amount), count + 1
        return by_day, by_campaign


def name_of_all(staged: Staging) -> str:
    """Return the key that cost as much as all others together, if there are at least two others; else an empty text."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for _, campaign, amount in staged.parts():
        totals[campaign] = EXACT_CONTEXT.add(totals[campaign], amount)
    half = sum(totals.values(), Decimal(0)) / 2
    return next((key for key, total in totals.items() if len(totals) > 2 and total == half > 0), "")


def _why_bad(line: SumLine, total: Decimal) -> str:
    missing = "no day of its own" if line.campaign else "no campaign of its own"
    return f"the line has {missing}, and its cost {line.amount:f} is not the sum of the others, {total:f}"
