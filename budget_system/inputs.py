"""What is let in: one cleaning of every value, whichever way it comes (REST, admin forms, commands, imports).

Everything here is pure. A refusal is Django's `ValidationError`, whose message names the value and the way out.
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from iso4217 import Currency

from budget_system.money import CENT, MAX_CENTS, from_cents

EARLIEST_DATE: Final = date(2000, 1, 1)
"""No spend is dated before it."""

END_OF_DAY: Final = time(0, fold=1)
"""What `24:00` becomes: equal to 00:00 and stored as that, yet `fold` tells that the end of the day was written."""

NAME_LENGTH: Final = 255
TEXT_LENGTH: Final = 5_000

_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
_LARGEST = from_cents(MAX_CENTS)
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc": "a control character", "Cf": "an invisible format character", "Cs": "half of a surrogate pair"}
_BREAKS = {"Zl": "a line separator", "Zp": "a paragraph separator"}


def shown(value: object) -> str:
    """Give a value as a message can show it: short, and without what cannot be seen or encoded."""
    text = str(value)
    text = text if len(text) <= 60 else f"{text[:60]}…"
    return "".join(char if char.isprintable() else "�" for char in text)


def parse_amount(value: object) -> Decimal:
    """Read an amount of money: a plain decimal as text, or a number, of which only the value counts."""
    if isinstance(value, str) and _AMOUNT.fullmatch(value):
        return Decimal(value).quantize(CENT)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValidationError(f"“{shown(value)}” is not an amount; write it like 150.00.", code="invalid")
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= _LARGEST or number != number.quantize(CENT):
        raise ValidationError(
            f"“{shown(value)}” is not an amount; at most 12 digits stand before the point and 2 after, without a sign.",
            code="invalid",
        )
    return abs(number.quantize(CENT))


def clean_name(value: object, *, max_length: int = NAME_LENGTH) -> str:
    """Bring a name to its normal form: NFC, no spaces around it, nothing invisible in it."""
    text = _normal(value, max_length=max_length)
    start, end = 0, len(text)
    while start < end and unicodedata.category(text[start]) == "Zs":
        start += 1
    while end > start and unicodedata.category(text[end - 1]) == "Zs":
        end -= 1
    text = text[start:end]
    if not text:
        raise ValidationError("This may not be blank; give it at least one character.", code="blank")
    _refuse_unseen(text, allowed="")
    return _at_most(text, max_length)


def clean_text(value: object, *, max_length: int = TEXT_LENGTH) -> str:
    """Bring a description or note to its normal form: NFC, every line break a line feed; it may be empty."""
    text = _normal(value, max_length=max_length).replace("\r\n", "\n").replace("\r", "\n")
    _refuse_unseen(text, allowed="\n\t")
    return _at_most(text, max_length)


def clean_code(value: object, *, max_length: int = NAME_LENGTH, blank: bool = False) -> str:
    """Take an id as sent; only what cannot be seen, or is too long, is refused."""
    text = _text(value)
    if not text and not blank:
        raise ValidationError("This may not be blank.", code="blank")
    _at_most(text, max_length)
    _refuse_unseen(text, allowed="", joiners=False)
    return text


def clean_choice(value: object, choices: Collection[str]) -> str:
    """Take one of the choices, spelled exactly."""
    if not isinstance(value, str) or value not in choices:
        known = ", ".join(choice or '""' for choice in choices)
        raise ValidationError(f"“{shown(value)}” is not a valid choice; choose one of {known}.", code="invalid_choice")
    return value


def fold(name: str) -> str:
    """Give a name without regard to case, in any script; two names are the same where their folds are equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def parse_time(value: object, *, end_of_day: bool = False) -> time:
    """Read `HH:MM` or `HH:MM:SS`; where a window may end so, `24:00` gives `END_OF_DAY`."""
    match = _TIME.fullmatch(_text(value))
    if match:
        hour, minute, second = (int(part or 0) for part in match.groups())
        if end_of_day and (hour, minute, second) == (24, 0, 0):
            return END_OF_DAY
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise ValidationError(
        f"“{shown(value)}” is not a time; write it like 09:00 or 09:00:00, without a zone.", code="invalid"
    )


def parse_date(value: object, *, earliest: date | None = EARLIEST_DATE) -> date:
    """Read `YYYY-MM-DD`; how late a date may be is for the service, which knows the brand's today."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text := _text(value)) else None
    except ValueError:
        day = None
    if day is None:
        raise ValidationError(f"“{shown(value)}” is not a date; write it like 2026-03-31.", code="invalid")
    if earliest is not None and day < earliest:
        raise ValidationError(f"“{shown(value)}” is too early; the first date is {earliest}.", code="min_value")
    return day


def parse_instant(value: object) -> datetime:
    """Read an instant with its zone, as `2026-03-31T22:00:00Z`."""
    try:
        return (
            datetime.fromisoformat(text).astimezone(UTC)
            if _INSTANT.fullmatch(text := _text(value))
            else _no_instant(value)
        )
    except (ValueError, OverflowError):
        return _no_instant(value)


def _no_instant(value: object) -> datetime:
    raise ValidationError(
        f"“{shown(value)}” is not an instant; write it with its zone, like 2026-03-31T22:00:00Z (a + is %2B in URLs).",
        code="invalid",
    )


def parse_uuid(value: object) -> UUID:
    """Read a UUID in its usual form, hexadecimal with four hyphens."""
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise ValidationError(f"“{shown(value)}” is not a valid UUID.", code="invalid")
    return UUID(value)


def clean_currency(value: object) -> str:
    """Give the capitals of an ISO 4217 code whose unit has a hundred parts."""
    text = _text(value)
    code = text.upper() if _CURRENCY.fullmatch(text) else ""
    if code not in currencies():
        raise ValidationError(
            f"“{shown(value)}” is not a currency with two decimals; write its ISO 4217 code, like USD.", code="invalid"
        )
    return code


def clean_timezone(value: object) -> str:
    """Take the name of a time zone, spelled exactly."""
    text = _text(value)
    if text not in timezones():
        raise ValidationError(
            f"“{shown(value)}” is not a time zone; write its IANA name, like Europe/Berlin.", code="invalid"
        )
    return text


@cache
def currencies() -> frozenset[str]:
    """List the ISO 4217 codes whose unit has a hundred parts."""
    return frozenset(currency.code for currency in Currency if currency.exponent == 2)


@cache
def timezones() -> frozenset[str]:
    """List the IANA names; a machine's own `localtime` and the placeholder `Factory` are no places."""
    return frozenset(available_timezones() - {"localtime", "Factory"})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValidationError(f"“{shown(value)}” is not a text; put it in quotes.", code="invalid")
    return value


def _normal(value: object, *, max_length: int) -> str:
    text = _text(value)
    # Composing shortens a text to a quarter at most. What is longer is refused unread: the work grows with its square.
    if len(text) > 4 * max_length:
        _at_most(text, max_length)
    return unicodedata.normalize("NFC", text)


def _at_most(text: str, max_length: int) -> str:
    if len(text) > max_length:
        raise ValidationError(f"This has {len(text)} characters; at most {max_length} are allowed.", code="max_length")
    return text


def _refuse_unseen(text: str, *, allowed: str, joiners: bool = True) -> None:
    if text.isascii() and text.isprintable():
        return
    for place, char in enumerate(text):
        kind = unicodedata.category(char)
        what = _UNSEEN.get(kind) or _BREAKS.get(kind)
        if what is None or char in allowed or (joiners and char in _JOINERS and _joins(text, place)):
            continue
        raise ValidationError(
            f"Character {place + 1} is {what} (U+{ord(char):04X}); remove it.", code="invalid_character"
        )


def _joins(text: str, place: int) -> bool:
    """Say whether the joiner at this place stands between letters or emoji, where it changes what is seen."""
    if not 0 < place < len(text) - 1:
        return False
    before, after = text[place - 1], text[place + 1]
    # Marks belong to the letter or emoji before them: a vowel killer, a variation selector, a skin tone.
    return (
        _is_letter_or_emoji(before) or unicodedata.category(before)[0] == "M" or "\U0001f3fb" <= before <= "\U0001f3ff"
    ) and _is_letter_or_emoji(after)


def _is_letter_or_emoji(char: str) -> bool:
    kind = unicodedata.category(char)
    return kind[0] == "L" or kind == "So" or char == "↔"
