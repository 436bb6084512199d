"""The second factor as an authentication backend, so that wrong codes are counted, logged and locked out like
passwords.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from budget_system.accounts.second_factor.devices import verify


class OneTimePasswordBackend(BaseBackend):
    """Authenticates by name and code; it logs nobody in by itself, because pages ask for the password first."""

    def authenticate(  # type: ignore[override]  # the code is named, so that Django asks with no other credentials
        self, request: HttpRequest | None, username: str, one_time_password: str, **kwargs: Any
    ) -> User | None:
        """Use up a code, and return its user, with `otp_device` set; `None` where it is wrong."""
        user = User.objects.filter(username=username, is_active=True).first()
        device = verify(user, one_time_password) if user is not None else None
        if user is None or device is None:
            return None
        user.otp_device = device  # type: ignore[attr-defined]  # from which django-otp marks the session at the login
        return user
