"""Finding the columns of a report, by the platform's usual names or those that a person gives.

A unit is never guessed from the numbers: a column whose name speaks of micros holds micros; else the unit is what the
platform is known to write in a column of this name; else a person must say it.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from iso4217 import Currency

from budget_system.texts import shown
from spending.importing.platforms import LAST_DAYS, PLATFORMS, Unit

CODES: Final = frozenset(currency.code for currency in Currency)
STATED: Final[Mapping[str, str]] = {"costinusd": "USD"}
"""Cost columns whose name says a currency without brackets."""

_CURRENCY_IN_NAME = re.compile(r"\(([A-Za-z]{3})\)\s*$", re.ASCII)
_MICRO = re.compile(r"micro", re.IGNORECASE)


class NoSuchColumn(Exception):
    """A column that is needed is not there, or is there twice; the message says which, `missing` what to say."""

    def __init__(self, message: str, missing: str = "") -> None:
        self.missing = missing
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a line the cells stand, and what they are called."""

    header: tuple[str, ...]
    campaign: int
    date: int
    cost: int
    name: int | None
    currency: int | None
    last_day: int | None
    """Where the last day of the line stands, if it may cover more than one."""
    unit: Unit | None
    said_currency: str | None
    """The currency that the cost column's own name states, as in “Amount spent (EUR)”."""

    def named(self, place: int) -> str:
        """Give a column's name as the file has it."""
        return self.header[place].strip()

    @property
    def says_micros(self) -> bool:
        """Whether the cost column's name speaks of micros."""
        return bool(_MICRO.search(self.named(self.cost)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Columns that a person named; `None` where the platform's usual names count."""

    campaign: str | None = None
    date: str | None = None
    cost: str | None = None


def shortened(name: str) -> str:
    """Give a column's name without case, spaces, punctuation or a currency in brackets: `campaignid`."""
    bare = _CURRENCY_IN_NAME.sub("", name.strip())
    return "".join(char for char in unicodedata.normalize("NFKC", bare).casefold() if char.isalnum())


def find_columns(header: Sequence[str], platform: str, chosen: Chosen) -> Columns:
    """Find the columns in a header; raises `NoSuchColumn`."""
    names = PLATFORMS[platform]
    short = [shortened(cell) for cell in header]
    campaign = _place(header, short, chosen.campaign, names.campaign, "campaign")
    date = _place(header, short, chosen.date, names.date, "date")
    cost = _place(header, short, chosen.cost, list(names.cost), "cost")
    if len({campaign, date, cost}) < 3:
        raise NoSuchColumn("Campaign, date and cost must be three different columns.")
    unit = Unit.MICROS if _MICRO.search(header[cost]) else names.cost.get(short[cost], names.known_unit)
    return Columns(
        header=tuple(header),
        campaign=campaign,
        date=date,
        cost=cost,
        name=_optional(short, names.name),
        currency=_optional(short, names.currency),
        last_day=_optional(short, [LAST_DAYS[short[date]]] if short[date] in LAST_DAYS else []),
        unit=unit,
        said_currency=_stated_currency(header[cost]),
    )


def _stated_currency(name: str) -> str | None:
    """Give the currency that a cost column's name states; three letters in brackets may be another word: “(net)”."""
    in_brackets = _CURRENCY_IN_NAME.search(name)
    code = in_brackets[1].upper() if in_brackets else STATED.get(shortened(name))
    return code if code in CODES else None


def _place(header: Sequence[str], short: Sequence[str], chosen: str | None, usual: Sequence[str], what: str) -> int:
    if chosen is not None:
        exact = [place for place, cell in enumerate(header) if cell.strip() == chosen.strip()]
        places = exact or [place for place, cell in enumerate(short) if cell == shortened(chosen)]
        wanted = f"“{shown(chosen)}”"
    else:
        found = next((name for name in usual if name in short), None)
        places = [place for place, cell in enumerate(short) if cell == found]
        wanted = f"the {what} ({', '.join(usual)})"
    if not places:
        raise NoSuchColumn(f"There is no column for {wanted}; name the right one", what)
    if len(places) > 1:
        raise NoSuchColumn(f"The column “{shown(header[places[0]].strip())}” stands there {len(places)} times.")
    return places[0]


def _optional(short: Sequence[str], usual: Sequence[str]) -> int | None:
    return next((short.index(name) for name in usual if name in short), None)
