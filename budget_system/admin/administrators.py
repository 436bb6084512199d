"""Pages for administrators alone."""

from typing import Any

from django.http import HttpRequest

from budget_system.admin.lookup_guard import LookupGuardAdmin
from budget_system.admin.permissions import is_administrator


class ForAdministrators(LookupGuardAdmin):
    """Pages that administrators alone see, whatever Django's own tables of permissions say."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show them to administrators."""
        return is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Show them to administrators."""
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
