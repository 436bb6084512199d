"""Repeating a whole transaction where a row moved, or the database reports a conflict."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random

from budget_system.core.errors import Conflict

P = ParamSpec("P")
R = TypeVar("R")

STOP_RETRYING = stop_after_attempt(4) | stop_after_delay(15)
"""What has waited for SQLite's lock for 20 seconds is not repeated: its caller would be gone before it is done."""

DEADLOCK_DETECTED, SERIALIZATION_FAILURE = "40P01", "40001"


class RowMoved(Conflict):
    """A row read before the lock changed its brand, or was changed without the gate, while waiting for the lock.

    Where a row moves again each time, the caller gets a refusal that names it: nothing was changed.
    """


def is_transient(error: BaseException) -> bool:
    """Return whether repeating the whole transaction may succeed: a row moved, or the database reports a conflict."""
    if connection.in_atomic_block:
        return False  # the transaction that must be repeated is not ours
    if isinstance(error, RowMoved):
        return True
    if not isinstance(error, OperationalError):
        return False
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate in {DEADLOCK_DETECTED, SERIALIZATION_FAILURE} or "database is locked" in str(error)


def retry_on_conflict(service: Callable[P, R]) -> Callable[P, R]:
    """Repeat a service, from its first read, up to three times where its rows moved or the database reports a
    conflict.
    """

    @wraps(service)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in Retrying(
            retry=retry_if_exception(is_transient), stop=STOP_RETRYING, wait=wait_random(0, 0.1), reraise=True
        ):
            with attempt:
                return service(*args, **kwargs)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return repeated
