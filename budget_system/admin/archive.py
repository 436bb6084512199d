"""What was archived instead of deleted: an administrator can see it and restore it."""

from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from budget_system.admin.base import ServiceAdmin
from budget_system.admin.changelists import actor
from budget_system.core.actors import Actor

_M = TypeVar("_M", bound=Model)

ARCHIVED = "archived"


class ArchivedFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Excludes archived rows, unless they are asked for."""

    title = "archived"
    parameter_name = ARCHIVED
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer both."""
        return [("", "Not archived"), ("yes", "Archived")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep archived rows, or the others."""
        return queryset.filter(archived_at__isnull=self.value() != "yes")


class ArchivingAdmin(ServiceAdmin[_M]):
    """A model whose rows are archived where they have spends; superusers see and restore those."""

    def restore_row(self, row_id: UUID, *, now: datetime, by: Actor) -> _M:
        """Restore an archived row."""
        raise NotImplementedError

    def everything(self) -> QuerySet[_M]:
        """Return all rows, archived ones too."""
        raise NotImplementedError

    def get_queryset(self, request: HttpRequest) -> QuerySet[_M]:
        """Return rows that are not archived; a superuser gets all of them, and the filter excludes them from the
        list.
        """
        match = request.resolver_match
        if not self.has_restore_permission(request) or (match is not None and match.url_name == "autocomplete"):
            return super().get_queryset(request)
        return self.everything().order_by(*self.get_ordering(request))

    def get_list_filter(self, request: HttpRequest) -> Any:
        """Offer archived rows to those who may restore them."""
        filters = tuple(super().get_list_filter(request))
        return (*filters, ArchivedFilter) if self.has_restore_permission(request) else filters

    def has_restore_permission(self, request: HttpRequest) -> bool:
        """Allow superusers to restore."""
        return bool(request.user.is_active and getattr(request.user, "is_superuser", False))

    def has_change_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow nobody to change an archived row."""
        return super().has_change_permission(request, obj) and not row_is_archived(obj)

    def has_delete_permission(self, request: HttpRequest, obj: _M | None = None) -> bool:
        """Allow nobody to delete an archived row."""
        return super().has_delete_permission(request, obj) and not row_is_archived(obj)

    def is_archived(self, row_id: UUID) -> bool:
        """Return whether the row is archived."""
        return self.everything().filter(pk=row_id, archived_at__isnull=False).exists()

    @admin.action(description="Restore from the archive", permissions=["restore"])
    def restore(self, request: HttpRequest, queryset: QuerySet[_M]) -> None:
        """Restore each row, where no other row has its name now."""
        for row in queryset:
            if not row_is_archived(row):
                self.message_user(request, f"“{row}” is not archived.", messages.WARNING)
                continue
            with self.showing_errors(request, row):
                self.restore_row(row.pk, now=timezone.now(), by=actor(request))
                self.log_change(request, row, "Restored from the archive.")
                self.message_user(request, f"“{row}” is restored.", messages.SUCCESS)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer nothing of an archived row."""
        offered = super().get_actions_detail(request, object_id)
        return [] if offered and row_is_archived(self.row_of(request, str(object_id))) else offered

    def get_actions(self, request: HttpRequest) -> Any:
        """Offer the actions that fit the list: archived rows can only be restored."""
        actions = super().get_actions(request)
        shows_archived = request.GET.get(ARCHIVED) == "yes"
        return {name: value for name, value in actions.items() if (name == "restore") == shows_archived}


def row_is_archived(row: object) -> bool:
    """Return whether a row that was read is archived."""
    return getattr(row, "archived_at", None) is not None


__all__ = ["ArchivedFilter", "ArchivingAdmin", "row_is_archived"]
