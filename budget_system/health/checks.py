"""Whether database, broker, worker and beat work, each judged by the age of what it did last.

Beat is judged by when it last sent a task, the worker by when it last finished one. While beat stands still, an old
tick says nothing about the worker: then the worker itself is asked. Whatever is down, or hangs, there is an answer
within 3 s: each check runs in a thread of its own, and one that takes too long is not waited for.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import redis
from celery.exceptions import CeleryError
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connections
from django.db.models import Max, Min
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import KombuError

from brands.models import CLOCK_TOLERANCE, Brand
from budget_system.celery import app
from budget_system.health.cache import CachedAnswer
from budget_system.operations.broker import client_of
from campaigns.models import Campaign, CampaignStatus
from delivery.models import Message
from delivery.outbox import SEND_TASK
from tasks.heartbeats import ALLOWED_CLOCK_SKEW, TICK_COMMAND, TICK_PERIODS
from tasks.models import Heartbeat

logger = logging.getLogger(__name__)

HEALTHY, STALE, DEAD, UNKNOWN, BEHIND = "healthy", "stale", "dead", "unknown", "behind"

TIMEOUT = 1.4
"""Seconds for one check; at most two are made one after the other."""

MAX_DAY: Final = timedelta(hours=25)

TICKS = tuple(TICK_PERIODS)
SENDER_HEARTBEATS: Final = (SEND_TASK.rpartition(".")[2], TICK_COMMAND)
"""The heartbeats of who sends messages."""

LONG_DUE: Final = 10
"""How many times as long a message may be due while the sender works: to a receiver that is slow, for one."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part of the system: its status, and when it last did something."""

    status: str
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HealthRecord:
    """What the database says: when beat last sent a task, when the worker last finished one."""

    beat_at: datetime | None
    worker_at: datetime | None
    ahead: bool = False
    """Whether something is recorded of a time that is still to come."""
    due_at: datetime | None = None
    """When the message fell due that waits longest in the outbox."""
    sender_at: datetime | None = None
    """When the sender last finished."""


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """How many campaigns there are by status, and how many whose hours turned long ago; a probe does not count them."""

    active: int
    paused: int
    overdue: int


class BackgroundCheck(Generic[_T]):
    """A check in a thread of its own."""

    def __init__(self, ask: Callable[[], _T]) -> None:
        self._ask = ask
        self._answer: _T | None = None
        # A daemon: a thread that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answer(self) -> _T | None:
        """Return the result, or `None` where the check failed or takes too long."""
        self._thread.join(TIMEOUT)
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except (DatabaseFault, redis.RedisError, KombuError, CeleryError, OSError):
            return
        finally:
            connections.close_all()


def web_parts(*, now: datetime) -> dict[str, PartHealth]:
    """Check what a container's probe asks for: this process, which answers, and its database."""
    return {"database": PartHealth(HEALTHY if BackgroundCheck(lambda: read_record(now=now)).answer() else DEAD)}


def all_parts(*, now: datetime) -> dict[str, PartHealth]:
    """Check database, broker, worker and beat."""
    asked, broker = BackgroundCheck(lambda: read_record(now=now)), BackgroundCheck(broker_answers)
    record, broker_alive = asked.answer(), bool(broker.answer())
    beat = _part(record.beat_at, now) if record else PartHealth(UNKNOWN)
    worker = _part(record.worker_at, now) if record else PartHealth(UNKNOWN)
    if beat.status != HEALTHY and worker.status != HEALTHY:
        answered = broker_alive and BackgroundCheck(worker_answers).answer()
        worker = PartHealth(HEALTHY if answered else DEAD, worker.last_at)
    parts = {
        "database": PartHealth(HEALTHY if record else DEAD),
        "broker": PartHealth(HEALTHY if broker_alive else DEAD),
        "worker": worker,
        "beat": beat,
    }
    if record and record.ahead:
        logger.error("The clock is behind what is recorded already: set it right, then run enforce_budgets.")
        parts["clock"] = PartHealth(BEHIND)
    if record and record.due_at is not None and _is_stuck(record.due_at, record.sender_at, now):
        parts["outbox"] = PartHealth(STALE, record.due_at)
    return parts


CACHED_HEALTH: Final = CachedAnswer(lambda: all_parts(now=timezone.now()))
CACHED_WEB_HEALTH: Final = CachedAnswer(lambda: web_parts(now=timezone.now()))


def read_record(*, now: datetime) -> HealthRecord:
    """Return what the database says."""
    beat_at = PeriodicTask.objects.filter(enabled=True).aggregate(at=Max("last_run_at"))["at"]
    beats = dict(Heartbeat.objects.filter(name__in=(*TICKS, *SENDER_HEARTBEATS)).values_list("name", "finished_at"))
    sender_at = max((beats.pop(name) for name in SENDER_HEARTBEATS if name in beats), default=None)
    worker_at = max(beats.values(), default=None)
    days_to_come = Brand.objects.filter(day_ends_at__gt=now + MAX_DAY + CLOCK_TOLERANCE)
    return HealthRecord(
        beat_at=beat_at,
        worker_at=worker_at,
        ahead=any(at is not None and at > now + ALLOWED_CLOCK_SKEW for at in (beat_at, worker_at))
        or days_to_come.exists(),
        due_at=Message.objects.filter(due_at__lt=now).aggregate(at=Min("due_at"))["at"],
        sender_at=sender_at,
    )


def campaign_counts(*, now: datetime) -> CampaignCounts | None:
    """Count the campaigns, where the database answers in time."""
    return BackgroundCheck(lambda: count_campaigns(now=now)).answer()


def count_campaigns(*, now: datetime) -> CampaignCounts:
    """Count the campaigns."""
    return CampaignCounts(
        active=Campaign.objects.filter(status=CampaignStatus.ACTIVE).count(),
        paused=Campaign.objects.filter(status=CampaignStatus.PAUSED).count(),
        overdue=Campaign.objects.filter(next_transition_at__lt=now - _limit()).count(),
    )


def broker_answers() -> bool:
    """Return whether the broker answers."""
    with client_of(settings.REDIS_URL, within=1.0) as client:
        return bool(client.ping())


def worker_answers() -> bool:
    """Return whether any worker answers that does the ticks; the sender has a queue of its own."""
    return bool(app.control.ping(timeout=1.0, limit=1, pattern="^(?!sender)", matcher="pcre"))


def _is_stuck(due_at: datetime, sender_at: datetime | None, now: datetime) -> bool:
    """Return whether messages wait because nobody sends; one receiver that is slow alone is no fault of the system."""
    idle = sender_at is None or now - sender_at > _limit()
    return now - due_at > (_limit() if idle else LONG_DUE * _limit())


def _part(last_at: datetime | None, now: datetime) -> PartHealth:
    if last_at is None:
        return PartHealth(DEAD)
    return PartHealth(STALE if now - last_at > _limit() else HEALTHY, last_at)


def _limit() -> timedelta:
    return timedelta(seconds=settings.HEALTH_STALE_SECONDS)
