"""How the admin's lists and fields search."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

from budget_system.core.searching import search_key

KEY = "search_key"


class SearchingAdmin:
    """Searches each word in all search fields: in names without regard to accents, in the others as it is typed."""

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Keep the rows in which every word is found; none is found twice, as no search field has many values."""
        columns = self.get_search_fields(request)  # type: ignore[attr-defined]  # of the class that stands behind
        for word in smart_split(search_term if columns else ""):
            text = unescape_string_literal(word) if word[:1] in ("'", '"') and word[-1:] == word[:1] else word
            queryset = queryset.filter(found_in(columns, text))
        return queryset, False


def found_in(columns: "list[str] | tuple[str, ...]", text: str) -> Q:
    """Return the condition that a text is inside one of the columns; of names the keys are searched."""
    condition = Q()
    for column in columns:
        condition |= (
            Q(**{f"{column}__contains": search_key(text)})
            if column.endswith(KEY)
            else Q(**{f"{column}__icontains": text})
        )
    return condition
