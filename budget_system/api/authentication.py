"""Who asks: the user of a token, or of a session."""

import logging

from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from brands.access.tokens import token_user
from budget_system.api.throttling import FAILED, forget, remember, was_right
from budget_system.web.client_address import full_address

log = logging.getLogger("budget_system.access")

SCHEME = "Token"
WIDER = 10
"""How many times as many wrong tokens from an address are still looked at as are answered 401."""
REFUSED = "This token is unknown, expired or revoked; ask an administrator for a new one."
MALFORMED = "Send the token as “Authorization: Token …”, with one space and nothing after it."


class TokenAuthentication(authentication.BaseAuthentication):
    """A token in the `Authorization` header.

    An address from which too many wrong ones came is refused, and from ten times as many on before the next one is
    looked at. A token that was right before is always looked at: no neighbour behind the same address can stop it.
    """

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return whose token was sent; `None` where none was."""
        words = authentication.get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != SCHEME.lower():
            return None
        sent = words[1] if len(words) == 2 else ""
        if not was_right(sent):
            FAILED.require_room(request, times=WIDER)
        user = token_user(sent, now=timezone.now())
        if user is None:
            forget(sent)
            FAILED.count(request)
            _tell_failure(request, "unknown, expired or revoked" if len(words) == 2 else "malformed")
            FAILED.require_room(request, counted=True)
            raise AuthenticationFailed(REFUSED if len(words) == 2 else MALFORMED)
        remember(sent)
        return user, None

    def authenticate_header(self, request: Request) -> str:
        """Return how to authenticate."""
        return SCHEME


def _tell_failure(request: Request, reason: str) -> None:
    """Tell the log who sent a token that does not let in; nothing of the token, which may be a good one mistyped."""
    address = full_address(request)
    fields = {"event": "token_failed", "reason": reason, "address": address, "path": request.path}
    log.warning("Token failed, %s, address %s, at %s", reason, address or "-", request.path, extra=fields)


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of somebody who has logged in, with the check against forged requests."""

    def authenticate_header(self, request: Request) -> str:
        """Return how to authenticate, so that who has not is answered 401."""
        return SCHEME
