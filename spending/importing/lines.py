"""Going through a report line by line: what can be read is added up, what cannot is listed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

from brands.calendar import ONE_DAY
from brands.models import Brand
from budget_system.texts import shown
from campaigns.models import Platform
from spending.importing.cells import EXACT, BadCell, is_midnight, read_campaign, read_cost, read_day
from spending.importing.lookups import known_ids
from spending.importing.platforms import AMERICAN_DATES, Unit
from spending.importing.reading import Form, read_lines
from spending.importing.requests import Progress, Request
from spending.importing.staging import BadLine, Staging
from spending.importing.units import MICRO, unit_of
from spending.models import FIRST_DATE

REMEMBERED: Final = 20_000
LONGEST_REMEMBERED: Final = 255
_NO_DATES: Final = frozenset({"", "-", "--"})
_TOTALS: Final = ("total", "grand total", "subtotal", "©")


@dataclass(slots=True)
class Known:
    """What was found out on the way."""

    unit: Unit
    rows: int = 0
    totals: int = 0


_T = TypeVar("_T")
_Cost = tuple[str, str, Decimal]
"""The campaign's id, the day, and what the line says was spent then."""


def collect(
    request: Request, form: Form, brand: Brand, staged: Staging, latest: date, progress: Progress | None
) -> Known:
    """Add up every line that can be read, and list the others; raises `Unreadable`."""
    known = Known(unit_of(request, form, brand.currency))
    reader = _Reader(request, form, brand, known, latest)
    name = form.columns.name if request.create_campaigns else None

    for number, cells in read_lines(request.path, form, progress):
        try:
            cost = reader.read(cells)
        except BadCell as error:
            cell, reason = error.args
            known.rows += 1
            staged.refuse(BadLine(number, shown(cell.strip()), reason))
            continue
        if cost is None:
            known.totals += 1
        else:
            known.rows += 1
            staged.add(*cost, number, "" if name is None else cells[name])
    return known


class _Reader:
    """Reads lines, and remembers what cells that come again and again were read as."""

    def __init__(self, request: Request, form: Form, brand: Brand, known: Known, latest: date) -> None:
        self._request, self._form, self._columns, self._brand = request, form, form.columns, brand
        self._latest, self._micros = latest, known.unit == Unit.MICROS
        self._currency = "" if self._micros else brand.currency  # nobody writes $ beside micros
        self._american = request.platform in AMERICAN_DATES
        self._known = None if request.create_campaigns else known_ids(brand.pk, request.platform)
        self._days: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._costs: dict[str, Decimal] = {}

    def read(self, cells: list[str]) -> _Cost | None:
        """Read a line; `None` where it only adds up others. A refusal is `BadCell` with the cell and the reason."""
        columns = self._columns
        if len(cells) != len(columns.header) and self._is_note(cells):
            return None
        day_cell, campaign_cell, cost_cell = cells[columns.date], cells[columns.campaign], cells[columns.cost]
        day = self._days.get(day_cell)
        if day is None:
            if self._is_total(cells):
                return None
            with _blaming(day_cell):
                day = self._day(day_cell)
        if columns.currency is not None:
            self._check_currency(cells[columns.currency])
        if columns.last_day is not None and cells[columns.last_day] != day_cell:
            self._check_last_day(cells[columns.last_day], day)
        campaign = self._ids.get(campaign_cell)
        if campaign is None:
            with _blaming(campaign_cell):
                campaign = self._campaign(campaign_cell)
        cost = self._costs.get(cost_cell)
        if cost is None:
            with _blaming(cost_cell):
                cost = self._cost(cost_cell)
        return campaign, day, cost

    def _is_note(self, cells: list[str]) -> bool:
        """Say of a line that has another width whether it is the note at the foot; empty cells more do not matter."""
        width = len(self._columns.header)
        if _adds_up(cells[0]):
            return True
        if len(cells) < width or any(map(str.strip, cells[width:])):
            raise BadCell(cells[0], f"the line has {len(cells)} cells, the header has {width}")
        return False

    def _is_total(self, cells: list[str]) -> bool:
        """Say whether a line only adds up others."""
        day = cells[self._columns.date]
        undated = day.strip() in _NO_DATES or _adds_up(day)
        return undated and (_adds_up(cells[0]) or _adds_up(cells[self._columns.campaign]))

    def _campaign(self, cell: str) -> str:
        campaign = read_campaign(cell)
        if self._known is not None and campaign not in self._known:
            platform = Platform(self._request.platform).label
            raise BadCell(
                f"“{self._brand}” has no campaign with this id on {platform}; enter the id at its campaign, or have "
                "the import create campaigns"
            )
        return _remembered(self._ids, cell, campaign)

    def _day(self, cell: str) -> str:
        day = read_day(cell, american=self._american)
        if day < FIRST_DATE:
            raise BadCell(f"the date is too early; the first is {FIRST_DATE}")
        if day > self._latest:
            raise BadCell(f"the date is in the future; the last is {self._latest}")
        return _remembered(self._days, cell, day.isoformat())

    def _cost(self, cell: str) -> Decimal:
        amount = read_cost(cell, separator=self._form.separator, currency=self._currency)
        return _remembered(self._costs, cell, EXACT.multiply(amount, MICRO) if self._micros else amount)

    def _check_last_day(self, cell: str, day: str) -> None:
        with _blaming(cell):
            end = read_day(cell, american=self._american)
            if day not in (end.isoformat(), (end - ONE_DAY).isoformat() if is_midnight(cell) else ""):
                raise BadCell("the line covers several days; export the report with a line for each day")

    def _check_currency(self, cell: str) -> None:
        currency = cell.strip().upper()
        if currency not in ("", self._brand.currency):
            raise BadCell(cell, f"the currency is not {self._brand.currency}, which “{self._brand}” spends")


def _remembered(before: dict[str, _T], cell: str, value: _T) -> _T:
    """Give what a cell was read as, and keep it as long as there are few; a long cell, padded with blanks, is not."""
    if len(cell) <= LONGEST_REMEMBERED:
        if len(before) >= REMEMBERED:
            before.clear()
        before[cell] = value
    return value


def _adds_up(cell: str) -> bool:
    return cell.strip().casefold().startswith(_TOTALS)


@contextmanager
def _blaming(cell: str) -> Iterator[None]:
    """Name the cell in what refuses it."""
    try:
        yield
    except BadCell as error:
        raise BadCell(cell, *error.args) from error
