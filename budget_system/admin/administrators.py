"""Pages for administrators only."""

from typing import Any

from django.http import HttpRequest

from budget_system.admin.list_tools import ListToolsAdmin
from budget_system.admin.lookup_guard import LookupGuardAdmin
from budget_system.admin.permissions import is_administrator


class AdministratorsOnlyAdmin(ListToolsAdmin, LookupGuardAdmin):
    """Pages that only administrators see, whatever Django's own permissions say."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Allow administrators to see them."""
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to see them."""
        return is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Allow administrators to add."""
        return is_administrator(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to change."""
        return is_administrator(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to delete."""
        return is_administrator(request)
