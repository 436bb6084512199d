"""Filters of the lists: by a row that is searched for as one types, and by days."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter, RangeDateFilter
from unfold.contrib.filters.forms import AutocompleteDropdownForm

from brands.access.memberships import visible_rows
from budget_system.admin.autocomplete import RowSelect
from budget_system.admin.permissions import actor


class RowFilterForm(AutocompleteDropdownForm):  # type: ignore[misc]  # the library has no types
    """The field of the filter; it shows the chosen row's name only to those who see it."""

    widget = RowSelect

    def __init__(self, request: HttpRequest, name: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, name, *args, **kwargs)
        field = self.fields[name]
        field.queryset = visible_rows(field.queryset, actor(request).access)


class RowFilter(AutocompleteSelectFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the rows that belong to one row."""

    form_class = RowFilterForm


class DayRangeFilter(RangeDateFilter):  # type: ignore[misc]  # the library has no types
    """Keeps the rows whose instant is in a range of days, both included, in UTC: a list has brands of many zones.

    Not a date hierarchy, which reads the dates of all rows at each view: at a million, for seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "day (UTC)"

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any] | None":
        """Keep the rows; `None`, which keeps all, for what is no date."""
        bounds = {}
        for ending, lookup, later in (("from", "gte", timedelta(0)), ("to", "lt", timedelta(days=1))):
            if text := self.used_parameters.get(f"{self.parameter_name}_{ending}"):
                try:
                    bounds[f"{self.parameter_name}__{lookup}"] = _midnight(text) + later
                except (ValueError, OverflowError):
                    return None
        return queryset.filter(**bounds)


def _midnight(text: str) -> datetime:
    return datetime.combine(datetime.strptime(text, "%Y-%m-%d").date(), time(), UTC)  # noqa: DTZ007  # only its date is used
