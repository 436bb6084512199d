"""Cleaning of every value, whichever way it comes (REST, admin forms, commands, imports).

Everything here is pure. A refusal is Django's `ValidationError`, whose message names the value and the way out.
"""

import re
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError

from budget_system.core.money import CENT, DECIMALS, MAX_CENTS, from_cents
from budget_system.core.text import (
    NAME_LENGTH,
    TEXT_LENGTH,
    as_text,
    clean_code,
    clean_name,
    clean_text,
    excerpt,
    fold,
)

__all__ = [
    "EARLIEST_DATE",
    "END_OF_DAY",
    "NAME_LENGTH",
    "TEXT_LENGTH",
    "clean_choice",
    "clean_code",
    "clean_currency",
    "clean_name",
    "clean_text",
    "clean_timezone",
    "clean_whole",
    "excerpt",
    "fold",
    "parse_amount",
    "parse_date",
    "parse_instant",
    "parse_time",
    "parse_uuid",
]

EARLIEST_DATE: Final = date(2000, 1, 1)
"""No spend is dated before it."""

END_OF_DAY: Final = time(0, fold=1)
"""The value of `24:00`: equal to 00:00 and stored as that, but `fold` marks it as the end of the day."""

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_LARGEST = from_cents(MAX_CENTS)


def parse_amount(value: object) -> Decimal:
    """Return an amount of money: a plain decimal as text, or a number, of which only the value counts."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return Decimal(value).quantize(CENT)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValidationError(f"“{excerpt(value)}” is not an amount; write it like 150.00.", code="invalid")
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= _LARGEST or number != number.quantize(CENT):
        raise ValidationError(
            f"“{excerpt(value)}” is not an amount; at most 12 digits stand before the point and 2 after, without a "
            "sign.",
            code="invalid",
        )
    return abs(number.quantize(CENT))


def clean_whole(value: object, *, least: int, most: int) -> int:
    """Return a whole number between two bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ValidationError(f"“{excerpt(value)}” is not a whole number from {least} to {most}.")
    return value


def clean_choice(value: object, choices: Collection[str]) -> str:
    """Return one of the choices, spelled exactly."""
    if not isinstance(value, str) or value not in choices:
        known = ", ".join(choice or '""' for choice in choices)
        raise ValidationError(
            f"“{excerpt(value)}” is not a valid choice; choose one of {known}.", code="invalid_choice"
        )
    return value


def parse_time(value: object, *, end_of_day: bool = False) -> time:
    """Read `HH:MM` or `HH:MM:SS`; where a window may end so, `24:00` is read as `END_OF_DAY`."""
    match = _TIME.fullmatch(as_text(value))
    if match:
        hour, minute, second = (int(part or 0) for part in match.groups())
        if end_of_day and (hour, minute, second) == (24, 0, 0):
            return END_OF_DAY
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValidationError(
        f"“{excerpt(value)}” is not a time; write it like 09:00 or 09:00:00, without a zone.", code="invalid"
    )


def parse_date(value: object, *, earliest: date | None = EARLIEST_DATE) -> date:
    """Read `YYYY-MM-DD`; the service, which knows the brand's today, checks how late a date may be."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text := as_text(value)) else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(f"“{excerpt(value)}” is not a date; write it like 2026-03-31.", code="invalid")
    if earliest is not None and day < earliest:
        raise ValidationError(f"“{excerpt(value)}” is too early; the first date is {earliest}.", code="min_value")
    return day


def parse_instant(value: object) -> datetime:
    """Read an instant with its zone, as `2026-03-31T22:00:00Z`."""
    try:
        return (
            datetime.fromisoformat(text).astimezone(UTC)
            if _INSTANT.fullmatch(text := as_text(value))
            else _no_instant(value)
        )
    except (ValueError, OverflowError):
        return _no_instant(value)


def _no_instant(value: object) -> datetime:
    raise ValidationError(
        f"“{excerpt(value)}” is not an instant; write it with its zone, like 2026-03-31T22:00:00Z (a + is %2B in "
        "URLs).",
        code="invalid",
    )


def parse_uuid(value: object) -> UUID:
    """Read a UUID in its usual form, hexadecimal with four hyphens."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise ValidationError(f"“{excerpt(value)}” is not a valid UUID.", code="invalid")
    return UUID(value)


def clean_currency(value: object) -> str:
    """Return the capitals of the ISO 4217 code of a currency with two decimals or none."""
    text = as_text(value)
    code = text.upper() if _CURRENCY.fullmatch(text) else ""
    if code not in DECIMALS:
        raise ValidationError(
            f"“{excerpt(value)}” is not a currency that is taken; write the ISO 4217 code of one with two decimals, "
            "like USD, or none, like JPY.",
            code="invalid",
        )
    return code


def clean_timezone(value: object) -> str:
    """Return the name of a time zone, spelled exactly."""
    text = as_text(value)
    if text not in timezones():
        raise ValidationError(
            f"“{excerpt(value)}” is not a time zone; write its IANA name, like Europe/Berlin.", code="invalid"
        )
    return text


@cache
def currencies() -> frozenset[str]:
    """Return the supported ISO 4217 codes: those of currencies with two decimals or none."""
    return frozenset(DECIMALS)


@cache
def timezones() -> frozenset[str]:
    """Return the IANA names; a machine's own `localtime` and the placeholder `Factory` are no places."""
    return frozenset(available_timezones() - {"localtime", "Factory"})
