"""Reading a report line by line: what can be read is added up, what cannot is listed."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from brands.models import Brand
from budget_system.core.text import excerpt
from spending.imports.cells.costs import is_no_cost
from spending.imports.cells.dates import is_midnight
from spending.imports.cells.parsing import BadCell, UnknownCampaign
from spending.imports.columns.finding import AMBIGUOUS_CODES, CURRENCY_CODES
from spending.imports.columns.names import is_sum, says_all
from spending.imports.files.reading import FileForm, read_lines
from spending.imports.interpretation.guards import UNKNOWN, find_guards
from spending.imports.interpretation.units import unit_of
from spending.imports.interpretation.values import Values, naming_cell
from spending.imports.plan.bad_lines import BadLine
from spending.imports.plan.identities import Identities
from spending.imports.plan.staging import Staging
from spending.imports.plan.sums import SumLine, Sums, name_of_all
from spending.imports.platforms import Unit
from spending.imports.requests import MatchBy, Progress, Request

ONLY_SUMS: Final = "this line names no campaign of its own, and is no sum of others"


@dataclass(slots=True)
class Findings:
    """What was found out while reading."""

    unit: Unit
    rows: int = 0
    totals: int = 0
    no_costs: int = 0
    """Lines that say by a dash, or by nothing, that nothing was spent."""
    looks_like_sum: str = ""
    """A name that cost as much as all others together."""
    ambiguous: frozenset[str] = field(default_factory=frozenset)
    """Keys of which it turned out that more than one campaign may be meant."""


def collect(
    request: Request, form: FileForm, brand: Brand, staged: Staging, latest: date, progress: Progress | None
) -> Findings:
    """Add up every line that can be read, and list the others; `latest` is the brand's tomorrow. Raise `Unreadable`."""
    findings = Findings(unit_of(request, form, brand.currency))
    sums = Sums()
    reader = _Reader(request, form, brand, findings, latest, staged, sums)

    for number, cells in read_lines(request.path, form, progress):
        try:
            booked = reader.read(number, cells)
        except BadCell as error:
            cell, reason = error.args
            findings.rows += 1
            key = error.key if isinstance(error, UnknownCampaign) else ""
            staged.bad.add(BadLine(number, excerpt(cell.strip()), reason, key))
            continue
        if booked:
            findings.rows += 1
        else:
            findings.totals += 1
    reader.values.require_one_notation()
    found = sums.settle(staged)
    findings.rows += len(sums.kept) - found
    findings.totals -= len(sums.kept) - found
    findings.ambiguous = reader.identities.ambiguous
    if request.create_campaigns and request.match_by == MatchBy.NAME:
        findings.looks_like_sum = name_of_all(staged)
    return findings


class _Reader:
    """Reads lines into the sums."""

    def __init__(
        self,
        request: Request,
        form: FileForm,
        brand: Brand,
        findings: Findings,
        latest: date,
        staged: Staging,
        sums: Sums,
    ) -> None:
        self._columns, self._brand, self._findings, self._staged, self._sums = (
            form.columns,
            brand,
            findings,
            staged,
            sums,
        )
        self._guards = find_guards(read_lines(request.path, form), form.columns, request.platform, latest)
        dated = (form.columns.date, *self._guards.other_dates)
        self.values = Values(request, form, brand, findings.unit, latest, dated)
        self.identities = Identities(request, form.columns, brand)
        self._by_name = request.match_by == MatchBy.NAME
        self._name = form.columns.name if request.create_campaigns else None

    def read(self, number: int, cells: list[str]) -> bool:
        """Read a line; return `False` where it only adds up others, or may.

        Raise `BadCell`, with the cell and the reason, where it is refused.
        """
        columns = self._columns
        if len(cells) != len(columns.header) and self._is_note(cells):
            return False
        day_cell = cells[columns.date]
        day = self.values.known_day(day_cell)
        if day is None:
            if says_all(day_cell) or is_sum(day_cell):
                return self._without_day(number, cells)
            day = self.values.day(day_cell, number)
        for place in self._guards.currencies:
            self._check_currency(cells[place], place)
        for place in self._guards.blank:
            if cells[place] and cells[place].strip().upper() in CURRENCY_CODES - AMBIGUOUS_CODES:
                self._check_currency(cells[place], place)
        campaign = self.identities.known_key(cells)
        if campaign is None and self._names_nobody(cells):
            return self._keep_sum(number, cells, "", day, self._last_day(cells, day, number))
        if self._guards.other_dates:
            self._check_last_days(cells, day, number)
        self._add(number, cells, campaign, day)
        return True

    def _add(self, number: int, cells: list[str], campaign: str | None, day: str) -> None:
        """Add a line's cost to its campaign's day, which is known where the campaign was named before."""
        cost_cell = cells[self._columns.cost]
        amount = self.values.known_cost(cost_cell)
        if amount is None:
            amount = self.values.cost(cost_cell, number)
        if campaign is None:
            try:
                campaign = self.identities.key(cells)
            except BadCell:
                self._sums.add_not_booked(day, amount)
                raise
        if not amount and is_no_cost(cost_cell):
            self._findings.no_costs += 1
        self._staged.add(campaign, day, amount, number, "" if self._name is None else cells[self._name])

    def _is_note(self, cells: list[str]) -> bool:
        """Return whether a line of another width is the note at the foot; additional empty cells do not matter."""
        width = len(self._columns.header)
        if is_sum(cells[0]) or cells[0].strip().startswith("©"):
            return True
        if len(cells) < width or any(map(str.strip, cells[width:])):
            raise BadCell(cells[0], f"the line has {len(cells)} cells, the header has {width}")
        return False

    def _without_day(self, number: int, cells: list[str]) -> bool:
        """Leave out a line that has no day and is called a sum; else it may be the sum of a campaign or of all."""
        columns = self._columns
        if any(is_sum(cells[place]) for place in (0, columns.campaign, columns.date)):
            return False
        if self._names_nobody(cells):
            return self._keep_sum(number, cells, "", "", "")
        return self._keep_sum(number, cells, self.identities.key(cells), "", "")

    def _names_nobody(self, cells: list[str]) -> bool:
        """Return whether a line has no campaign."""
        columns, campaign = self._columns, cells[self._columns.campaign]
        if self._by_name:
            return says_all(campaign) or (is_sum(campaign) and not self.identities.is_known(cells))
        name = "" if columns.name is None else cells[columns.name]
        return (says_all(campaign) and (says_all(name) or is_sum(name))) or is_sum(campaign)

    def _keep_sum(self, number: int, cells: list[str], campaign: str, first_day: str, last_day: str) -> bool:
        cost_cell = cells[self._columns.cost]
        amount = self.values.cost(cost_cell, number)
        cell = excerpt((cells[self._columns.campaign] or cells[self._columns.date] or cost_cell).strip())
        if not self._sums.keep(SumLine(number, cell, campaign, first_day, last_day, amount)):
            raise BadCell(cell, ONLY_SUMS)
        return False

    def _last_day(self, cells: list[str], day: str, number: int) -> str:
        """Return the last day of a sum line's period."""
        ends = (cells[place] for place in self._guards.other_dates)
        return max((self.values.day(end, number, beyond=True) for end in ends if not says_all(end)), default=day)

    def _check_last_days(self, cells: list[str], day: str, number: int) -> None:
        for cell in (cells[place] for place in self._guards.other_dates):
            if cell == cells[self._columns.date] or says_all(cell):
                continue
            with naming_cell(cell):
                if day not in self.values.last_days(cell, number, ends_before=is_midnight(cell)):
                    raise BadCell(
                        "the line covers several days, or another column speaks of another day; export the report with "
                        "a line for each day"
                    )

    def _check_currency(self, cell: str, place: int) -> None:
        currency = cell.strip().upper()
        if currency != self._brand.currency and currency not in UNKNOWN and not says_all(cell):
            column = excerpt(self._columns.named(place))
            raise BadCell(cell, f"the currency is not {self._brand.currency}, which “{self._brand}” spends ({column})")
