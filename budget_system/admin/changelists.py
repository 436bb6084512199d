"""Lists without a query per row, and read-only rows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar, cast

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ORDER_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Expression, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import checkbox

from brands.access.memberships import belongs_to_a_brand, visible_rows, writable_rows
from budget_system.admin.list_tools import ListToolsAdmin
from budget_system.admin.lookup_guard import LookupGuardAdmin, LookupGuardChangeList
from budget_system.admin.pagination import CappedPaginator
from budget_system.admin.permissions import actor, may_see, may_write
from budget_system.admin.row_values import attach_value
from budget_system.admin.searching import SearchingAdmin
from budget_system.admin.unfold_types import ChangeList, ModelAdmin
from budget_system.core.actors import BrandAccess
from budget_system.core.errors import Forbidden, ServiceError

_M = TypeVar("_M", bound=Model)


class PreparedChangeList(LookupGuardChangeList):
    """A list whose rows are prepared together, so that no cell makes a query, and that can be ordered by what is
    calculated in the database.
    """

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.title = str(self.opts.verbose_name_plural).capitalize()

    def get_queryset(self, request: HttpRequest, *args: Any, **kwargs: Any) -> "QuerySet[Any]":
        """Filter and order the rows."""
        self.root_queryset = cast(ListAdmin[Any], self.model_admin).rows_to_list(request, self.root_queryset)
        return super().get_queryset(request, *args, **kwargs)

    def get_ordering(self, request: HttpRequest, queryset: "QuerySet[Any]") -> list[Any]:
        """Return the columns to order by, those that are calculated as expressions."""
        admin = cast(ListAdmin[Any], self.model_admin)
        self.first_order = list(admin.default_order(request))
        first = [] if self.params.get(ORDER_VAR) else self.first_order
        calculated = admin.calculated_orders(request)
        return [_as_expression(one, calculated) for one in (*first, *super().get_ordering(request, queryset))]

    def _get_default_ordering(self) -> list[str]:
        """Return the order that the headers show while nobody has chosen one."""
        return self.first_order or super()._get_default_ordering()  # type: ignore[misc]

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, and what its cells will show."""
        super().get_results(request)
        rows = list(self.result_list)
        for row in rows:
            attach_value(row, actor(request).access)
        cast(ListAdmin[Any], self.model_admin).prepare(rows, now=timezone.now())
        self.result_list = rows


def _as_expression(column: Any, calculated: Mapping[str, Expression]) -> Any:
    expression = calculated.get(column.lstrip("-")) if isinstance(column, str) else None
    if expression is None:
        return column
    # What has no such figure comes last, whichever way the others are sorted.
    return expression.desc(nulls_last=True) if column.startswith("-") else expression.asc(nulls_last=True)


@cache
def _checkbox() -> str:
    return str(checkbox.render(ACTION_CHECKBOX_NAME, "{}"))


class ListAdmin(ListToolsAdmin, LookupGuardAdmin, SearchingAdmin, ModelAdmin[_M], Generic[_M]):
    """Lists, searches and filters; a list makes no query per row, and does not count what a filter excludes."""

    list_per_page = 50
    paginator = CappedPaginator
    list_filter_submit = True
    list_fullwidth = True
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    warn_unsaved_form = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """List rows that are prepared together."""
        return PreparedChangeList

    def action_checkbox(self, obj: _M) -> SafeString:
        """Draw the box with which a row is chosen; the library's template is rendered once, not for each row."""
        return format_html(_checkbox(), obj.pk)

    def default_order(self, request: HttpRequest) -> Sequence[str]:
        """Return the order of the list while nobody has chosen one, where it is not that of the pages."""
        return ()

    def rows_to_list(self, request: HttpRequest, rows: QuerySet[_M]) -> QuerySet[_M]:
        """Return the rows as the list's filters and order need them."""
        return rows

    def calculated_orders(self, request: HttpRequest) -> Mapping[str, Expression]:
        """Return by name what the list can be ordered by beside columns."""
        return {}

    def prepare(self, rows: Sequence[_M], *, now: datetime) -> None:
        """Attach to the rows of a page what their cells show."""

    def prepare_to_export(self, request: HttpRequest, rows: Sequence[_M]) -> None:
        """Attach to the rows what their columns show."""
        for row in rows:
            attach_value(row, actor(request).access)
        self.prepare(rows, now=timezone.now())

    def get_queryset(self, request: HttpRequest) -> QuerySet[_M]:
        """Return the rows of brands of which the person is a member."""
        return self.seen(super().get_queryset(request), actor(request).access)

    def seen(self, rows: QuerySet[_M], access: BrandAccess) -> QuerySet[_M]:
        """Keep the rows that the person may see."""
        return visible_rows(rows, access) if belongs_to_a_brand(self.model) else rows

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> _M | None:
        """Return the row of a page, with what the person may see."""
        row: _M | None = super().get_object(request, object_id, from_field)
        if row is not None:
            attach_value(row, actor(request).access)
        return row

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow those who may see any row of an app to see the app."""
        return may_see(request, self.model)

    def has_view_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow members to see."""
        return may_see(request, self.model, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow managers to add."""
        return may_write(request, self.model)

    def has_change_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow managers to change."""
        return may_write(request, self.model, obj)

    def has_delete_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow managers to delete."""
        return may_write(request, self.model, obj)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any]":
        """Offer only rows that the person may change."""
        related = db_field.remote_field.model
        if belongs_to_a_brand(related):
            rows = kwargs.get("queryset")
            rows = related._default_manager.all() if rows is None else rows
            kwargs["queryset"] = writable_rows(rows, actor(request).access)
        return cast("ModelChoiceField[Any]", super().formfield_for_foreignkey(db_field, request, **kwargs))

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[_M], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Carry out an action; show an error for an id that is none."""
        try:
            return super().response_action(request, queryset, *args, **kwargs)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        except Forbidden as error:
            raise PermissionDenied(error.message) from error
        except ServiceError as error:
            self.message_user(request, error.message, messages.ERROR)
        return None

    def list_url(self) -> str:
        """Return the address of the list."""
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


class ReadOnlyAdmin(ListAdmin[_M]):
    """Rows that are never edited."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow nobody to add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow nobody to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow nobody to delete."""
        return False


__all__ = ["ListAdmin", "ReadOnlyAdmin", "actor"]
