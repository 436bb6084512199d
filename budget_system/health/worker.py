"""Whether somebody does what is handed over to the worker, for a page on which a person waits for it.

`/health/` judges by the last tick, which may be a minute old; here the worker itself is asked.
"""

from datetime import timedelta
from enum import Enum, auto
from typing import Final

from django.utils import timezone

from budget_system.health.cache import CachedAnswer
from budget_system.health.checks import BackgroundCheck, broker_answers, worker_answers
from tasks.heartbeats import TICK_COMMAND
from tasks.models import Heartbeat

TICK_AGE: Final = timedelta(minutes=3)


class WorkerState(Enum):
    """Who does what is handed over."""

    ANSWERS = auto()
    """A worker, which may be busy."""
    TICKS = auto()
    """The command `tick`, every minute."""
    NO_BROKER = auto()
    """Nobody can be told."""
    NO_WORKER = auto()
    """Nobody listens."""


def ask_worker() -> WorkerState:
    """Ask broker and worker, and look for ticks; it takes three seconds at most."""
    broker = BackgroundCheck(broker_answers).answer()
    if broker and BackgroundCheck(worker_answers).answer():
        return WorkerState.ANSWERS
    if Heartbeat.objects.filter(name=TICK_COMMAND, finished_at__gt=timezone.now() - TICK_AGE).exists():
        return WorkerState.TICKS
    return WorkerState.NO_WORKER if broker else WorkerState.NO_BROKER


CACHED_WORKER: Final = CachedAnswer(ask_worker)
