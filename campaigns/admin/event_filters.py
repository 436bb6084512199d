"""Filters of the status events by what happened to the campaign."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import DropdownFilter

from campaigns.models import StatusEvent
from spending.reports.today.since import PAUSED, WOKE


class WhatFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the events at which campaigns paused or resumed; not those at which only a reason changed."""

    title = "what happened"
    parameter_name = "what"
    conditions: ClassVar = {"paused": PAUSED, "resumed": WOKE}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer what may have happened."""
        return [("paused", "paused"), ("resumed", "resumed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[StatusEvent]) -> QuerySet[StatusEvent]:
        """Keep what was chosen."""
        condition = self.conditions.get(self.value())
        return queryset if condition is None else queryset.filter(condition)
