"""Reading the cells of a report: exactly, or not at all.

Everything here is pure. A refusal is `BadCell`, whose message goes into the list of bad lines.
"""

import re
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Final

from spending.importing.currencies import without_currency

EXACT: Final = Context(prec=120, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Inexact])
"""Adds costs without ever rounding: cells are limited so that a sum of 10^30 of them fits."""

LONGEST: Final = 60
MOST_DECIMALS: Final = 40
_LIMIT = Decimal(10) ** 20
SURELY_WITHIN_LIMITS: Final = 20  # characters, sign and point among them
_ROUNDING = Context(prec=120, rounding=ROUND_HALF_UP)

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", re.ASCII)
_POINT = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]*", re.ASCII)  # 1,234.56
_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]*", re.ASCII)  # 1.234,56
_COMMAS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3}){2,}", re.ASCII)  # 1,234,567
_POINTS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}", re.ASCII)  # 1.234.567
_DECIMAL_COMMA = re.compile(r"[+-]?([0-9]+,([0-9]{0,2}|[0-9]{4,})|0,[0-9]+|[0-9]{4,},[0-9]+)", re.ASCII)  # 12,50
_SPACED = re.compile(r"[+-]?[0-9]{1,3}([ '’\u00a0\u2009\u202f][0-9]{3})+([.,][0-9]*)?", re.ASCII)  # 1 234,56
_UNCLEAR_POINT = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}", re.ASCII)

_TIME = r"([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?( [AP]M)?)?"
_ISO = re.compile(rf"([0-9]{{4}})([-/])([0-9]{{2}})\2([0-9]{{2}}){_TIME}", re.ASCII)
_PACKED = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})", re.ASCII)
_DOTTED = re.compile(rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.([0-9]{{4}}){_TIME}", re.ASCII)
_SLASHED = re.compile(rf"([0-9]{{1,2}})/([0-9]{{1,2}})/([0-9]{{4}}){_TIME}", re.ASCII)
_NAMED = re.compile(r"(?:([0-9]{1,2}) )?([A-Z][a-z]{2,8})(?: ([0-9]{1,2}),)? ([0-9]{4})", re.ASCII)
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MIDNIGHT = re.compile(r"[T ](0?0:00(:00([.,]0+)?)?|12:00(:00)? AM)( ?(Z|UTC|[+-][0-9:]{4,6}))?\s*$", re.ASCII)
_WRAPPED = re.compile(r'="([^"]*)"')
_SHORTENED_ID = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", re.ASCII)


class BadCell(Exception):
    """A cell that cannot be read; the message says why."""


def read_cost(cell: str, *, separator: str = ",", currency: str = "") -> Decimal:
    """Read a cost: any number of decimals, exponents as spreadsheets write them.

    The sign or code of its `currency` may stand beside it, if one is given; another's is refused.
    Thousands are taken only where nothing else can be meant: `1,234` could be one and a bit. A single point is the
    decimal point, but in a file with semicolons, which come where commas are decimal, `1.234` could be a thousand.
    """
    text = cell.strip()
    if not text:
        raise BadCell("the cost is empty")
    if len(text) > LONGEST:
        raise BadCell("this is no cost: it is too long")
    if match := _PLAIN.fullmatch(text):
        if separator == ";" and _UNCLEAR_POINT.fullmatch(text):
            raise BadCell("the point may be a decimal point or separate thousands; write it with two decimals")
        return _within_limits(Decimal(text), surely=match[3] is None and len(text) <= SURELY_WITHIN_LIMITS)
    number, meant = without_currency(text) if currency else (text, frozenset())
    if meant and currency not in meant:
        raise BadCell(f"the currency is not {currency}")
    return read_cost(number, separator=separator) if meant else _read_grouped(text)


def _read_grouped(text: str) -> Decimal:
    """Read what has thousands' separators or a decimal comma."""
    if _POINT.fullmatch(text) or _COMMAS.fullmatch(text):
        return _within_limits(Decimal(text.replace(",", "")))
    if _COMMA.fullmatch(text) or _POINTS.fullmatch(text):
        return _within_limits(Decimal(text.replace(".", "").replace(",", ".")))
    if _DECIMAL_COMMA.fullmatch(text):
        return _within_limits(Decimal(text.replace(",", ".")))
    if _SPACED.fullmatch(text):
        return _within_limits(Decimal(re.sub(r"[ '’\u00a0\u2009\u202f]", "", text).replace(",", ".")))
    if re.fullmatch(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}", text, re.ASCII):
        raise BadCell("the comma may be a decimal comma or separate thousands; write it without")
    raise BadCell("this is no cost; write it like 1234.56, without a currency or its sign")


def _within_limits(number: Decimal, *, surely: bool = False) -> Decimal:
    if surely:
        return number
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) >= _LIMIT:
        raise BadCell("the cost is too large")
    if exponent < -MOST_DECIMALS:
        raise BadCell(f"the cost has more than {MOST_DECIMALS} decimals")
    return number


def add(numbers: Iterable[Decimal]) -> Decimal:
    """Add exactly."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT.add(total, number)
    return total


def rounded_cents(amount: Decimal) -> int:
    """Round half-up to whole cents: what is done to a day's sum, once."""
    return int(amount.scaleb(2, _ROUNDING).to_integral_value(ROUND_HALF_UP))


def read_day(cell: str, *, american: bool = False) -> date:
    """Read a date; a time of day is dropped. 3/31/2026 is taken where the platform is known to write so."""
    text = cell.strip()
    parts: tuple[str, str, str] | None = None
    if match := _ISO.fullmatch(text):
        parts = match[1], match[3], match[4]
    elif match := _PACKED.fullmatch(text):
        parts = match[1], match[2], match[3]
    elif match := _DOTTED.fullmatch(text):
        parts = match[3], match[2], match[1]
    elif match := _SLASHED.fullmatch(text):
        if not american:
            raise BadCell("day and month could be meant either way; write the date like 2026-03-31")
        parts = match[3], match[1], match[2]
    elif match := _NAMED.fullmatch(text):
        parts = _with_named_month(match[4], match[2], match[1], match[3])
    if parts is None:
        raise BadCell("this is no date; write it like 2026-03-31" if text else "the date is empty")
    try:
        return date(*map(int, parts))
    except ValueError as error:
        raise BadCell("there is no such date") from error


def _with_named_month(year: str, name: str, before: str | None, after: str | None) -> tuple[str, str, str] | None:
    """Give the parts of `Sep 01, 2026`, as Amazon writes it, or of `1 September 2026`."""
    day = before or after
    months = [number for number, month in enumerate(_MONTHS, 1) if name in (month, month[:3])]
    return (year, str(months[0]), day) if months and day and not (before and after) else None


def is_midnight(cell: str) -> bool:
    """Say whether a date is written with the time at which it begins: what ends then ends with the day before."""
    return bool(_MIDNIGHT.search(cell))


def read_campaign(cell: str) -> str:
    """Read a campaign's id on its platform; `="123"`, which keeps spreadsheets from shortening it, is 123."""
    text = cell.strip()
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[1].strip()
    if not text:
        raise BadCell("the campaign's id is empty")
    if len(text) > 255 or not text.isprintable():
        raise BadCell("this is no campaign's id")
    if _SHORTENED_ID.fullmatch(text):
        raise BadCell("a spreadsheet has shortened this id; export the report again and do not save it from there")
    return text
