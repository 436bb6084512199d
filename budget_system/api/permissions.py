"""Who may call the API: users with a token or a session; where the system is open, everybody."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from brands.access.memberships import is_open
from budget_system.accounts.second_factor.sessions import must_set_up
from budget_system.api.authentication import SessionAuthentication
from budget_system.api.throttling import ANONYMOUS

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself reads the settings that name this module


class SecondFactorMissing(PermissionDenied):
    """A session whose user has to switch a second factor on before anything else."""

    default_detail = "Your account needs a second factor first: switch it on in the admin, at /admin/second_factor/."


class IsLoggedInOrOpen(BasePermission):
    """Allows users who have logged in; where the system is open, everybody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the request is allowed; what it may then see and do depends on its access.

        The framework throttles only requests that are allowed; the others are counted here. Raise `SecondFactorMissing`
        where a session has to switch a second factor on first; a token has none to give.
        """
        if isinstance(request.successful_authenticator, SessionAuthentication) and must_set_up(request.user):
            raise SecondFactorMissing
        if request.user.is_authenticated or is_open():
            return True
        ANONYMOUS.require_room(request)
        ANONYMOUS.count(request)
        return False
