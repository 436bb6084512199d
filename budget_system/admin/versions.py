"""Which version of a row a form was opened with, and what somebody else has changed of it since.

As an `If-Match` of the API, the version is compared by the service, with the row as read under its lock. It covers what
people decide of the row, not what the rules do: a campaign that paused meanwhile may still be renamed.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Model

from brands.history.listing import SHOWN_FIELDS, changes_of
from brands.history.recorder import row_as_json
from budget_system.admin.authors import author
from budget_system.core.errors import Stale
from budget_system.core.tags import tag_of

CHANGES_READ = 20
"""Of a row's changes, the newest among which the author of each value is looked for."""


class Author(NamedTuple):
    """Who changed a value last, and when."""

    name: str
    at: datetime


def version_of(row: Model) -> str:
    """Return the version of a row."""
    values = row_as_json(row)
    names = SHOWN_FIELDS.get(str(row._meta.model_name), ())
    return tag_of({name: values[name] for name in names})


def unless_changed(version: str | None) -> Callable[[Model], None] | None:
    """Return the check that a service calls with the row as read under its lock; `None` where no version was sent."""
    if not version:
        return None

    def check(row: Model) -> None:
        if version_of(row) != version:
            raise Stale

    return check


def last_authors(row: Model, names: Iterable[str]) -> dict[str, Author]:
    """Return who gave values of a row as they stand; under the empty name, who changed the row last."""
    changes = list(changes_of(type(row), row.pk)[:CHANGES_READ])
    authors = {
        name: _author(change.by, change.at) for name in names for change in reversed(changes) if name in change.after
    }
    return {**authors, "": _author(changes[0].by, changes[0].at)} if changes else authors


def _author(by: str, at: datetime) -> Author:
    return Author(author(by), at)
