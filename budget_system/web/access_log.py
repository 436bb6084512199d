"""A line for each request, and one for each that is refused, from which a person traces who tried what."""

import logging
import time
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from budget_system.web.client_address import full_address

Answer = Callable[[HttpRequest], HttpResponseBase]

log = logging.getLogger("budget_system.requests")

REFUSED: Final = frozenset({401, 403, 429})
PROBED: Final = "/health/"
"""Asked every few seconds for as long as the system runs; only where it is refused is there something to tell."""


class AccessLog:
    """Tells the log of each request. What was refused is told too where `ACCESS_LOG` is false.

    The query stays out of it: searches, and at times secrets, stand there.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and tell."""
        begun = time.perf_counter()
        response = self._get_response(request)
        refused = response.status_code in REFUSED
        if refused or (settings.ACCESS_LOG and request.path_info != PROBED):
            _tell(request, response.status_code, round((time.perf_counter() - begun) * 1000), refused=refused)
        return response


def _tell(request: HttpRequest, status: int, milliseconds: int, *, refused: bool) -> None:
    fields = {
        "event": "request_refused" if refused else "request",
        "method": request.method or "",
        "path": request.path,
        "status": status,
        "ms": milliseconds,
        "user": user_of(request),
        "address": full_address(Request(request)),
    }
    log.log(
        logging.WARNING if refused else logging.INFO,
        "%s%s %s %d %d ms, user %s, address %s",
        "Refused: " if refused else "",
        fields["method"],
        fields["path"],
        status,
        milliseconds,
        fields["user"] or "-",
        fields["address"] or "-",
        extra=fields,
    )


def user_of(request: HttpRequest) -> str:
    """Return who asked, as far as that was found out: nothing is asked of the database for the log's sake."""
    user = request.__dict__.get("user")
    # What is not looked up yet would be by the next line; the middleware that looks it up keeps it here.
    found = user if type(user) is User else getattr(request, "_cached_user", None)
    return found.get_username() if isinstance(found, User) else ""
