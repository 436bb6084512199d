"""What tests of races need: work on threads with connections of their own, and a look at who waits for a lock."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection

R = TypeVar("R")

PATIENCE = 20
"""Seconds after which a test gives up: nothing here takes as long, whatever else the machine does."""

WAITERS = """
SELECT query FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'
"""


class Threads:
    """Starts work, each piece on a thread and a database connection of its own."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def start(self, work: Callable[[], R]) -> "Future[R]":
        """Begin a piece of work; its answer, or what it raised, comes from the future."""
        return self._pool.submit(_with_own_connection, work)


@contextmanager
def threads(count: int = 4) -> Iterator[Threads]:
    """Yield threads for the block; at its end all their work has ended."""
    with ThreadPoolExecutor(count) as pool:
        yield Threads(pool)


def _with_own_connection(work: Callable[[], R]) -> R:
    try:
        return work()
    finally:
        connection.close()


def what_waits(future: "Future[R]") -> str:
    """Wait until the work stands before a lock, and give the statement with which it does.

    Raises `AssertionError` where the work comes to its end without having waited.
    """
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # within a transaction the view would stand still
            cursor.execute(WAITERS)
            row = cursor.fetchone()
        if row is not None:
            return str(row[0])
        if future.done():
            raise AssertionError(f"It waited for no lock: {future.exception() or 'it went through'}")
        time.sleep(0.01)
    raise AssertionError(f"It neither waited for a lock nor ended in {PATIENCE} seconds")


def deadlocks() -> int:
    """Count the deadlocks that the database has had to break."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
