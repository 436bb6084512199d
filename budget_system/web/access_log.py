"""A log line for each request, and for each refusal, by which a person can trace who tried what."""

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
from budget_system.web.loopback_only import PROBES

Answer = Callable[[HttpRequest], HttpResponseBase]

log = logging.getLogger("budget_system.requests")

REFUSED_STATUSES: Final = frozenset({401, 403, 429})


class AccessLogMiddleware:
    """Logs each request; refused ones also where `ACCESS_LOG` is false.

    Queries are left out: they contain searches, and sometimes secrets.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, and log."""
        begun = time.perf_counter()
        response = self._get_response(request)
        refused = response.status_code in REFUSED_STATUSES
        if refused or (settings.ACCESS_LOG and request.path_info not in PROBES):
            _log(request, response.status_code, round((time.perf_counter() - begun) * 1000), refused=refused)
        return response


def _log(request: HttpRequest, status: int, milliseconds: int, *, refused: bool) -> None:
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
    """Return the user of the request, as far as known: the database is not queried for the log."""
    user = request.__dict__.get("user")
    # What is not looked up yet would be by the next line; the middleware that looks it up keeps it here.
    found = user if type(user) is User else getattr(request, "_cached_user", None)
    return found.get_username() if isinstance(found, User) else ""
