"""Columns that contradict an assumption: another currency than the brand's, or more than one day in a line.

Every column of the file is checked, whatever its name: so the check works in any language.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from spending.imports.cells.dates import Dates, parse_date
from spending.imports.cells.parsing import BadCell
from spending.imports.columns.finding import AMBIGUOUS_CODES, CURRENCY_CODES, Columns
from spending.imports.columns.names import is_sum, known_names, says_all, shortened
from spending.imports.files.reading import Line
from spending.imports.platforms import OTHER_DATES

SAMPLE: Final = 1_000
MAX_ID_LENGTH: Final = 255
UNKNOWN: Final = frozenset({"N/A", "NA", "#N/A", "NULL", "NONE", "NAN"})
MAX_DAYS_APART: Final = 400
"""Days: a number may be a date, but one that far from the line's own is a count of something."""


class Guards(NamedTuple):
    """Columns to be checked in each line."""

    currencies: Sequence[int]
    other_dates: Sequence[int]
    blank: Sequence[int] = ()
    """Columns that were empty in all lines that were looked at: codes may come later."""


def find_guards(lines: Iterable[Line], columns: Columns, platform: str, latest: date) -> Guards:
    """Return the columns of currency codes and of second dates, found among the first lines of a report."""
    places = [place for place in range(len(columns.header)) if place not in _chosen(columns)]
    codes = {place: _Codes() for place in places}
    dates = {place: _SecondDates(latest) for place in places if not _is_other_date(columns.header[place], platform)}
    for _, cells in islice(lines, SAMPLE):
        if len(cells) < len(columns.header) or is_sum(cells[0]):
            continue
        codes = {place: one for place, one in codes.items() if one.fits(cells, place, columns)}
        dates = {place: one for place, one in dates.items() if one.fits(cells, place, columns)}
        if not codes and not dates:
            break
    blank = tuple(place for place, one in codes.items() if one.is_blank)
    return Guards(_with(columns.currencies, codes), _with(columns.last_days, dates), blank)


def _with(known: Sequence[int], candidates: Mapping[int, "_Codes | _SecondDates"]) -> Sequence[int]:
    return tuple(dict.fromkeys((*known, *(place for place, one in candidates.items() if one.found))))


def _chosen(columns: Columns) -> tuple[int, int, int]:
    return columns.campaign, columns.date, columns.cost


class _Codes:
    """A column of which all cells so far are currency codes."""

    def __init__(self) -> None:
        self.found = False
        self.is_blank = True

    def fits(self, cells: Sequence[str], place: int, columns: Columns) -> bool:
        """Check the next line; return `False` where it is no such column after all."""
        cell = cells[place].strip().upper()
        if says_all(cell) or cell in UNKNOWN:
            return True
        self.is_blank = False
        self.found = self.found or cell not in AMBIGUOUS_CODES
        return cell in CURRENCY_CODES


class _SecondDates:
    """A column that may hold the other end of each line's period.

    It does not where two days of one campaign have the same date in it: periods that end together would overlap, so it
    is a date of the campaign, or of the whole report.
    """

    def __init__(self, latest: date) -> None:
        self._latest = latest
        self._seen: dict[tuple[str, str], str] = {}
        self.found = False

    def fits(self, cells: Sequence[str], place: int, columns: Columns) -> bool:
        """Check the next line; return `False` where it is no such column after all."""
        other, own = cells[place].strip(), cells[columns.date].strip()
        if says_all(other) or says_all(own):
            return True
        there, here = _dates(other, self._latest), _dates(own, self._latest)
        if here is None:
            return True  # a bad line
        if there is None or not _comparable(there, here):
            return False
        self.found = True
        return self._seen.setdefault((cells[columns.campaign][:MAX_ID_LENGTH], other), own) == own


def _is_other_date(name: str, platform: str) -> bool:
    return shortened(name) in OTHER_DATES or shortened(name) in known_names(platform, "other_date", ()).names


def _dates(cell: str, latest: date) -> Dates | None:
    try:
        return parse_date(cell, latest)
    except BadCell:
        return None


def _comparable(there: Dates, here: Dates) -> bool:
    """Return whether two cells are dates of one kind: a bare number is one only beside another that is near it."""
    if there.spelled not in ("serial", "packed"):
        return True
    if there.spelled != here.spelled or there.day is None or here.day is None:
        return False
    return abs((there.day - here.day).days) <= MAX_DAYS_APART
