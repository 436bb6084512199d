"""Beat's scheduler: the rows of the database, and patience while database or broker are down.

The library's scheduler ends with a traceback where the database is down while the rows are read, and skips a tick that
it could not send. Here a tick waits until the broker is back, so that the sweeps resume with it; and without its
database beat goes on with the rows that it knows.
"""

import logging
import time
from typing import Final

import redis
from celery import Celery
from celery.beat import SchedulingError
from django.db import InterfaceError, OperationalError
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry
from kombu import Connection, Producer
from kombu.exceptions import OperationalError as BrokerFault

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5
"""Seconds between two attempts at what is down."""


class Scheduler(DatabaseScheduler):  # type: ignore[misc]  # its library tells no types
    """Django Celery Beat's, made patient."""

    app: Celery
    connection: Connection

    def setup_schedule(self) -> None:
        """Read the rows, once the database is up."""
        while True:
            try:
                super().setup_schedule()
            except (OperationalError, InterfaceError) as error:
                self._initial_read = True
                logger.error("Beat waits for its database", exc_info=error)
                time.sleep(RETRY_SECONDS)
            else:
                return

    def tick(self, *args: object, **kwargs: object) -> float:
        """Send what is due; return the seconds until something may be due again."""
        try:
            return float(super().tick(*args, **kwargs))
        except (OperationalError, InterfaceError) as error:
            logger.error("Beat goes on without its database", exc_info=error)
            return RETRY_SECONDS

    def apply_async(self, entry: ModelEntry, producer: Producer | None = None, **kwargs: object) -> object:
        """Send a tick; where the broker is down, as soon as it is back. Late or doubled ticks do no harm."""
        while True:
            try:
                return super().apply_async(entry, producer=producer, **kwargs)
            except SchedulingError as error:
                if not isinstance(error.__context__, BrokerFault | redis.RedisError | OSError):
                    raise
                logger.error("Beat waits for its broker", exc_info=error.__context__)
                time.sleep(RETRY_SECONDS)

    def _ensure_connected(self) -> Connection:
        # Celery's own pauses grow to half a minute.
        return self.connection.ensure_connection(
            lambda error, interval: logger.error("Beat waits for its broker", exc_info=error),
            self.app.conf.broker_connection_max_retries,
            interval_start=1,
            interval_step=1,
            interval_max=RETRY_SECONDS,
        )
