"""Who is let in: who sends a token or has logged in; where the system is open, everybody."""

import logging
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from brands.access.memberships import is_open
from brands.access.tokens import user_of
from budget_system.accounts.second_factor.sessions import must_set_up
from budget_system.api.throttling import ANONYMOUS, FAILED, forget, full_address, remember, was_right

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself reads the settings that name this module

log = logging.getLogger("budget_system.access")

SCHEME = "Token"
WIDER = 10
"""How many times as many wrong tokens from an address are still looked at as are answered 401."""
REFUSED = "This token is unknown, expired or revoked; ask an administrator for a new one."
MALFORMED = "Send the token as “Authorization: Token …”, with one space and nothing after it."


class TokenLogin(BaseAuthentication):
    """A token in the `Authorization` header.

    An address from which too many wrong ones came is refused, and from ten times as many on before the next one is
    looked at. A token that was right before is always looked at: no neighbour behind the same address can stop it.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Give whose token was sent; `None` where none was."""
        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != SCHEME.lower():
            return None
        sent = words[1] if len(words) == 2 else ""
        if not was_right(sent):
            FAILED.require_room(request, times=WIDER)
        user = user_of(sent, now=timezone.now())
        if user is None:
            forget(sent)
            FAILED.count(request)
            _tell_failure(request, "unknown, expired or revoked" if len(words) == 2 else "malformed")
            FAILED.require_room(request, counted=True)
            raise AuthenticationFailed(REFUSED if len(words) == 2 else MALFORMED)
        remember(sent)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate."""
        return SCHEME


def _tell_failure(request: Request, reason: str) -> None:
    """Tell the log who sent a token that does not let in; nothing of the token, which may be a good one mistyped."""
    address = full_address(request)
    fields = {"event": "token_failed", "reason": reason, "address": address, "path": request.path}
    log.warning("Token failed, %s, address %s, at %s", reason, address or "-", request.path, extra=fields)


class SecondFactorMissing(PermissionDenied):
    """A session whose user has to switch a second factor on before anything else."""

    default_detail = "Your account needs a second factor first: switch it on in the admin, at /admin/second_factor/."


class SessionLogin(SessionAuthentication):
    """The session of somebody who has logged in, with the check against forged requests."""

    def authenticate_header(self, request: Request) -> str:
        """Say how to authenticate, so that who has not is answered 401."""
        return SCHEME


class Entrance(BasePermission):
    """Lets in who has logged in; where the system is open, everybody."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Say whether the request is let in; what it may then see and do is asked of its reach.

        The framework counts requests only once they are let in; those that are not are counted here. Raise
        `SecondFactorMissing` where a session has to switch a second factor on first; a token has none to give.
        """
        if isinstance(request.successful_authenticator, SessionLogin) and must_set_up(request.user):
            raise SecondFactorMissing
        if request.user.is_authenticated or is_open():
            return True
        ANONYMOUS.require_room(request)
        ANONYMOUS.count(request)
        return False
