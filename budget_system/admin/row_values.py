"""What a page works out for all its rows at once, kept with each row, so that no cell asks the database by itself."""

from typing import TypeVar

from django.db.models import Model

_T = TypeVar("_T")


def attach(row: Model, value: object) -> None:
    """Keep a value with a row."""
    row.__dict__[_key(type(value))] = value


def attached(row: Model, kind: type[_T]) -> _T | None:
    """Return the value of that kind that was kept with the row."""
    value = row.__dict__.get(_key(kind))
    return value if isinstance(value, kind) else None


def _key(kind: type) -> str:
    return f"_shown_{kind.__name__}"
