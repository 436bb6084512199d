"""Filters by a row that is searched for as one types."""

from typing import Any

from django.http import HttpRequest
from unfold.contrib.filters.admin import AutocompleteSelectFilter
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
