"""Amounts and times as people type them in the admin's forms; the API takes one spelling only, see
`budget_system.core.validation`.

What a page shows may be typed: `1,500.00`, and also `1 500`, `1'500`, `9`, `9:30`, `9.30`, `9am`, `0930`. A point
stands before decimals, a comma, space or apostrophe between thousands. What can be read in two ways, as `1.500` or
`1,50`, is refused with both readings named: a budget must not be a thousand times what was meant. Everything here is
pure; a refusal is Django's `ValidationError`.
"""

import re
from datetime import time
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.core.exceptions import ValidationError

from budget_system.core.money import CENT, WHOLE, ZERO, decimals_of, fits, fraction_text, money
from budget_system.core.validation import END_OF_DAY, excerpt

__all__ = ["read_amount", "read_time"]

_SPACES: Final = re.compile("[\u00a0\u2007\u2009\u202f]")  # those that programs put between thousands
_PLAIN: Final = re.compile(r"[0-9]+(\.[0-9]{1,2})?", re.ASCII)
_GROUPED: Final = re.compile(
    r"[1-9][0-9]{0,2}(?P<between>[, '])[0-9]{3}((?P=between)[0-9]{3})*(\.[0-9]{1,2})?", re.ASCII
)
_POINT_OR_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}|0[0-9]{0,2},[0-9]{3}", re.ASCII)
_COMMA_DECIMALS: Final = re.compile(r"[0-9]{1,12},[0-9]{1,2}", re.ASCII)
_COMMA_FOR_POINT: Final = re.compile(
    r"[0-9]{1,3}(([. '][0-9]{3}){1,3},[0-9]{1,2}|\.[0-9]{3}(\.[0-9]{3}){1,2})", re.ASCII
)
_LONG_FRACTION: Final = re.compile(r"[0-9]+\.[0-9]{3,}", re.ASCII)
_DIGITS: Final = 12
_EXAMPLE: Final = Decimal("1500.00")

_TIME: Final = re.compile(
    r"(?P<hour>[0-9]{1,2})([:.](?P<minute>[0-9]{2})(:(?P<second>[0-9]{2}))?)? ?(?P<half>[ap]\.?m\.?)?",
    re.ASCII | re.IGNORECASE,
)
_DIGITS_ONLY: Final = re.compile(r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})", re.ASCII)
_PART_OF_HOUR: Final = re.compile(r"(?P<hour>[0-9]{1,2})[.,](?P<part>[0-9])", re.ASCII)


def read_amount(text: str, currency: str = "") -> Decimal:
    """Return an amount of money as a person typed it; what a refusal proposes would be accepted in the currency."""
    typed = _SPACES.sub(" ", text).replace("’", "'").strip()
    if _PLAIN.fullmatch(typed) or _GROUPED.fullmatch(typed):
        amount = Decimal(re.sub("[, ']", "", typed))
        if amount >= 10**_DIGITS:
            largest = money(10**_DIGITS - (CENT if decimals_of(currency) else WHOLE), currency)
            raise _refusal(f"“{excerpt(text)}” is too large; the largest amount is {largest}.")
        return amount.quantize(CENT)
    raise _refusal(_why_no_amount(text, typed, currency))


def _why_no_amount(text: str, typed: str, currency: str) -> str:
    """Return what is wrong with it: the two readings, where it has two."""
    shown = excerpt(text)
    if typed.startswith(("-", "−")):
        return f"“{shown}” has a sign; amounts are never below {money(ZERO, currency)}."
    if _POINT_OR_THOUSANDS.fullmatch(typed):
        thousands = Decimal(re.sub("[.,]", "", typed))
        return _two_amounts(shown, f"{thousands:,f}", Decimal(typed.replace(",", ".")), currency)
    if _COMMA_DECIMALS.fullmatch(typed):
        return _two_amounts(shown, f"{Decimal(typed.replace(',', '')):,f}", Decimal(typed.replace(",", ".")), currency)
    if _COMMA_FOR_POINT.fullmatch(typed):
        meant = _in_cents(Decimal(re.sub("[. ']", "", typed).replace(",", ".")))
        if not fits(meant, currency):
            return fraction_text(shown, currency)
        return (
            f"“{shown}” has a comma where decimals begin, or points between thousands; "
            f"write it as {money(meant, currency)}."
        )
    if _LONG_FRACTION.fullmatch(typed):
        if not decimals_of(currency):
            return fraction_text(shown, currency)
        return f"“{shown}” has more than two decimals; write it like {money(_EXAMPLE, currency)}."
    return f"“{shown}” is not an amount; write it like {money(_EXAMPLE, currency)}."


def _two_amounts(shown: str, whole: str, fraction: Decimal, currency: str) -> str:
    if not decimals_of(currency):
        return f"“{shown}” can be read in two ways; amounts in {currency} are whole, so write {whole}."
    return _two_readings(shown, whole, f"{_in_cents(fraction):,f}")


def _two_readings(shown: str, one: str, other: str) -> str:
    return f"“{shown}” can be read as {one} and as {other}; write {one} or {other}."


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def read_time(text: str, *, end_of_day: bool = False) -> time:
    """Return a time of day as a person typed it; where a window may end so, `24:00` is read as `END_OF_DAY`."""
    typed = _SPACES.sub(" ", text).strip()
    match = _TIME.fullmatch(typed) or _DIGITS_ONLY.fullmatch(typed)
    if match is None:
        raise _refusal(_why_no_time(text, typed))
    parts = match.groupdict()
    hour, minute, second = int(parts["hour"]), int(parts["minute"] or 0), int(parts.get("second") or 0)
    half = (parts.get("half") or "").lower()[:1]
    if half and not 1 <= hour <= 12:
        raise _refusal(
            f"“{excerpt(text)}” is not a time: am and pm go with the hours 1 to 12. Write it like 9am or 21:00."
        )
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    if (hour, minute, second) == (24, 0, 0):
        if end_of_day:
            return END_OF_DAY
        raise _refusal(f"“{excerpt(text)}” is the end of a day, which only the end of a window can be; write 00:00.")
    if hour > 23 or minute > 59 or second > 59:
        raise _refusal(_why_no_time(text, typed))
    return time(hour, minute, second)


def _why_no_time(text: str, typed: str) -> str:
    """Return what is wrong with it: the two readings, where it has two."""
    match = _PART_OF_HOUR.fullmatch(typed)
    if match and int(match["hour"]) < 24:
        hour, part = int(match["hour"]), int(match["part"])
        minutes = (f"{hour:02}:{part:02}", f"{hour:02}:{part * 6:02}")
        return (
            _two_readings(excerpt(text), *dict.fromkeys(minutes))
            if part
            else f"“{excerpt(text)}” is not a time; write {hour:02}:00."
        )
    return f"“{excerpt(text)}” is not a time; write it like 9:00, 18:30 or 9am."


def _refusal(message: str) -> ValidationError:
    return ValidationError(message, code="invalid")
