"""Sums of campaign-days: in memory while they are few, else in a file, so that memory does not grow with the report.

The file is an SQLite database of its own. Sums are stored as text, because they have as many decimals as the report
has, and are added in Python: exactly, and never as floats.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby, islice
from typing import Final, NamedTuple

from spending.imports.cells.parsing import EXACT_CONTEXT

DAYS_IN_MEMORY: Final = 50_000
_BAD_IN_MEMORY: Final = 1_000


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is not booked: its number, the cell at fault, and why."""

    number: int
    cell: str
    reason: str
    unknown: str = ""
    """The key of the campaign that it names, where that is not known and the import could create it."""

    def __str__(self) -> str:
        return f"line {self.number}: “{self.cell}”: {self.reason}"


@dataclass(frozen=True, slots=True)
class BadGroup:
    """Lines that are not booked for one reason: how many, the first of them, and the first cells at fault."""

    reason: str
    lines: int
    first_line: int
    cells: Sequence[tuple[str, int]]
    """Each with the number of lines that have it."""
    more_cells: int


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
    """Sums in memory, and the temporary file for what would be too much.

    The file has no name in any folder, so that nothing is left behind where the process is killed:
    https://www.sqlite.org/inmemorydb.html#temp_db
    """

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
            "CREATE TABLE part (day TEXT, campaign TEXT, amount TEXT, line INTEGER, name TEXT);"
            "CREATE TABLE good (day TEXT, campaign TEXT, cents INTEGER, name TEXT, PRIMARY KEY (day, campaign))"
            " WITHOUT ROWID;"
            "CREATE TABLE bad (line INTEGER, cell TEXT, reason TEXT, unknown TEXT);"
        )
        self._sums: dict[tuple[str, str], _Sum] = {}
        self._sums_put_down = False
        self._good: list[Day] = []
        self._bad: list[tuple[int, str, str, str]] = []
        self.bad_lines = 0

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

    def refuse(self, bad: BadLine) -> None:
        """Add a line to the list of bad ones."""
        self.bad_lines += 1
        self._bad.append((bad.number, bad.cell, bad.reason, bad.unknown))
        if len(self._bad) >= _BAD_IN_MEMORY:
            self._put_bad_down()

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

    def bad(self, limit: int = -1) -> Iterator[BadLine]:
        """Yield the bad lines by their number."""
        self._put_bad_down()
        for row in self._db.execute(
            "SELECT line, cell, reason, unknown FROM bad ORDER BY line, rowid LIMIT ?", [limit]
        ):
            yield BadLine(*row)

    def bad_groups(self, limit: int, cells: int) -> list[BadGroup]:
        """Return the bad lines by their reason, the most frequent first, each with its first cells."""
        self._put_bad_down()
        groups = self._db.execute(
            "SELECT reason, count(*), min(line), count(DISTINCT cell) FROM bad"
            " GROUP BY reason ORDER BY count(*) DESC, min(line) LIMIT ?",
            [limit],
        ).fetchall()
        first: dict[str, list[tuple[str, int]]] = {reason: [] for reason, *_ in groups}
        ranked = self._db.execute(
            "SELECT reason, cell, lines FROM (SELECT reason, cell, count(*) AS lines,"
            " row_number() OVER (PARTITION BY reason ORDER BY min(line)) AS place FROM bad GROUP BY reason, cell)"
            " WHERE place <= ? ORDER BY reason, place",
            [cells],
        )
        for reason, cell, lines in ranked:
            if reason in first:
                first[reason].append((cell, lines))
        return [
            BadGroup(reason, lines, line, first[reason], different - len(first[reason]))
            for reason, lines, line, different in groups
        ]

    def unknown_campaigns(self) -> tuple[int, int]:
        """Return how many campaigns the bad lines name that the import could create, and on how many lines."""
        self._put_bad_down()
        found: tuple[int, int] = self._db.execute(
            "SELECT count(DISTINCT unknown), count(*) FROM bad WHERE unknown <> ''"
        ).fetchone()
        return found

    def _put_sums_down(self) -> None:
        rows = [(day, campaign, str(one.amount), one.line, one.name) for (day, campaign), one in self._sums.items()]
        self._write("INSERT INTO part VALUES (?, ?, ?, ?, ?)", rows)
        self._sums.clear()
        self._sums_put_down = True

    def _put_good_down(self) -> None:
        rows = [(day.day.isoformat(), day.campaign, day.cents, day.name) for day in self._good]
        self._write("INSERT INTO good VALUES (?, ?, ?, ?)", rows)
        self._good.clear()

    def _put_bad_down(self) -> None:
        self._write("INSERT INTO bad VALUES (?, ?, ?, ?)", self._bad)
        self._bad.clear()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(statement, rows)
        self._db.execute("COMMIT")


@lru_cache(maxsize=8192)
def _date(day: str) -> date:
    return date.fromisoformat(day)
