"""Lists and pages that work for every address, whatever it asks for.

The stock list accepts any column and any lookup of an address: a pattern that never ends, a year that no calendar has.
Ours accepts what its filters put there, and answers everything else with the whole list and a message.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from django.contrib import messages
from django.contrib.admin import ListFilter
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DataError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from budget_system.admin.unfold_types import ChangeList

NUL: Final = "\0"
"""Occurs in no stored text; PostgreSQL accepts no query that contains it."""

MAX_ROWS: Final = 50
"""Rows of a page for which an action is carried out: each is a transaction, and a person waits."""

NOT_UNDERSTOOD: Final = "What the address asks of this list is not understood, so the whole list is shown."


class LookupGuardChangeList(ChangeList):
    """A list that accepts from an address only what its filters ask for."""

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> "QuerySet[Any]":
        """Filter and order the rows; ignore columns and patterns that no filter offers."""
        with _understood(request):
            for name in self.get_filters_params():
                if not _is_offered(name, self.list_filter):
                    raise IncorrectLookupParameters
            return super().get_queryset(request, *args, **kwargs)

    def get_results(self, request: HttpRequest) -> None:
        """Read the page; where nothing is filtered, what is found is all there is, and nothing else is counted."""
        with _understood(request):
            super().get_results(request)
            self.result_list = list(self.result_list)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


@contextmanager
def _understood(request: HttpRequest) -> Iterator[None]:
    """Make the stock page show the whole list where what is asked for is no possible value or column."""
    try:
        yield
    except (ValueError, OverflowError, DataError, IncorrectLookupParameters) as error:
        messages.warning(request, NOT_UNDERSTOOD)
        raise IncorrectLookupParameters(str(error)) from error


def _is_offered(parameter: str, filters: Sequence[Any]) -> bool:
    """Return whether a filter of the list puts this parameter into an address."""
    for one in filters:
        if isinstance(one, type) and issubclass(one, ListFilter):
            if parameter == getattr(one, "parameter_name", ""):
                return True
            continue
        column = one if isinstance(one, str) else one[0]
        endings = ("", "__exact", "__id__exact", "__isnull", "__gte", "__lt", "_from", "_to")
        if parameter in {f"{column}{ending}" for ending in endings}:
            return True
    return False


class LookupGuardAdmin:
    """Pages that work for every address; comes before the classes of the libraries."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """Return a list class with the guard."""
        return LookupGuardChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Return the row of a page; `None` for an id with a NUL.

        A person who may see no row of the kind is refused before it is looked for, and so does not learn whether it
        exists.
        """
        if not self.has_view_permission(request):  # type: ignore[attr-defined]  # of the class that stands behind
            raise PermissionDenied
        found: Any = None if NUL in object_id else super().get_object(request, object_id, from_field)  # type: ignore[misc]
        return found

    def response_action(
        self, request: HttpRequest, queryset: "QuerySet[Any]", *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Carry out an action for rows whose ids can be ids, and that are not too many."""
        key = queryset.model._meta.pk
        across = request.POST.get("select_across", "0") not in ("", "0")
        chosen_rows = queryset.count() if across else len(request.POST.getlist(ACTION_CHECKBOX_NAME))
        if chosen_rows > MAX_ROWS:
            messages.error(request, f"{chosen_rows:,} rows are chosen; choose at most {MAX_ROWS} at a time.")
            return None
        try:
            for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME):
                if NUL in chosen:
                    raise ValidationError("An id holds a NUL, which none has.")
                key.run_validators(key.to_python(chosen))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return None
        answer: HttpResponse | None = super().response_action(request, queryset, *args, **kwargs)  # type: ignore[misc]
        return answer

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> "tuple[QuerySet[Any], bool]":
        """Search; return nothing for a NUL."""
        if NUL in search_term:
            return queryset.none(), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)  # type: ignore[misc]
        return found
