"""Who did something, as people read it: the record says `user anna`, a person says anna."""

from typing import Protocol

from django.contrib import admin

from budget_system.core.actors import ActorKind


class Authored(Protocol):
    """A row that keeps who made it."""

    by: str


class AuthorColumn:
    """Has the column of who did it; comes before the classes of the libraries."""

    @admin.display(description="by", ordering="by")
    def author(self, row: Authored) -> str:
        """Return who did it."""
        return author(row.by)


def author(by: str | None) -> str:
    """Return an author's name as it is said."""
    if not by:
        return "somebody who was not recorded"
    kind, _, name = by.partition(" ")
    match kind:
        case ActorKind.USER if name:
            return name
        case ActorKind.API if not name:
            return "the API"
        case ActorKind.TASK:
            return f"task {name.replace('_', ' ')}"
        case _:
            return by
