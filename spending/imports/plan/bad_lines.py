"""Lines of a report that are not booked, and why: few in memory, the rest in the file of its sums."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from spending.imports.plan.scratch_file import write_rows

_IN_MEMORY: Final = 1_000


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


class BadLines:
    """The bad lines of one report."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._db.execute("CREATE TABLE bad (line INTEGER, cell TEXT, reason TEXT, unknown TEXT)")
        self._held: list[tuple[int, str, str, str]] = []
        self.count = 0

    def add(self, bad: BadLine) -> None:
        """Add a line."""
        self.count += 1
        self._held.append((bad.number, bad.cell, bad.reason, bad.unknown))
        if len(self._held) >= _IN_MEMORY:
            self._put_down()

    def first(self, limit: int = -1) -> Iterator[BadLine]:
        """Yield the first lines by their number; without a limit all of them."""
        self._put_down()
        for row in self._db.execute(
            "SELECT line, cell, reason, unknown FROM bad ORDER BY line, rowid LIMIT ?", [limit]
        ):
            yield BadLine(*row)

    def groups(self, limit: int, cells: int) -> list[BadGroup]:
        """Return the lines by their reason, the most frequent first, each with its first cells."""
        self._put_down()
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
        """Return how many campaigns the lines name that the import could create, and on how many lines."""
        self._put_down()
        found: tuple[int, int] = self._db.execute(
            "SELECT count(DISTINCT unknown), count(*) FROM bad WHERE unknown <> ''"
        ).fetchone()
        return found

    def _put_down(self) -> None:
        write_rows(self._db, "INSERT INTO bad VALUES (?, ?, ?, ?)", self._held)
        self._held.clear()
