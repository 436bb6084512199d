"""Filters of the list of deliveries."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from campaigns.models import Platform
from delivery.models import Delivery, DeliveryState
from delivery.models.states import STATES


class StateFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the deliveries in one state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the states, in the words of their column."""
        return [(str(value), f"{label[:1].upper()}{label[1:]}") for value, label in DeliveryState.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Keep what was chosen."""
        chosen = self.value()
        return queryset.filter(STATES[DeliveryState(chosen)]) if chosen in DeliveryState.values else queryset


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
