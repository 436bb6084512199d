"""Days and costs of a report's lines: each cell read once, in the notation of the whole file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Final

from brands.calendar import ONE_DAY
from brands.models import Brand
from budget_system.core.money import decimals_of
from budget_system.core.text import excerpt
from spending.imports.cells.costs import Cost, DecimalSign, is_no_cost, parse_cost
from spending.imports.cells.dates import DateOrder, Dates, parse_date
from spending.imports.cells.parsing import EXACT_CONTEXT, BadCell, cached
from spending.imports.files.reading import FileForm, read_lines
from spending.imports.interpretation.notation import Evidence, Notation
from spending.imports.interpretation.units import MICRO
from spending.imports.platforms import Unit
from spending.imports.refusals import Unreadable
from spending.imports.requests import Request
from spending.models import FIRST_DATE

_NOTHING: Final = Decimal(0)


class Values:
    """Reads the days and costs of a file, and caches the readings of repeated cells."""

    def __init__(
        self, request: Request, form: FileForm, brand: Brand, unit: Unit, latest: date, dated: Sequence[int]
    ) -> None:
        self._request, self._form, self._latest, self._dated = request, form, latest, dated
        self._micros = unit == Unit.MICROS
        self._currency = "" if self._micros else brand.currency  # nobody writes $ beside micros
        self._whole = decimals_of(brand.currency) == 0 and not self._micros
        self._order: Notation[DateOrder] = Notation(request.dates, request.dates_before, "dates", self._orders)
        self._sign: Notation[DecimalSign] = Notation(request.decimal, request.decimal_before, "decimal", self._signs)
        self._days: dict[str, str] = {}
        self._costs: dict[str, Decimal] = {}
        self._other_spelling = False
        self._perhaps_rewritten: tuple[int, str] | None = None

    def known_day(self, cell: str) -> str | None:
        """Return the cached reading of a date cell."""
        return self._days.get(cell)

    def known_cost(self, cell: str) -> Decimal | None:
        """Return the cached reading of a cost cell."""
        return self._costs.get(cell)

    def day(self, cell: str, line: int, *, beyond: bool = False) -> str:
        """Return a date, as ISO 8601; `beyond` where it may lie outside of what can be booked. Raise `BadCell`."""
        with naming_cell(cell):
            day = self._date(cell, line)
            if beyond:
                return day.isoformat()
            if day < FIRST_DATE:
                raise BadCell(f"the date is too early; the first is {FIRST_DATE}")
            if day > self._latest:
                raise BadCell(f"the date is in the future; the last is {self._latest}")
        return cached(self._days, cell, day.isoformat(), len(cell))

    def last_days(self, cell: str, line: int, *, ends_before: bool) -> tuple[str, ...]:
        """Return the days that a second date may mean: a period that ends at midnight ends with the day before, too."""
        end = self._date(cell, line)
        return (end.isoformat(), (end - ONE_DAY).isoformat()) if ends_before else (end.isoformat(),)

    def cost(self, cell: str, line: int) -> Decimal:
        """Return a cost in units of the brand's currency. Raise `BadCell`."""
        if is_no_cost(cell):
            return cached(self._costs, cell, _NOTHING, len(cell))
        with naming_cell(cell):
            amount = self._amount(parse_cost(cell, self._currency), cell, line)
        return cached(self._costs, cell, EXACT_CONTEXT.multiply(amount, MICRO) if self._micros else amount, len(cell))

    def require_one_notation(self) -> None:
        """Raise `Unreadable` for a file that has been seen to write its decimals, or its dates, in two ways."""
        self._order.settled()
        self._sign.settled()
        if self._request.dates is None and self._order.has_evidence and self._perhaps_rewritten is not None:
            line, cell = self._perhaps_rewritten
            raise Unreadable(
                f"A spreadsheet has rewritten some dates of the file, not all: line {line} (“{excerpt(cell.strip())}”) "
                "may have its day and month swapped; export the report again, or say how the others are meant",
                "dates",
            )

    def _date(self, cell: str, line: int) -> date:
        dates = parse_date(cell, self._latest)
        if dates.order is not None:
            self._order.see(Evidence(dates.order, True, line, cell))
        if dates.day is not None:
            if dates.spelled != "slashed" and dates.day.day != dates.day.month <= 12 >= dates.day.day:
                self._perhaps_rewritten = self._perhaps_rewritten or (line, cell)
            return dates.day
        order = self._order.choice()
        meant = dates.day_first if order == DateOrder.DAY_FIRST else dates.month_first
        if order is not None and meant is not None:
            return meant
        if self._other_spelling:
            raise BadCell(
                "day and month could be meant either way, and other dates of the file are written otherwise: a "
                "spreadsheet has rewritten some of them; export the report again, or say --dates day-first or "
                "--dates month-first"
            )
        raise self._order.undecided(line, cell)

    def _amount(self, cost: Cost, cell: str, line: int) -> Decimal:
        if cost.sign is not None:
            self._sign.see(Evidence(cost.sign, cost.surely, line, cell))
        if cost.amount is not None:
            return cost.amount
        sign = self._sign.choice()
        if sign is None and cost.with_point is not None and self._shows_points(cell) and not self._whole:
            sign = DecimalSign.POINT
        if sign is None and self._whole and cost.with_point is not None and cost.with_comma is not None:
            return max(cost.with_point, cost.with_comma, key=abs)  # without decimals the sign can only part thousands
        amount = cost.with_comma if sign == DecimalSign.COMMA else cost.with_point
        if sign is None or amount is None:
            raise self._sign.undecided(line, cell)
        return amount

    def _shows_points(self, cell: str) -> bool:
        """Return whether a point is the decimal sign where no cell shows it: commas separate, so they are not."""
        return self._form.separator == "," and "." in cell

    def _orders(self) -> Iterator[Evidence[DateOrder]]:
        """Yield the evidence of the dates of the whole file."""
        for line, cell in self._cells(self._dated):
            try:
                dates: Dates = parse_date(cell, self._latest)
            except BadCell:
                continue
            if dates.spelled != "slashed":
                self._other_spelling = True
            if dates.order is not None:
                yield Evidence(dates.order, True, line, cell)

    def _signs(self) -> Iterator[Evidence[DecimalSign]]:
        """Yield the evidence of the costs of the whole file."""
        for line, cell in self._cells([self._form.columns.cost]):
            try:
                cost = parse_cost(cell, self._currency)
            except BadCell:
                continue
            if cost.sign is not None:
                yield Evidence(cost.sign, cost.surely, line, cell)

    def _cells(self, places: Sequence[int]) -> Iterator[tuple[int, str]]:
        for line, cells in read_lines(self._request.path, self._form):
            for place in places:
                if place < len(cells):
                    yield line, cells[place]


@contextmanager
def naming_cell(cell: str) -> Iterator[None]:
    """Add the cell to a refusal raised within the block."""
    try:
        yield
    except BadCell as error:
        raise BadCell(cell, *error.args) from error
