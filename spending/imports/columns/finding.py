"""Finding the columns of a report, by the platform's usual names or those that a person gives.

A unit is never guessed from the numbers: a column whose name mentions micros holds micros; else the unit is what the
platform is known to write in a column of this name; else a person must give it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from iso4217 import Currency

from budget_system.core.text import excerpt
from spending.imports.cells.currencies import SIGNS
from spending.imports.columns.names import KnownNames, known_names, shortened
from spending.imports.columns.searching import NoSuchColumn, WantedColumn, every_place, place_of, places_of_all
from spending.imports.platforms import ACCOUNTS, LAST_DAYS, PERIODS, PLATFORMS, Unit
from spending.imports.requests import ChosenColumns, MatchBy

CURRENCY_CODES: Final = frozenset(currency.code for currency in Currency)
AMBIGUOUS_CODES: Final = frozenset({"ALL", "CHE"})
"""Codes that mean something else unless a header makes it clear: all of something, and Switzerland."""
NAMED_CURRENCIES: Final[Mapping[str, str]] = {"costinusd": "USD"}
"""Cost columns whose name contains a currency without brackets."""
OR_BY_NAME: Final = "campaign_or_name"

_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_MICRO = re.compile(r"micro", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """The places of the cells in a line, and the names of their columns."""

    header: tuple[str, ...]
    campaign: int
    """The campaign's id, or its name where campaigns are matched by name."""
    date: int
    cost: int
    name: int | None
    id: int | None
    account: int | None
    currencies: tuple[int, ...]
    """Columns that are known to say the currency."""
    last_days: tuple[int, ...]
    """Columns that are known to name the last day of the line, if it may cover more than one."""
    unit: Unit | None
    stated_currencies: frozenset[str]
    """The currencies that the cost column's own name may state, as in “Amount spent (EUR)”; mostly none or one."""

    def named(self, place: int) -> str:
        """Return a column's name as in the file."""
        return self.header[place].strip()

    @property
    def says_micros(self) -> bool:
        """Return whether the cost column's name mentions micros."""
        return bool(_MICRO.search(self.named(self.cost)))


def find_columns(
    header: Sequence[str], platform: str, chosen: ChosenColumns, match_by: MatchBy = MatchBy.ID
) -> Columns:
    """Find the columns in a header. Raise `NoSuchColumn`, which names all that are missing at once."""
    names = PLATFORMS[platform]
    short = [shortened(cell) for cell in header]
    by_name = match_by == MatchBy.NAME
    ids, campaign_names = known_names(platform, "campaign_id", names.campaign), _names(platform, names.name)
    name = place_of(short, campaign_names)
    campaign, date, cost = places_of_all(
        header,
        short,
        (
            WantedColumn(
                "campaign", chosen.campaign, campaign_names if by_name else ids, OR_BY_NAME if name is not None else ""
            ),
            WantedColumn("date", chosen.date, _dates(platform, names.date)),
            WantedColumn("cost", chosen.cost, known_names(platform, "cost", list(names.cost))),
        ),
    )
    if len({campaign, date, cost}) < 3:
        raise NoSuchColumn("Campaign, date and cost must be three different columns.", found=3)
    if short[date] in PERIODS:
        raise NoSuchColumn(
            f"The column “{excerpt(header[date].strip())}” is of more than a day; export the report with a line for "
            "each day, and name that column",
            ["date"],
            2,
        )
    localized = known_names(platform, "cost", ())  # consoles write units, interfaces for programs are in English
    known_unit = Unit.UNITS if short[cost] in {*localized.names, *localized.guessed} else names.known_unit
    return Columns(
        header=tuple(header),
        campaign=campaign,
        date=date,
        cost=cost,
        name=name,
        id=place_of(short, ids),
        account=place_of(short, _accounts(platform)),
        currencies=every_place(short, known_names(platform, "currency", names.currency)),
        last_days=every_place(short, KnownNames(_last_days(platform, short[date]))),
        unit=Unit.MICROS if _MICRO.search(header[cost]) else names.cost.get(short[cost], known_unit),
        stated_currencies=_stated_currencies(header[cost]),
    )


def _names(platform: str, usual: Sequence[str]) -> KnownNames:
    return known_names(platform, "campaign_name", usual)


def _dates(platform: str, usual: Sequence[str]) -> KnownNames:
    days, starts = known_names(platform, "date", usual), known_names(platform, "period_start", ())
    return KnownNames((*days.names, *starts.names), days.guessed | starts.guessed)


def _accounts(platform: str) -> KnownNames:
    ids, names = known_names(platform, "account_id", ()), known_names(platform, "account_name", ())
    return KnownNames((*ACCOUNTS, *ids.names, *names.names))


def _last_days(platform: str, first_day: str) -> Sequence[str]:
    """Return the names of the column with the end of the period whose beginning is in a column of this name."""
    usual = [LAST_DAYS[first_day]] if first_day in LAST_DAYS else []
    starts = known_names(platform, "period_start", ()).names
    return [*usual, *known_names(platform, "period_end", ()).names] if first_day in starts or usual else []


def _stated_currencies(name: str) -> frozenset[str]:
    """Return the currencies that a cost column's name may contain, by a code or a sign.

    Three letters may be another word: “(net)”.
    """
    in_brackets = _IN_BRACKETS.search(name)
    last = in_brackets[1].strip() if in_brackets else re.split(r"[\s_]", name.strip())[-1]
    code = NAMED_CURRENCIES.get(shortened(name)) or last.upper()
    if code in CURRENCY_CODES - AMBIGUOUS_CODES:
        return frozenset({code})
    return SIGNS.get(last, frozenset())
