"""Locking out for a while those who guess passwords.

Three counts, of the failures since the last success, within `AXES_COOLOFF_TIME`: five for a name from one address, and
ten times as many for a name from all addresses together, or for an address with any names. So a guesser gains nothing
by changing either, and an office behind one address is not locked out for the typing errors of one person.
"""

import logging
from ipaddress import ip_address
from math import ceil
from typing import Any, Final

from axes.handlers.database import AxesDatabaseHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from rest_framework.request import Request

from budget_system.web.client_address import address_of, full_address
from budget_system.web.error_page import ErrorPage, page_response

log = logging.getLogger("budget_system.access")

WIDER_LIMIT_FACTOR: Final = 10
"""How many times as many failures are allowed for a name from any address, and for an address with any name."""


class LockoutHandler(AxesDatabaseHandler):  # type: ignore[misc]  # the library has no types
    """Counts by name and address together, with wider limits for each alone; logs logins, logouts and failures."""

    def user_login_failed(
        self, sender: str, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
    ) -> None:
        """Count a wrong password, or a wrong code of the second factor."""
        super().user_login_failed(sender, credentials, request, **kwargs)
        locked_out = bool(getattr(request, "axes_locked_out", False))
        name, what = str(credentials.get("username") or ""), ", locked out" if locked_out else ""
        if is_about_code(credentials):
            _log(logging.WARNING, "second_factor_failed", f"Wrong code{what}", name, request, locked_out=locked_out)
        else:
            _log(logging.WARNING, "login_failed", f"Login failed{what}", name, request, locked_out=locked_out)

    def user_logged_in(self, sender: type[User], request: HttpRequest, user: User, **kwargs: Any) -> None:
        """Forget the wrong passwords of a user who gave the right one."""
        super().user_logged_in(sender, request, user, **kwargs)
        _log(logging.INFO, "login", "Logged in", user.get_username(), request)

    def user_logged_out(self, sender: type[User], request: HttpRequest, user: User | None, **kwargs: Any) -> None:
        """Log a logout; a session that had ended before has no user."""
        super().user_logged_out(sender, request, user, **kwargs)
        if user is not None:
            _log(logging.INFO, "logout", "Logged out", user.get_username(), request)

    def get_failures(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> int:
        """Return the failures that count; those by name or address alone are divided by their wider limit."""
        together = int(super().get_failures(request, credentials))
        name = (credentials or {}).get("username") or request.POST.get("username")
        return max(
            together,
            _failed(username=name) // WIDER_LIMIT_FACTOR,
            _failed(ip_address=address(request)) // WIDER_LIMIT_FACTOR,
        )


def is_about_code(credentials: dict[str, Any] | None) -> bool:
    """Return whether a code of the second factor was given, not a password."""
    return "one_time_password" in (credentials or {})


def address(request: HttpRequest) -> str | None:
    """Return the client's address, for IPv6 the network, as a database takes it; `None` where there is none."""
    found = address_of(Request(request))
    spelled = f"{found}::" if ":" in found else found
    try:
        return str(ip_address(spelled))
    except ValueError:
        return None


def lockout_response(
    request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer somebody who is locked out."""
    seconds = ceil(settings.AXES_COOLOFF_TIME.total_seconds())
    page = ErrorPage(
        "Too many wrong codes" if is_about_code(credentials) else "Too many wrong passwords",
        f"Try again in {seconds // 60} minutes.",
        "An administrator can let you in at once: in the admin, under “Wrong passwords”.",
        way="Back to the login",
        leads_to=reverse("admin:login"),
    )
    refused = page_response(page, status=429)
    refused["Retry-After"] = str(seconds)
    return refused


def _log(level: int, event: str, sentence: str, name: str, request: HttpRequest | None, **fields: object) -> None:
    address = full_address(Request(request)) if request is not None else ""
    extra = {"event": event, "user": name, "address": address, **fields}
    log.log(level, "%s: user %s, address %s", sentence, name or "-", address or "-", extra=extra)


def _failed(**by: str | None) -> int:
    if None in by.values():
        return 0
    recent = AccessAttempt.objects.filter(attempt_time__gte=timezone.now() - settings.AXES_COOLOFF_TIME, **by)
    return int(recent.aggregate(failed=Sum("failures_since_start"))["failed"] or 0)
