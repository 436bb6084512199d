"""A login between password and code: its user is kept in the session, which is anonymous until the code."""

from collections.abc import Mapping
from typing import Any, Final

from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

SESSION_KEY: Final = "second_factor_login"
SECONDS: Final = 10 * 60
"""How long the password counts without the code."""


def begin(request: HttpRequest, user: User) -> None:
    """Store the user who gave the right password, under a new session key."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = {
        "user": user.pk,
        "backend": user.backend,
        "password": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
    }


def user_of(request: HttpRequest) -> User | None:
    """Return the user who gave the password; `None` where nobody did, it is too long ago, or the password has
    changed.
    """
    kept: Mapping[str, Any] | None = request.session.get(SESSION_KEY)
    if kept is None or not 0 <= timezone.now().timestamp() - kept["at"] <= SECONDS:
        return None
    user = User.objects.filter(pk=kept["user"], is_active=True).first()
    if user is None or not constant_time_compare(kept["password"], user.get_session_auth_hash()):
        return None
    return user


def finish(request: HttpRequest, user: User) -> None:
    """Log in, with the device that accepted the code."""
    login(request, user, backend=request.session.pop(SESSION_KEY)["backend"])
