"""Lists that need no query per row, and what is kept and never edited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from brands.access import actor_of
from budget_system.actors import NOWHERE, Actor
from budget_system.admin.rows import attach
from budget_system.admin.unfolding import ChangeList, ModelAdmin
from budget_system.inputs import fold

_M = TypeVar("_M", bound=Model)

_ACTOR = "budget_system_actor"


def actor(request: HttpRequest) -> Actor:
    """Name the person at the admin, with what that one may see and change; asked once in a request.

    Here nobody acts without a name, however open the API is.
    """
    known: Actor | None = getattr(request, _ACTOR, None)
    if known is None:
        known = Actor.api(NOWHERE) if request.user.is_anonymous else actor_of(request.user)
        setattr(request, _ACTOR, known)
    return known


class PreparedChangeList(ChangeList):
    """A list whose rows are prepared together, so that no cell asks the database by itself."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what its cells will show."""
        super().get_results(request)
        rows = list(self.result_list)
        for row in rows:
            attach(row, actor(request).reach)
        cast(ListAdmin[Any], self.model_admin).prepare(rows, now=timezone.now())
        self.result_list = rows


class ListAdmin(ModelAdmin[_M], Generic[_M]):
    """Lists, searches and filters; a list needs no query per row, nor a count of what a filter leaves out."""

    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """List rows that are prepared together."""
        return PreparedChangeList

    def prepare(self, rows: Sequence[_M], *, now: datetime) -> None:
        """Attach to the rows of a page what their cells show."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[_M], search_term: str
    ) -> tuple[QuerySet[_M], bool]:
        """Search without regard to case, in any script."""
        return super().get_search_results(request, queryset, fold(search_term))

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[_M], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Carry out an action; an id that is none is answered, not a fault of ours."""
        try:
            return super().response_action(request, queryset, *args, **kwargs)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
            return None

    def list_url(self) -> str:
        """Give the address of the list."""
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


class ReadOnlyAdmin(ListAdmin[_M]):
    """What is kept and never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let nobody add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Let nobody change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Let nobody delete."""
        return False
