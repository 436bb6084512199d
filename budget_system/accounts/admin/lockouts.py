"""Wrong passwords and lockouts, in the admin."""

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.http import HttpRequest

from budget_system.admin.changelists import ReadOnlyAdmin
from budget_system.admin.permissions import is_administrator


@admin.register(AccessAttempt)
class WrongPasswordsAdmin(ReadOnlyAdmin[Any]):
    """Wrong passwords; deleting a row lifts the lock."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent", "path_info")
    readonly_fields = fields

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow administrators to lift a lock."""
        return is_administrator(request)
