"""How a file writes dates and decimals: decided for the whole file, by the cells that have only one reading."""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final, Generic, NamedTuple, TypeVar

from budget_system.core.text import excerpt
from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.refusals import Unreadable

Choice = TypeVar("Choice", bound=StrEnum)

_NAMES: Final[dict[StrEnum, str]] = {
    DateOrder.DAY_FIRST: "begins with the day",
    DateOrder.MONTH_FIRST: "begins with the month",
    DecimalSign.POINT: "has a decimal point",
    DecimalSign.COMMA: "has a decimal comma",
}


class Evidence(NamedTuple, Generic[Choice]):
    """A cell with only one reading; `surely` outweighs cells that a program or a person may have rewritten."""

    choice: Choice
    surely: bool
    line: int
    cell: str


class Notation(Generic[Choice]):
    """Which of two notations a file uses.

    What a person says comes before what the file shows, what was said for an earlier report after it. The file is read
    through once, when the first cell with two readings comes, and never where none does.
    """

    def __init__(
        self,
        chosen: Choice | None,
        chosen_before: Choice | None,
        field: str,
        scan: Callable[[], Iterable[Evidence[Choice]]],
    ) -> None:
        self._chosen, self._chosen_before, self._field, self._scan = chosen, chosen_before, field, scan
        self._seen: dict[tuple[Choice, bool], Evidence[Choice]] = {}
        self._scanned = False

    def see(self, evidence: Evidence[Choice]) -> None:
        """Record a cell with only one reading."""
        self._seen.setdefault((evidence.choice, evidence.surely), evidence)

    def choice(self) -> Choice | None:
        """Return the file's notation; `None` where no cell shows it. Raise `Unreadable` where cells disagree."""
        if self._chosen is not None:
            return self._chosen
        if not self._scanned:
            self._scanned = True
            for evidence in self._scan():
                self.see(evidence)
        return self.settled() or self._chosen_before

    @property
    def has_evidence(self) -> bool:
        """Return whether a cell with only one reading was seen."""
        return bool(self._seen)

    def settled(self) -> Choice | None:
        """Return the notation that the cells seen so far show. Raise `Unreadable` where they disagree."""
        for surely in (True, False):
            shown_by = [one for (_, how), one in self._seen.items() if how is surely]
            if len(shown_by) > 1 and self._chosen is None:
                raise Unreadable(self._contradiction(*sorted(shown_by, key=lambda one: one.line)), self._field)
            if shown_by:
                return shown_by[0].choice
        return None

    def undecided(self, line: int, cell: str) -> Unreadable:
        """Return the refusal of a file in which no cell shows how this one is meant."""
        return Unreadable(
            f"Line {line}: “{excerpt(cell.strip())}” could be meant either way, and no cell of the file shows which; "
            "say which is right",
            self._field,
        )

    def _contradiction(self, one: Evidence[Choice], other: Evidence[Choice]) -> str:
        places = (f"line {each.line} (“{excerpt(each.cell.strip())}”) {_NAMES[each.choice]}" for each in (one, other))
        return f"The file contradicts itself: {' and '.join(places)}; say which is right"
