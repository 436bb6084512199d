"""Who asks: the user of a token, or of a session."""

import logging

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.request import Request

from brands.access.tokens import token_login
from budget_system.api.throttling import FAILED, forget_token, is_known_token, remember_token
from budget_system.web.client_address import full_address

log = logging.getLogger("budget_system.access")

SCHEME = "Token"
LOOKUP_FACTOR = 10
"""How many times as many wrong tokens from an address are still looked up as are answered 401."""
INVALID_TOKEN = "This token is unknown, expired or revoked; ask an administrator for a new one."
MALFORMED = "Send the token as “Authorization: Token …”, with one space and nothing after it."


class TokenAuthentication(authentication.BaseAuthentication):
    """A token in the `Authorization` header.

    An address that sent too many wrong ones is refused, and from ten times as many on before the next one is looked up.
    A token that was right before is always looked up: nobody else behind the same address can block it.
    """

    def authenticate(self, request: Request) -> tuple[User, str | None] | None:
        """Return the token's user, and what alone it may do; `None` where no token was sent."""
        words = authentication.get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != SCHEME.lower():
            return None
        sent = words[1] if len(words) == 2 else ""
        if not is_known_token(sent):
            FAILED.require_room(request, times=LOOKUP_FACTOR)
        login = token_login(sent, now=timezone.now())
        if login is None:
            forget_token(sent)
            FAILED.count(request)
            _log_failure(request, "unknown, expired or revoked" if len(words) == 2 else "malformed")
            FAILED.require_room(request, counted=True)
            raise AuthenticationFailed(INVALID_TOKEN if len(words) == 2 else MALFORMED)
        remember_token(sent)
        return login.user, login.only

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme by which to authenticate."""
        return SCHEME


def is_administrator(request: HttpRequest) -> bool:
    """Return whether an administrator asks, by token or by session; a wrong token counts as none, but is counted."""
    try:
        sent = TokenAuthentication().authenticate(Request(request))
    except APIException:
        return False
    if sent is None:
        return bool(request.user.is_superuser)
    user, only = sent
    return user.is_superuser and only is None


def _log_failure(request: Request, reason: str) -> None:
    """Log a refused token; nothing of the token itself, which may be a good one mistyped."""
    address = full_address(request)
    fields = {"event": "token_failed", "reason": reason, "address": address, "path": request.path}
    log.warning("Token failed, %s, address %s, at %s", reason, address or "-", request.path, extra=fields)


class SessionAuthentication(authentication.SessionAuthentication):
    """The session of somebody who has logged in, with the CSRF check."""

    def authenticate_header(self, request: Request) -> str:
        """Return the scheme by which to authenticate, so that an anonymous request is answered 401."""
        return SCHEME
