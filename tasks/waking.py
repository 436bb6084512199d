"""Telling the worker of a waiting job, without waiting for the broker."""

import logging
from threading import Thread

import redis
from kombu.exceptions import KombuError

from tasks.budget_tasks import run_report_jobs_task

logger = logging.getLogger(__name__)


def wake_worker() -> None:
    """Send the worker to the waiting jobs; where the broker is down, beat's next message does."""
    # A broker that accepts and does not answer would hold up whoever waits for a page.
    Thread(target=_send, daemon=True).start()


def _send() -> None:
    try:
        run_report_jobs_task.delay()
    except (KombuError, redis.RedisError, OSError) as error:
        logger.warning("The worker could not be told of a report; beat tells it within a minute", exc_info=error)
