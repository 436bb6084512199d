"""Searching a header for columns by their names, and what is said of those that are missing or stand there twice."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from budget_system.core.text import excerpt
from spending.imports.columns.names import KnownNames, shortened

MAX_LISTED: Final = 30


class NoSuchColumn(Exception):
    """Columns that are needed are missing, or found more than once; `missing` names them, `found` counts the others."""

    def __init__(self, message: str, missing: Sequence[str] = (), found: int = 0) -> None:
        self.missing, self.found = missing, found
        super().__init__(message)


class WantedColumn(NamedTuple):
    """A column that is looked for: our name for it, the one a person gave, and its usual names."""

    field: str
    chosen: str | None
    usual: KnownNames
    instead: str = ""
    """What may be said where it is missing, if more than its name."""


def places_of_all(header: Sequence[str], short: Sequence[str], wanted: Sequence[WantedColumn]) -> list[int]:
    """Return the places of the columns. Raise `NoSuchColumn`, which names all that are missing at once."""
    places = {one.field: _places(header, short, one) for one in wanted}
    for one, found in zip(wanted, places.values(), strict=True):
        if len(found) > 1:
            raise NoSuchColumn(_several(header, one, found), [one.field], len(wanted) - 1)
    missing = [one for one in wanted if not places[one.field]]
    if missing:
        columns = " and ".join(f"for {_described(one)}" for one in missing)
        listed = ", ".join(f"“{excerpt(cell.strip())}”" for cell in header[:MAX_LISTED] if cell.strip())
        more = ", …" if len(header) > MAX_LISTED else ""
        message = f"There is no column {columns} among {listed}{more}; name the right one"
        raise NoSuchColumn(message, [one.instead or one.field for one in missing], len(wanted) - len(missing))
    return [places[one.field][0] for one in wanted]


def _places(header: Sequence[str], short: Sequence[str], wanted: WantedColumn) -> list[int]:
    """Return the places of a column, by the first of its names that is found; for guessed names, all that fit."""
    if wanted.chosen is not None:
        exact = [place for place, cell in enumerate(header) if cell.strip() == wanted.chosen.strip()]
        return exact or [place for place, cell in enumerate(short) if cell == shortened(wanted.chosen)]
    found = next((name for name in wanted.usual.names if name in short), None)
    if found is not None:
        return [place for place, cell in enumerate(short) if cell == found]
    return [place for place, cell in enumerate(short) if cell in wanted.usual.guessed]


def _described(wanted: WantedColumn) -> str:
    if wanted.chosen is not None:
        return f"“{excerpt(wanted.chosen)}”"
    return f"the {wanted.field} ({', '.join(wanted.usual.names[:4])} …)"


def _several(header: Sequence[str], wanted: WantedColumn, places: Sequence[int]) -> str:
    names = [f"“{excerpt(header[place].strip())}”" for place in places]
    if len({shortened(header[place]) for place in places}) > 1:
        return f"The {wanted.field} may be any of {', '.join(names)}; name the right one"
    return f"The column {names[0]} is in the report {len(places)} times; leave only one of them there, or name another"


def place_of(short: Sequence[str], usual: KnownNames) -> int | None:
    """Return the place of the column with the first of the names that is found; `None` where none is."""
    return next((short.index(name) for name in usual.names if name in short), None)


def every_place(short: Sequence[str], usual: KnownNames) -> tuple[int, ...]:
    """Return the places of all columns with any of the names."""
    return tuple(place for place, cell in enumerate(short) if cell in usual.names)
