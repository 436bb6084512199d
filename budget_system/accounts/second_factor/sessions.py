"""Which sessions count: of a user who has a second factor, only those in which it was given."""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject

from budget_system.accounts.second_factor.devices import totp_device

Answer = Callable[[HttpRequest], HttpResponseBase]
Person = AbstractBaseUser | AnonymousUser


class VerifiedSessionMiddleware:
    """Makes a session anonymous whose user has a second factor and did not give it in that session.

    It comes after django-otp's middleware. So it applies wherever a session counts: admin, API, docs. Tokens are not
    sessions. The user is looked up only where it is used, as in Django's own middleware.
    """

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer."""
        request.user = SimpleLazyObject(partial(_verified, request.user))  # type: ignore[assignment]  # as Django's own
        return self._get_response(request)


def _verified(user: User | AnonymousUser) -> User | AnonymousUser:
    if isinstance(user, User) and not is_verified(user) and totp_device(user) is not None:
        return AnonymousUser()
    return user


def is_verified(user: Person) -> bool:
    """Return whether a user gave a second factor in this session."""
    return getattr(user, "otp_device", None) is not None


def must_set_up(user: Person) -> bool:
    """Return whether a session's user has to switch the second factor on before anything else."""
    return bool(settings.REQUIRE_SECOND_FACTOR) and user.is_authenticated and not is_verified(user)
