"""The second factor as a way to authenticate, so that wrong codes are counted, told and locked out like passwords."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import User
from django.http import HttpRequest

from budget_system.accounts.second_factor.devices import verify


class OneTimePasswordBackend(BaseBackend):
    """Knows a user by name and code. Alone it lets nobody in: pages ask for the code of whoever gave a password."""

    def authenticate(  # type: ignore[override]  # the code is named, so that Django asks with no other credentials
        self, request: HttpRequest | None, username: str, one_time_password: str, **kwargs: Any
    ) -> User | None:
        """Use up a code, and return whose it was, with `otp_device` set; `None` where it is wrong."""
        user = User.objects.filter(username=username, is_active=True).first()
        device = verify(user, one_time_password) if user is not None else None
        if user is None or device is None:
            return None
        user.otp_device = device  # type: ignore[attr-defined]  # from which django-otp marks the session at the login
        return user
