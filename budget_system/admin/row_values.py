"""Values that a page calculates for all its rows at once, attached to each row, so that no cell makes a query."""

from typing import TypeVar

from django.db.models import Model

_T = TypeVar("_T")


def attach_value(row: Model, value: object) -> None:
    """Attach a value to a row."""
    row.__dict__[_key(type(value))] = value


def attached_value(row: Model, kind: type[_T]) -> _T | None:
    """Return the value of that kind that was attached to the row."""
    value = row.__dict__.get(_key(kind))
    return value if isinstance(value, kind) else None


def _key(kind: type) -> str:
    return f"_shown_{kind.__name__}"
