"""Finding the columns of a report, by the platform's usual names or those that a person gives.

A unit is never guessed from the numbers: a column whose name mentions micros holds micros; else the unit is what the
platform is known to write in a column of this name; else a person must give it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from iso4217 import Currency

from budget_system.core.text import shown
from spending.imports.cells.currencies import SIGNS
from spending.imports.columns.names import KnownNames, known_names, shortened
from spending.imports.platforms import ACCOUNTS, LAST_DAYS, PERIODS, PLATFORMS, Unit
from spending.imports.requests import ChosenColumns, MatchBy

CURRENCY_CODES: Final = frozenset(currency.code for currency in Currency)
AMBIGUOUS_CODES: Final = frozenset({"ALL", "CHE"})
"""Codes that mean something else unless a header makes it clear: all of something, and Switzerland."""
NAMED_CURRENCIES: Final[Mapping[str, str]] = {"costinusd": "USD"}
"""Cost columns whose name contains a currency without brackets."""
MAX_LISTED: Final = 30
OR_BY_NAME: Final = "campaign_or_name"

_IN_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_MICRO = re.compile(r"micro", re.IGNORECASE)


class NoSuchColumn(Exception):
    """Columns that are needed are missing, or found more than once; `missing` names them, `found` counts the others."""

    def __init__(self, message: str, missing: Sequence[str] = (), found: int = 0) -> None:
        self.missing, self.found = missing, found
        super().__init__(message)


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
    said_currencies: frozenset[str]
    """The currencies that the cost column's own name may state, as in “Amount spent (EUR)”; mostly none or one."""

    def named(self, place: int) -> str:
        """Return a column's name as in the file."""
        return self.header[place].strip()

    @property
    def says_micros(self) -> bool:
        """Whether the cost column's name mentions micros."""
        return bool(_MICRO.search(self.named(self.cost)))


class _Wanted(NamedTuple):
    """A column that is looked for: our name for it, the one a person gave, and its usual names."""

    field: str
    chosen: str | None
    usual: KnownNames
    instead: str = ""
    """What may be said where it is missing, if more than its name."""


def find_columns(
    header: Sequence[str], platform: str, chosen: ChosenColumns, match_by: MatchBy = MatchBy.ID
) -> Columns:
    """Find the columns in a header. Raise `NoSuchColumn`, which names all that are missing at once."""
    names = PLATFORMS[platform]
    short = [shortened(cell) for cell in header]
    by_name = match_by == MatchBy.NAME
    ids, campaign_names = known_names(platform, "campaign_id", names.campaign), _names(platform, names.name)
    name = _optional(short, campaign_names)
    campaign, date, cost = _all_of(
        header,
        short,
        (
            _Wanted(
                "campaign", chosen.campaign, campaign_names if by_name else ids, OR_BY_NAME if name is not None else ""
            ),
            _Wanted("date", chosen.date, _dates(platform, names.date)),
            _Wanted("cost", chosen.cost, known_names(platform, "cost", list(names.cost))),
        ),
    )
    if len({campaign, date, cost}) < 3:
        raise NoSuchColumn("Campaign, date and cost must be three different columns.", found=3)
    if short[date] in PERIODS:
        raise NoSuchColumn(
            f"The column “{shown(header[date].strip())}” is of more than a day; export the report with a line for each "
            "day, and name that column",
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
        id=_optional(short, ids),
        account=_optional(short, _accounts(platform)),
        currencies=_every(short, known_names(platform, "currency", names.currency)),
        last_days=_every(short, KnownNames(_last_days(platform, short[date]))),
        unit=Unit.MICROS if _MICRO.search(header[cost]) else names.cost.get(short[cost], known_unit),
        said_currencies=_stated_currencies(header[cost]),
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


def _all_of(header: Sequence[str], short: Sequence[str], wanted: Sequence[_Wanted]) -> list[int]:
    places = {one.field: _places(header, short, one) for one in wanted}
    for one, found in zip(wanted, places.values(), strict=True):
        if len(found) > 1:
            raise NoSuchColumn(_several(header, one, found), [one.field], len(wanted) - 1)
    missing = [one for one in wanted if not places[one.field]]
    if missing:
        columns = " and ".join(f"for {_described(one)}" for one in missing)
        listed = ", ".join(f"“{shown(cell.strip())}”" for cell in header[:MAX_LISTED] if cell.strip())
        more = ", …" if len(header) > MAX_LISTED else ""
        message = f"There is no column {columns} among {listed}{more}; name the right one"
        raise NoSuchColumn(message, [one.instead or one.field for one in missing], len(wanted) - len(missing))
    return [places[one.field][0] for one in wanted]


def _places(header: Sequence[str], short: Sequence[str], wanted: _Wanted) -> list[int]:
    """Return the places of a column, by the first of its names that is found; for guessed names, all that fit."""
    if wanted.chosen is not None:
        exact = [place for place, cell in enumerate(header) if cell.strip() == wanted.chosen.strip()]
        return exact or [place for place, cell in enumerate(short) if cell == shortened(wanted.chosen)]
    found = next((name for name in wanted.usual.names if name in short), None)
    if found is not None:
        return [place for place, cell in enumerate(short) if cell == found]
    return [place for place, cell in enumerate(short) if cell in wanted.usual.guessed]


def _described(wanted: _Wanted) -> str:
    if wanted.chosen is not None:
        return f"“{shown(wanted.chosen)}”"
    return f"the {wanted.field} ({', '.join(wanted.usual.names[:4])} …)"


def _several(header: Sequence[str], wanted: _Wanted, places: Sequence[int]) -> str:
    names = [f"“{shown(header[place].strip())}”" for place in places]
    if len({shortened(header[place]) for place in places}) > 1:
        return f"The {wanted.field} may be any of {', '.join(names)}; name the right one"
    return f"The column {names[0]} is in the report {len(places)} times; leave only one of them there, or name another"


def _optional(short: Sequence[str], usual: KnownNames) -> int | None:
    return next((short.index(name) for name in usual.names if name in short), None)


def _every(short: Sequence[str], usual: KnownNames) -> tuple[int, ...]:
    return tuple(place for place, cell in enumerate(short) if cell in usual.names)
