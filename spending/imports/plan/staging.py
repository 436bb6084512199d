"""Sums of campaign-days: in memory while they are few, else in a file, so that memory does not grow with the report.

In the file they are stored as text, because they have as many decimals as the report has, and are added in Python:
exactly, and never as floats.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby, islice
from typing import Final, NamedTuple

from spending.imports.cells.parsing import EXACT_CONTEXT
from spending.imports.plan.bad_lines import BadLines
from spending.imports.plan.scratch_file import open_scratch_file, write_rows

DAYS_IN_MEMORY: Final = 50_000


class DaySum(NamedTuple):
    """The report's sum of a campaign on a day, and its first line."""

    campaign: str
    """Its key, see `keys`."""
    day: date
    amount: Decimal
    line: int
    name: str


class Day(NamedTuple):
    """A day that can be booked: whole cents."""

    campaign: str
    day: date
    cents: int
    name: str

    @property
    def sent(self) -> dict[str, object] | None:
        """The report's values of the day's entry, as an `Existing`; `None` for a day without spend, which has no
        entry.
        """
        return {"cents": self.cents, "day": self.day} if self.cents else None


@dataclass(slots=True)
class _Sum:
    amount: Decimal
    line: int
    name: str


class Staging:
    """Sums in memory, and the temporary file for what would be too much; `bad` are the lines that do not count."""

    def __init__(self) -> None:
        self._db = open_scratch_file()
        self._db.executescript(
            "CREATE TABLE part (day TEXT, campaign TEXT, amount TEXT, line INTEGER, name TEXT);"
            "CREATE TABLE good (day TEXT, campaign TEXT, cents INTEGER, name TEXT, PRIMARY KEY (day, campaign))"
            " WITHOUT ROWID;"
        )
        self._sums: dict[tuple[str, str], _Sum] = {}
        self._sums_put_down = False
        self._good: list[Day] = []
        self.bad = BadLines(self._db)

    def close(self) -> None:
        """Close and remove the file."""
        self._db.close()

    def add(self, campaign: str, day: str, amount: Decimal, line: int, name: str) -> None:
        """Add a line's cost to its campaign's day."""
        entry = self._sums.get((day, campaign))
        if entry is not None:
            entry.amount = EXACT_CONTEXT.add(entry.amount, amount)
            return
        self._sums[day, campaign] = _Sum(amount, line, name)
        if len(self._sums) >= DAYS_IN_MEMORY:
            self._put_sums_down()

    def parts(self) -> Iterator[tuple[str, str, Decimal]]:
        """Yield each day, campaign and amount that was added, summed up or not."""
        for day, campaign, amount in self._db.execute("SELECT day, campaign, amount FROM part"):
            yield day, campaign, Decimal(amount)
        for (day, campaign), entry in self._sums.items():
            yield day, campaign, entry.amount

    def sums(self) -> Iterator[DaySum]:
        """Yield every campaign-day's exact sum, by date; once."""
        if not self._sums_put_down:
            held, self._sums = sorted(self._sums.items()), {}
            for (day, campaign), entry in held:
                yield DaySum(campaign, _date(day), entry.amount, entry.line, entry.name)
            return
        self._put_sums_down()
        rows = self._db.execute("SELECT day, campaign, amount, line, name FROM part ORDER BY day, campaign, line")
        for (day, campaign), parts in groupby(rows, key=lambda row: (row[0], row[1])):
            amount, first = Decimal(0), None
            for part in parts:
                first = first or part
                amount = EXACT_CONTEXT.add(amount, Decimal(part[2]))
            assert first is not None
            yield DaySum(campaign, _date(day), amount, first[3], first[4])

    def keep(self, day: Day) -> None:
        """Store a day that is to be booked; days come by date, and by campaign within one."""
        self._good.append(day)
        if len(self._good) >= DAYS_IN_MEMORY:
            self._put_good_down()

    def days_since(self, day: date) -> int:
        """Return the number of days to be booked from a date on."""
        count: int = self._db.execute("SELECT count(*) FROM good WHERE day >= ?", [day.isoformat()]).fetchone()[0]
        return count + sum(1 for one in self._good if one.day >= day)

    def batches(self, size: int, since: date = date.min) -> Iterator[list[Day]]:
        """Yield the days to be booked, by date, in batches."""
        query = "SELECT campaign, day, cents, name FROM good WHERE day >= ? ORDER BY day, campaign"
        rows = self._db.execute(query, [since.isoformat()])
        down = (Day(campaign, _date(day), cents, name) for campaign, day, cents, name in rows)
        days = chain(down, (day for day in self._good if day.day >= since))
        while batch := list(islice(days, size)):
            yield batch

    def _put_sums_down(self) -> None:
        rows = [(day, campaign, str(one.amount), one.line, one.name) for (day, campaign), one in self._sums.items()]
        write_rows(self._db, "INSERT INTO part VALUES (?, ?, ?, ?, ?)", rows)
        self._sums.clear()
        self._sums_put_down = True

    def _put_good_down(self) -> None:
        rows = [(day.day.isoformat(), day.campaign, day.cents, day.name) for day in self._good]
        write_rows(self._db, "INSERT INTO good VALUES (?, ?, ?, ?)", rows)
        self._good.clear()


@lru_cache(maxsize=8192)
def _date(day: str) -> date:
    return date.fromisoformat(day)
