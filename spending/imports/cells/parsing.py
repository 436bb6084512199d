"""Reading the cells of a report exactly; costs and dates have their own modules.

Everything here is pure. A refusal is `BadCell`, whose message goes into the list of bad lines.
"""

import re
import unicodedata
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from typing import Final, TypeVar

from budget_system.core.money import decimals_of

EXACT_CONTEXT: Final = Context(prec=120, rounding=ROUND_HALF_UP, traps=[InvalidOperation, Inexact])
"""Adds costs without ever rounding: cells are limited so that a sum of 10^30 of them fits."""

MAX_CELL_LENGTH: Final = 131_072
"""Characters; a longer one is a quote that never closes."""
CACHE_SIZE: Final = 20_000
MAX_CACHED_LENGTH: Final = 255

Key = TypeVar("Key")
Value = TypeVar("Value")

_ROUNDING = Context(prec=120, rounding=ROUND_HALF_UP)
_WRAPPED = re.compile(r'="([^"]*)"|\[([0-9]+)\]', re.ASCII)
_SHORTENED_ID = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+", re.ASCII)

_NUMBER_ID = re.compile(r"[1-9][0-9]*", re.ASCII)
_CLEAN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:/-]*", re.ASCII)
_NO_IDS: Final = frozenset({"0", "nan", "none", "null", "n/a", "na", "true", "false"})
_GROUPED_ID = re.compile(r"[0-9]{1,3}([,.'’][0-9]{3})+", re.ASCII)


class BadCell(Exception):
    """A cell that cannot be read; the message says why."""


class UnknownCampaign(BadCell):
    """A cell that names a campaign which is not known, and which the import could create; `key` is what it goes by."""

    def __init__(self, *args: object, key: str) -> None:
        self.key = key
        super().__init__(*args)


def cached(before: dict[Key, Value], key: Key, value: Value, length: int) -> Value:
    """Cache what a cell was read as, as long as the cache is small; a long cell, padded with blanks, is not cached."""
    if length <= MAX_CACHED_LENGTH:
        if len(before) >= CACHE_SIZE:
            before.clear()
        before[key] = value
    return value


def add(numbers: Iterable[Decimal]) -> Decimal:
    """Return the exact sum."""
    total = Decimal(0)
    for number in numbers:
        total = EXACT_CONTEXT.add(total, number)
    return total


def rounded_cents(amount: Decimal, currency: str) -> int:
    """Return an amount in cents, rounded half-up to the decimals of the currency: done once, to a day's sum."""
    decimals = decimals_of(currency)
    rounded = amount.scaleb(decimals, _ROUNDING).to_integral_value(ROUND_HALF_UP)
    return int(rounded.scaleb(2 - decimals, _ROUNDING))


def read_campaign(cell: str) -> str:
    """Return a campaign's id on its platform. Raise `BadCell` where it is none.

    `="123"`, which keeps spreadsheets from shortening it, and Microsoft's `[123]` are 123.
    """
    text = cell.strip()
    if wrapped := _WRAPPED.fullmatch(text):
        text = (wrapped[1] or wrapped[2] or "").strip()
    if not text:
        raise BadCell("the campaign's id is empty")
    if len(text) > 255 or any(not char.isprintable() and unicodedata.category(char) != "Cf" for char in text):
        raise BadCell("this is no campaign's id")
    if _SHORTENED_ID.fullmatch(text):
        raise BadCell("a spreadsheet has shortened this id; export the report again and do not save it from there")
    return text


def is_clean_id(text: str, *, numbered: bool) -> bool:
    """Return whether an id is spelled as platforms spell them, so that a campaign may be created from it."""
    if numbered:
        return bool(_NUMBER_ID.fullmatch(text))
    return bool(_CLEAN_ID.fullmatch(text)) and text.casefold() not in _NO_IDS


def original_id(text: str) -> str:
    """Return the id that a spreadsheet or a script has changed to `7001.0`, `'7001`, `7,001` or `７００１`.

    An unchanged id is returned as it is. The result is a guess: it counts where such an id is known, and creates
    nothing.
    """
    seen = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    bare = "".join(seen.split()).lstrip("'’")
    if not all(char.isdecimal() or char in ".,'’" for char in bare):
        return seen
    digits = "".join(char if char in ".,'’" else str(unicodedata.decimal(char)) for char in bare)
    if _GROUPED_ID.fullmatch(digits):
        return re.sub(r"[,.'’]", "", digits)
    return re.sub(r"[.,]0*$", "", digits)
