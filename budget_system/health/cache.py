"""Answers for many callers, which may be a few seconds old."""

import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")

REFRESH_AGE: Final = 2.0
MAX_AGE: Final = 5.0
"""Seconds after which an answer is no longer used, and callers wait for a new one."""


class CachedAnswer(Generic[_T]):
    """An answer for all callers, so that many of them cost no more than one.

    One caller renews it before it is too old, while the others get the old one; where it is too old, they wait for the
    new one.
    """

    def __init__(self, ask: Callable[[], _T]) -> None:
        self._ask = ask
        self._asking = threading.Lock()
        self._answered: tuple[float, _T] | None = None

    def answer(self) -> _T:
        """Return an answer that is at most `MAX_AGE` old."""
        answered = self._answered
        age = inf if answered is None else monotonic() - answered[0]
        if answered is not None and age < REFRESH_AGE:
            return answered[1]
        if not self._asking.acquire(blocking=age >= MAX_AGE):
            assert answered is not None
            return answered[1]
        try:
            if self._answered is not answered and self._answered is not None:  # somebody asked while this one waited
                return self._answered[1]
            parts = self._ask()
            self._answered = monotonic(), parts
            return parts
        finally:
            self._asking.release()

    def forget(self) -> None:
        """Ask anew the next time."""
        self._answered = None
