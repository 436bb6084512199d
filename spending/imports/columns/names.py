"""Column names in other languages, and how their sum lines begin.

The table `report_names.csv` names the source of each spelling, or says that it is guessed. A guess may find a column
where nothing else fits; it switches on no check, and leaves no line out.
"""

import csv
import re
import unicodedata
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from budget_system.core.text import excess_marks_start

_TABLE: Final = Path(__file__).with_name("report_names.csv")
_GUESSED: Final = "guessed"
_IN_BRACKETS = re.compile(r"\([A-Za-z]{3}\)\s*$", re.ASCII)
_ENGLISH: Final = frozenset({"total", "grand total", "subtotal"})
_NO_DATE: Final = frozenset({"", "-", "--", "–", "—"})


class KnownNames(NamedTuple):
    """The names of a column in their shortest form, the first that is found counts; and the guessed ones."""

    names: Sequence[str]
    guessed: frozenset[str] = frozenset()


class _Row(NamedTuple):
    platform: str
    language: str
    field: str
    name: str
    source: str


def shortened(name: str) -> str:
    """Return a column's name without case, spaces, punctuation or a currency in brackets: `campaignid`."""
    if excess_marks_start(name) is not None:
        return name
    bare = _IN_BRACKETS.sub("", name.strip())
    folded = unicodedata.normalize("NFKC", bare).casefold().replace("ı", "i")  # whose capital is I in Turkish alone
    return "".join(char for char in folded if char.isalnum())


@cache
def read_table() -> Sequence[_Row]:
    """Read the table."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return [_Row(**row) for row in csv.DictReader(file)]


def known_names(platform: str, field: str, usual: Collection[str]) -> KnownNames:
    """Return a platform's names of a column: its `usual` names in English first, then those of other languages."""
    sourced, guessed = _localized(platform, field)
    names = tuple(dict.fromkeys((*usual, *sourced)))
    return KnownNames(names, guessed.difference(names))


@cache
def _localized(platform: str, field: str) -> tuple[Sequence[str], frozenset[str]]:
    mine = [row for row in read_table() if row.field == field and row.platform in (platform, "*")]
    sourced = [shortened(row.name) for row in mine if row.source != _GUESSED]
    return sourced, frozenset(shortened(row.name) for row in mine if row.source == _GUESSED)


@cache
def _names(field: str) -> frozenset[str]:
    return frozenset(row.name.casefold() for row in read_table() if row.field == field)


@cache
def _sums() -> re.Pattern[str]:
    words = [re.escape(word).replace(r"\{n\}", "[0-9]+") for word in sorted(_ENGLISH | _names("sum"))]
    return re.compile(rf"(?:{'|'.join(words)})(?:\s*[:：(–—-].*|\s+(?:of|von|de|di|van|z|av)\s+[0-9].*)?")


def is_sum(cell: str) -> bool:
    """Return whether a whole cell says that its line is a sum: “Gesamt: Konto”, but not “Total Wellness”."""
    return bool(_sums().fullmatch(cell.strip().casefold()))


def says_all(cell: str) -> bool:
    """Return whether a cell names nothing in particular: it is empty, a dash, or says “All”."""
    text = cell.strip().casefold()
    return text in _NO_DATE or text in _names("no_date")
