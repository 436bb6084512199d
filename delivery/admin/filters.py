"""Filters of the list of deliveries."""

from typing import Any, Final

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from campaigns.models import Platform
from delivery.models import Delivery
from delivery.models.states import SETTLED

CONTESTED: Final = "contested"
DRIFTED: Final = "drifted"
SETTLED_STATE: Final = "settled"
WAITING: Final = "waiting"
STATES: Final = {
    SETTLED_STATE: SETTLED & Q(drift="", contested_at=None),
    WAITING: ~SETTLED & Q(drift="", contested_at=None),
    DRIFTED: ~Q(drift="") & Q(contested_at=None),
    CONTESTED: Q(contested_at__isnull=False),
}


class StateFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the deliveries in one state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the states, in the words of their column."""
        return [
            (SETTLED_STATE, "Settled"),
            (WAITING, "Waiting"),
            (DRIFTED, "Differs"),
            (CONTESTED, "Yours to decide"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Keep what was chosen."""
        chosen = STATES.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


class PlatformFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the deliveries to one platform."""

    title = "platform"
    parameter_name = "platform"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the platforms."""
        return [(str(value), str(label)) for value, label in Platform.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Keep what was chosen."""
        return queryset.filter(campaign__platform=self.value()) if self.value() else queryset
