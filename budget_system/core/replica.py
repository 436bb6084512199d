"""Lists and files answered by a standby of the database, where there is one (`REPLICA_DATABASE_URL`).

Nobody is told less than by the database itself: the standby answers where it has all that was committed before it was
asked. Where it has not, or cannot be reached, the database answers, and the standby is left alone for a while.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Final, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.db.models import Model

_T = TypeVar("_T")

logger = logging.getLogger(__name__)

REPLICA: Final = "replica"

PATIENCE: Final = 0.25
"""Seconds in which the standby must come up to what was committed before it was asked."""

LEFT_ALONE: Final = 30
"""Seconds in which a standby is not asked again that was late or away."""

_COMMITTED: Final = "SELECT pg_current_wal_flush_lsn()"
_IS_CURRENT: Final = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"

_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


class ReplicaRouter:
    """Tells Django of the standby while something is read from it; what is written never goes there."""

    def db_for_read(self, model: type[Model], **hints: object) -> str:
        """Return where a query is sent."""
        return REPLICA if _reads_replica.get() else DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: object) -> str:
        """Return where a change, or the lock before it, is sent."""
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: object) -> bool:
        """Allow rows of both to refer to each other: they are the same rows."""
        return True

    def allow_migrate(self, database: str, app_label: str, **hints: object) -> bool:
        """Leave the standby's tables to its database."""
        return database != REPLICA


class _Availability:
    """Whether the standby is asked; each process finds out for itself."""

    def __init__(self) -> None:
        self._left_alone_until = 0.0

    def is_current(self) -> bool:
        """Return whether there is a standby, and it has all that was committed before now.

        What is written in a transaction that still runs it does not have.
        """
        if REPLICA not in settings.DATABASES or time.monotonic() < self._left_alone_until:
            return False
        if connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return False
        if self._left_alone_until:  # whoever comes first finds out whether it is back; nobody else waits for that
            self._left_alone_until = time.monotonic() + LEFT_ALONE
        with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
            cursor.execute(_COMMITTED)
            (committed,) = cursor.fetchone()
        until = time.monotonic() + PATIENCE
        try:
            with connections[REPLICA].cursor() as cursor:
                while True:
                    cursor.execute(_IS_CURRENT, [committed])
                    if cursor.fetchone()[0]:
                        self._left_alone_until = 0.0
                        return True
                    if time.monotonic() > until:
                        break
                    time.sleep(0.01)
        except (OperationalError, InterfaceError) as error:
            self.leave_alone("does not answer", error)
        else:
            self.leave_alone(f"is more than {PATIENCE} s behind")
        return False

    def leave_alone(self, why: str, error: Exception | None = None) -> None:
        """Ask it no more for a while."""
        why += f": {str(error).strip().partition(chr(10))[0]}" if error else ""
        self._left_alone_until = time.monotonic() + LEFT_ALONE
        logger.warning("The replica %s; for %d s the database itself answers lists and files", why, LEFT_ALONE)


_availability = _Availability()


def read_from_replica(read: Callable[[], _T]) -> _T:
    """Return what is read, by the standby where it can; of that which only reads, for it may be called twice."""
    if _availability.is_current():
        token = _reads_replica.set(True)
        try:
            return read()
        except (OperationalError, InterfaceError) as error:
            _availability.leave_alone("failed", error)
        finally:
            _reads_replica.reset(token)
    return read()


def rows_from_replica(rows: Iterable[_T]) -> Iterator[_T]:
    """Yield rows that are read as they are taken, all of them by the standby where it can at the first.

    One that fails on the way has the reading fail: what it has not told, another could not go on with.
    """
    reads_replica, source, end = _availability.is_current(), iter(rows), object()
    while True:
        token = _reads_replica.set(reads_replica)
        try:
            row = next(source, end)
        except (OperationalError, InterfaceError) as error:
            if reads_replica:
                _availability.leave_alone("failed", error)
            raise
        finally:
            _reads_replica.reset(token)
        if row is end:
            return
        yield row  # type: ignore[misc]  # it is no end
