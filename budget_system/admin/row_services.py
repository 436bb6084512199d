"""The services by which an admin's forms write rows."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model

from budget_system.admin.forms import ServiceForm
from budget_system.core.actors import Actor

_M = TypeVar("_M", bound=Model)


class RowServices(Generic[_M]):
    """Create, change and remove a row, each by one service call."""

    def create_row(self, form: ServiceForm[_M], *, now: datetime, by: Actor) -> _M:
        """Create a row from what was typed."""
        raise NotImplementedError

    def change_row(self, row_id: UUID, form: ServiceForm[_M], *, now: datetime, by: Actor) -> _M:
        """Change what the person changed."""
        raise NotImplementedError

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a row; one that has spends is archived."""
        raise NotImplementedError
