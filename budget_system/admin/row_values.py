"""Values that a page calculates for all its rows at once, attached to each row, so that no cell makes a query."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.db.models import Model

_T = TypeVar("_T")
_A = TypeVar("_A")
_M = TypeVar("_M", bound=Model)


def attach_value(row: Model, value: object) -> None:
    """Attach a value to a row."""
    row.__dict__[_key(type(value))] = value


def attached_value(row: Model, kind: type[_T]) -> _T | None:
    """Return the value of that kind that was attached to the row."""
    value = row.__dict__.get(_key(kind))
    return value if isinstance(value, kind) else None


def _key(kind: type) -> str:
    return f"_shown_{kind.__name__}"


def calculated_once(method: Callable[[_A, _M], _T]) -> Callable[[_A, _M], _T]:
    """Make what an admin shows of a row be calculated once: the library's page asks for it three to five times."""
    key = f"_calculated_{method.__name__}"

    @wraps(method)
    def calculated(admin: _A, row: _M) -> _T:
        if key not in row.__dict__:
            row.__dict__[key] = method(admin, row)
        value: _T = row.__dict__[key]
        return value

    return calculated
