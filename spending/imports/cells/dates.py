"""Reading date cells: one day, or two where day and month can be read either way.

Everything here is pure. A refusal is `BadCell`, whose message goes into the list of bad lines.
"""

import re
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from spending.imports.cells.parsing import BadCell

_TIME = r"([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?( [AP]M)?)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{2}})\2([0-9]{{2}}){_TIME}", re.ASCII)
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_DOTTED = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_TIME}", re.ASCII)
_SLASHED = re.compile(rf"([0-9]{{1,2}})([-/])([0-9]{{1,2}})\2([0-9]{{4}}){_TIME}", re.ASCII)
_NAMED = re.compile(
    r"(?:([A-Z][a-z]{2,8}),? )?(?:([0-9]{1,2})[ -])?([A-Z][a-z]{2,8})(?: ([0-9]{1,2}),?)?[ -]([0-9]{4})", re.ASCII
)
_SHORT = re.compile(r"([0-9]{1,2})-([A-Z][a-z]{2})-([0-9]{2})", re.ASCII)
_SERIAL = re.compile(r"([0-9]{5})(\.[0-9]+)?", re.ASCII)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00([.,]0+)?)?|12:00(:00)? AM)( ?(Z|UTC|[+-][0-9:]{4,6}))?\s*$", re.ASCII)

# Source: https://support.microsoft.com/en-us/office/date-systems-in-excel-e7fe7167-48a9-4b96-bb53-5612a800b487
_DAY_ZERO: Final = date(1899, 12, 30)
_LATER_SYSTEM: Final = timedelta(days=1462)
"""By how much a serial number means a later day where the workbook counts from 1904."""


class DateOrder(StrEnum):
    """Which comes first in a date like 05/11/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


class Dates(NamedTuple):
    """A date cell read day first and month first; `None` where there is no such date."""

    day_first: date | None
    month_first: date | None
    spelled: str = "iso"
    """How it is written: `iso`, `slashed`, `serial`, `packed`."""

    @property
    def day(self) -> date | None:
        """The date, where there is only one reading."""
        if self.day_first is None or self.month_first is None:
            return self.month_first if self.day_first is None else self.day_first
        return self.day_first if self.day_first == self.month_first else None

    @property
    def order(self) -> DateOrder | None:
        """The order that the cell shows; `None` where it shows none, or can be read in either."""
        if self.spelled != "slashed" or (self.day_first is None) == (self.month_first is None):
            return None
        return DateOrder.MONTH_FIRST if self.day_first is None else DateOrder.DAY_FIRST


def parse_date(cell: str, latest: date) -> Dates:
    """Return the readings of a date cell; a time of day is dropped. Raise `BadCell` where it is no date.

    A spreadsheet's serial number (46327) is read where it means one day no later than `latest`.
    """
    text = cell.strip()
    if match := _ISO.fullmatch(text):
        return _certain(match[1], match[3], match[4])
    if match := _PACKED.fullmatch(text):
        return _certain(match[1], match[2], match[3])._replace(spelled="packed")
    if match := _DOTTED.fullmatch(text):
        return _certain(match[3], match[2], match[1])
    if match := _SLASHED.fullmatch(text):
        return _slashed(int(match[4]), int(match[1]), int(match[3]))
    if match := _SERIAL.fullmatch(text):
        return _serial(int(match[1]), latest)
    if (match := _SHORT.fullmatch(text)) and (month := _month(match[2])):
        return _certain(f"20{match[3]}", str(month), match[1])
    if (match := _NAMED.fullmatch(text)) and (named := _named(*match.groups())):
        return named
    raise BadCell("this is no date; write it like 2026-03-31" if text else "the date is empty")


def _certain(year: str, month: str, day: str) -> Dates:
    found = _date(int(year), int(month), int(day))
    if found is None:
        raise BadCell("there is no such date")
    return Dates(found, found)


def _slashed(year: int, first: int, second: int) -> Dates:
    day_first, month_first = _date(year, second, first), _date(year, first, second)
    if day_first is None and month_first is None:
        raise BadCell("there is no such date")
    return Dates(day_first, month_first, "slashed")


def _serial(number: int, latest: date) -> Dates:
    found = _DAY_ZERO + timedelta(days=number)
    if found > latest or found + _LATER_SYSTEM <= latest:
        raise BadCell("this is a spreadsheet's number for a date; export the report again, or write it like 2026-03-31")
    return Dates(found, found, "serial")


def _named(weekday: str | None, before: str | None, name: str, after: str | None, year: str) -> Dates | None:
    """Read `Sep 01, 2026`, as Amazon writes it, `1 September 2026` or `Sun, Nov 1, 2026`."""
    month, day = _month(name), before or after
    if not month or not day or (before and after):
        return None
    found = _certain(year, str(month), day)
    if weekday is not None:
        named = _WEEKDAYS[found.day_first.weekday()] if found.day_first else ""
        if weekday not in (named, named[:3]):
            return None
    return found


def _month(name: str) -> int | None:
    return next((number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def is_midnight(cell: str) -> bool:
    """Return whether a date is written with the time 00:00: a period that ends then ends with the day before."""
    return bool(_MIDNIGHT.search(cell))
