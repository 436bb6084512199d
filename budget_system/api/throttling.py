"""Request limits per minute, by user, and by address for anonymous requests.

Counted in the memory of each web process, so that no broker, nor any other service, is needed to answer: with several
processes as many times the rate is allowed, at most. Where the system is open only this machine is served, and nothing
is counted.
"""

import time
from hashlib import sha256
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from brands.access.memberships import is_open

if TYPE_CHECKING:
    from rest_framework.views import APIView

from budget_system.web.client_address import address_of

DAY = 24 * 60 * 60
WINDOW = 60
"""Seconds in which requests are counted together."""


class RateLimit:
    """At most so many in each `window` (seconds, a minute) for each caller: `setting` names the rate."""

    def __init__(self, name: str, setting: str, *, window: int = WINDOW) -> None:
        self.name, self.setting, self.window = name, setting, window

    def has_room(self, caller: str, *, times: int = 1, counted: bool = False) -> bool:
        """Return whether another is allowed in this window, or where it is `counted` already, whether it was."""
        most = times * int(getattr(settings, self.setting)) + counted
        return is_open() or int(cache.get(self._key(caller), 0)) < most

    def add(self, caller: str) -> None:
        """Count one."""
        key = self._key(caller)
        if not cache.add(key, 1, timeout=2 * self.window):
            try:
                cache.incr(key)
            except ValueError:  # it was forgotten in between: there was no room for so many
                cache.set(key, 1, timeout=2 * self.window)

    def require_room(self, request: Request, *, times: int = 1, counted: bool = False) -> None:
        """Raise `Throttled` where too many have come from the request's address in this window."""
        if not self.has_room(address_of(request), times=times, counted=counted):
            raise Throttled(wait=self.wait())

    def count(self, request: Request) -> None:
        """Count one of the request's address."""
        self.add(address_of(request))

    def wait(self) -> int:
        """Return the seconds until the next window begins."""
        return max(1, ceil(self.window - time.time() % self.window))

    def _key(self, caller: str) -> str:
        digest = sha256(caller.encode()).hexdigest()  # a cache's key may not hold whatever somebody has typed
        return f"limit:{self.name}:{digest}:{int(time.time()) // self.window}"


FAILED = RateLimit("failed", "THROTTLE_ANONYMOUS")
ANONYMOUS = RateLimit("anonymous", "THROTTLE_ANONYMOUS")
USER = RateLimit("user", "THROTTLE_USER")


def is_known_token(token: str) -> bool:
    """Return whether a token was right within the last day, as far as this process remembers."""
    return bool(cache.get(_remembered(token)))


def remember_token(token: str) -> None:
    """Remember that a token is right; it is checked each time all the same."""
    cache.set(_remembered(token), 1, timeout=DAY)


def forget_token(token: str) -> None:
    """Forget a token that is no longer right."""
    cache.delete(_remembered(token))


def _remembered(token: str) -> str:
    return f"right:{sha256(token.encode()).hexdigest()}"


class UserThrottle(BaseThrottle):
    """Limits each user to the rate, whichever way they log in."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count a user's request, and return whether it is answered."""
        if not request.user.is_authenticated:
            return True
        caller = str(request.user.pk)
        if not USER.has_room(caller):
            return False
        USER.add(caller)
        return True

    def wait(self) -> float | None:
        """Return the seconds after which to try again."""
        return USER.wait()
