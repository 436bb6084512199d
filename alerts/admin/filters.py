"""Filters of the list of alerts."""

from typing import Any, Final

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from alerts.models import Alert

STATE: Final = "state"


class StateFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what is open, unless something else is asked for."""

    title = "state"
    parameter_name = STATE
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what is open, what has ended, and both."""
        return [("", "Open"), ("resolved", "Ended"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Keep what was chosen."""
        if self.value() == "all":
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() != "resolved")


class MutedFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps what somebody has muted, or the rest."""

    title = "muted"
    parameter_name = "muted"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("yes", "Muted"), ("no", "Not muted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        """Keep what was chosen."""
        chosen = {"yes": False, "no": True}.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(muted_at__isnull=chosen)
