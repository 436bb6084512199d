"""Answers that many ask for, and that may be a moment old."""

import threading
from collections.abc import Callable
from math import inf
from time import monotonic
from typing import Final, Generic, TypeVar

_T = TypeVar("_T")

FRESH_FOR: Final = 2.0
KEPT_FOR: Final = 5.0
"""Seconds for which nobody asks again, and after which nobody is told any more what was answered."""


class Recent(Generic[_T]):
    """What was answered a moment ago: whoever asks again gets it, so that many who ask cost no more than one.

    One asks anew, in the background of the others, before the answer is too old; where it is, they wait for that one.
    """

    def __init__(self, ask: Callable[[], _T]) -> None:
        self._ask = ask
        self._asking = threading.Lock()
        self._answered: tuple[float, _T] | None = None

    def answer(self) -> _T:
        """Return an answer that is at most `RETENTION` old."""
        answered = self._answered
        age = inf if answered is None else monotonic() - answered[0]
        if answered is not None and age < FRESH_FOR:
            return answered[1]
        if not self._asking.acquire(blocking=age >= KEPT_FOR):
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
