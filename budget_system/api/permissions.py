"""Who may call the API: users with a token or a session; where the system is open, everybody."""

from collections.abc import Mapping
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


class OutOfScope(PermissionDenied):
    """A token that may do only something else."""

    default_detail = (
        "This token may only ask what is wanted of campaigns (GET /api/delivery/) and acknowledge it "
        "(POST /api/delivery/ack/); for anything else ask an administrator for another token."
    )


def scoped_actions(view: object, scope: str) -> frozenset[str]:
    """Return the actions of a view that a token may take which may do only this."""
    allowed: Mapping[str, frozenset[str]] = getattr(view, "allowed_to_scope", {})
    return allowed.get(scope, frozenset())


class IsLoggedInOrOpen(BasePermission):
    """Allows users who have logged in; where the system is open, everybody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Return whether the request is allowed; what it may then see and do depends on its access.

        The framework throttles only requests that are allowed; the others are counted here. Raise `SecondFactorMissing`
        where a session has to switch a second factor on first; a token has none to give. Raise `OutOfScope` where a
        token may do only something else.
        """
        if request.auth is not None and getattr(view, "action", None) not in scoped_actions(view, str(request.auth)):
            raise OutOfScope
        if isinstance(request.successful_authenticator, SessionAuthentication) and must_set_up(request.user):
            raise SecondFactorMissing
        if request.user.is_authenticated or is_open():
            return True
        ANONYMOUS.require_room(request)
        ANONYMOUS.count(request)
        return False
