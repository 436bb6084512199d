"""Going through a report line by line: what can be read is added up, what cannot is listed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Final, NamedTuple

from brands.models import Brand
from budget_system.texts import shown
from campaigns.models import Platform
from spending.importing.cells import EXACT, BadCell, read_campaign, read_cost, read_day
from spending.importing.columns import AMERICAN_DATES, Unit
from spending.importing.lookups import campaigns_by_id
from spending.importing.reading import Form, Line, read_lines
from spending.importing.requests import Progress, Request
from spending.importing.staging import BadLine, Staging
from spending.importing.units import MICRO, unit_of
from spending.models import FIRST_DATE

LINES_AT_A_TIME: Final = 5_000
REMEMBERED: Final = 100_000
_NO_DATES: Final = frozenset({"", "-", "--"})
_TOTALS: Final = ("total", "grand total", "subtotal", "©")


@dataclass(slots=True)
class Known:
    """What was found out on the way."""

    unit: Unit
    rows: int = 0
    totals: int = 0


class _Cost(NamedTuple):
    number: int
    campaign: str
    day: str
    amount: Decimal
    name: str


def collect(
    request: Request, form: Form, brand: Brand, staged: Staging, latest: date, progress: Progress | None
) -> Known:
    """Add up every line that can be read, and list the others; raises `Unreadable`."""
    known = Known(unit_of(request, form))
    reader = _Reader(request, form, brand, known, staged, latest)
    lines = read_lines(request.path, form)
    while portion := list(islice(lines, LINES_AT_A_TIME)):
        reader.take([line for line, _ in portion])
        if progress is not None:
            ended = len(portion) < LINES_AT_A_TIME  # the file is closed then
            progress(form.size if ended else portion[-1][1](), form.size)
    return known


class _Reader:
    """Reads lines in portions, so that the campaigns of many are looked up at once."""

    def __init__(self, request: Request, form: Form, brand: Brand, known: Known, staged: Staging, latest: date) -> None:
        self._request, self._form, self._brand, self._known = request, form, brand, known
        self._staged, self._latest = staged, latest
        self._american = request.platform in AMERICAN_DATES
        self._days: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._campaigns: dict[str, bool] = {}

    def take(self, lines: list[Line]) -> None:
        """Read some lines, and add up those that can be booked."""
        costs = []
        for line in lines:
            try:
                cost = self._read(line)
            except BadCell as error:
                cell, reason = error.args
                self._known.rows += 1
                self._staged.refuse(BadLine(line.number, shown(cell.strip()), reason))
                continue
            if cost is None:
                self._known.totals += 1
            else:
                self._known.rows += 1
                costs.append(cost)
        self._look_up({cost.campaign for cost in costs})
        add, may_be_created = self._staged.add, self._request.create_campaigns
        for cost in costs:
            if may_be_created or self._campaigns[cost.campaign]:
                add(cost.campaign, cost.day, cost.amount, cost.number, cost.name)
            else:
                platform = Platform(self._request.platform).label
                reason = f"“{self._brand}” has no campaign with this id on {platform}"
                self._staged.refuse(BadLine(cost.number, shown(cost.campaign), reason))

    def _read(self, line: Line) -> _Cost | None:
        """Read a line; `None` where it only adds up others. A refusal is `BadCell` with the cell and the reason."""
        columns, cells = self._form.columns, line.cells
        if not self._fits(cells):
            return None
        day_cell = cells[columns.date]
        day = self._days.get(day_cell)
        if day is None:
            with _blaming(day_cell):
                day = self._day(day_cell)
        if columns.currency is not None:
            self._check_currency(cells[columns.currency])
        if columns.last_day is not None and cells[columns.last_day] != day_cell:
            self._check_last_day(cells[columns.last_day], day)
        campaign = self._ids.get(cells[columns.campaign])
        if campaign is None:
            with _blaming(cells[columns.campaign]):
                campaign = self._campaign(cells[columns.campaign])
        cost_cell = cells[columns.cost]
        try:  # no context manager: this runs for every line
            amount = read_cost(cost_cell, separator=self._form.separator)
        except BadCell as error:
            raise BadCell(cost_cell, *error.args) from error
        if self._known.unit == Unit.MICROS:
            amount = EXACT.multiply(amount, MICRO)
        name = cells[columns.name] if columns.name is not None and self._request.create_campaigns else ""
        return _Cost(line.number, campaign, day, amount, name)

    def _fits(self, cells: list[str]) -> bool:
        """Say whether a line is one of the table: not where it only adds up others, or is the note at the foot."""
        width = len(self._form.columns.header)
        if len(cells) != width:
            if _adds_up(cells[0]):
                return False
            if len(cells) < width or any(map(str.strip, cells[width:])):
                raise BadCell(cells[0], f"the line has {len(cells)} cells, the header has {width}")
        columns = self._form.columns
        if cells[columns.date] in self._days:
            return True
        undated = cells[columns.date].strip() in _NO_DATES or _adds_up(cells[columns.date])
        return not (undated and (_adds_up(cells[0]) or _adds_up(cells[columns.campaign])))

    def _campaign(self, cell: str) -> str:
        if len(self._ids) >= REMEMBERED:
            self._ids.clear()
        self._ids[cell] = read_campaign(cell)
        return self._ids[cell]

    def _day(self, cell: str) -> str:
        day = read_day(cell, american=self._american)
        if day < FIRST_DATE:
            raise BadCell(f"the date is too early; the first is {FIRST_DATE}")
        if day > self._latest:
            raise BadCell(f"the date is in the future; the last is {self._latest}")
        if len(self._days) >= REMEMBERED:
            self._days.clear()
        self._days[cell] = day.isoformat()
        return self._days[cell]

    def _check_last_day(self, cell: str, day: str) -> None:
        with _blaming(cell):
            if read_day(cell, american=self._american).isoformat() != day:
                raise BadCell("the line covers several days; export the report with a line for each day")

    def _check_currency(self, cell: str) -> None:
        currency = cell.strip().upper()
        if currency not in ("", self._brand.currency):
            raise BadCell(cell, f"the currency is not {self._brand.currency}, which “{self._brand}” spends")

    def _look_up(self, external_ids: set[str]) -> None:
        """Find out which campaigns there are, and remember it for the lines to come."""
        if self._request.create_campaigns:
            return
        if len(self._campaigns) >= REMEMBERED:
            self._campaigns.clear()
        if unseen := external_ids - self._campaigns.keys():
            found = campaigns_by_id(self._brand.pk, self._request.platform, unseen)
            self._campaigns.update((external_id, external_id in found) for external_id in unseen)


def _adds_up(cell: str) -> bool:
    return cell.strip().casefold().startswith(_TOTALS)


@contextmanager
def _blaming(cell: str) -> Iterator[None]:
    """Name the cell in what refuses it."""
    try:
        yield
    except BadCell as error:
        raise BadCell(cell, *error.args) from error
