"""What the oracle knows of many rows at once: rows of a bulk call, lines of a report, and what an import came to."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tests.oracle.facts import Brand, Campaign, Entry, Outcome

Cost = Decimal | None
"""What a cell says, exactly, as money; `None` where it cannot be read."""


@dataclass(frozen=True, slots=True)
class SpendRow:
    """One row of a bulk call; `None` is not sent."""

    campaign: Campaign
    amount: Decimal
    day: date | None = None
    kind: str | None = None
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row: its result, and the entry as it stood then."""

    result: str
    entry: Entry


@dataclass(slots=True)
class RowsOutcome(Outcome):
    """What the rules answer to a bulk call: what became of each row, or the places of those that are bad."""

    results: list[RowResult] = field(default_factory=list)
    bad: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report."""

    external_id: str
    day: date
    cost: Cost
    name: str
    currency: str | None = None


@dataclass(slots=True)
class ReportDay:
    """A campaign's day as an import has left it, and what stood there before."""

    campaign: Campaign
    entry: Entry | None
    name: str
    day: date
    amount: Decimal
    former: tuple[Decimal, date, bool] | None
    others: list[Entry] = field(default_factory=list)
    """What had not come by a report, and made way."""
    undone: bool = False

    @property
    def result(self) -> str:
        """Return in a word what was done."""
        if not self.amount:
            return "voided"
        return "created" if self.former is None else "replaced"


@dataclass(slots=True, eq=False)
class Report:
    """An import of a report."""

    key: str
    brand: Brand
    platform: str
    at: datetime
    currency: str
    sha256: str = ""
    rows: int = 0
    bad_lines: int = 0
    days: int = 0
    money_in: Decimal = Decimal(0)
    money_booked: Decimal = Decimal("0.00")
    changed: list[ReportDay] = field(default_factory=list)
    campaigns: list[Campaign] = field(default_factory=list)
    undone_at: datetime | None = None

    def __repr__(self) -> str:
        return self.key

    def count(self, result: str) -> int:
        """Count the days of which it made this."""
        return sum(day.result == result for day in self.changed)
