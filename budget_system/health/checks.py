"""Is everything alive? Database, broker, worker and beat, each told apart by the age of what it did last.

Beat is known by when it last sent a task, the worker by when it last finished one. While beat stands still, an old
tick says nothing about the worker: then it is asked itself. Whatever is down, or hangs, an answer comes within 3 s:
each question is asked in a thread of its own, and who does not answer in time is not waited for.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

import redis
from celery.exceptions import CeleryError
from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connections
from django.db.models import Max
from django.utils import timezone
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import KombuError

from brands.models import CLOCK_TOLERANCE, Brand
from budget_system.celery import app
from budget_system.health.cache import Recent
from budget_system.operations.broker import client_of
from campaigns.models import Campaign, CampaignStatus
from tasks.heartbeats import TOLERANCE
from tasks.models import Heartbeat

logger = logging.getLogger(__name__)

HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
STALE, DEAD, UNKNOWN, BEHIND = "stale", "dead", "unknown", "behind"

PATIENCE = 1.4
"""Seconds that a question may take; at most two are asked one after the other."""

LONGEST_DAY: Final = timedelta(hours=25)

TICKS = ("enforce_dayparting_task", "enforce_budget_limits_task", "daily_reset_task", "monthly_reset_task")

Report = dict[str, object]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the system: a word for everybody, and when it last did something."""

    status: str
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the database says: when beat last sent a task, when the worker last finished one, how campaigns stand."""

    beat_at: datetime | None
    worker_at: datetime | None
    active: int
    paused: int
    overdue: int
    ahead: bool = False
    """Whether something is recorded of a time that is still to come."""


class Question(Generic[_T]):
    """A question asked in a thread of its own."""

    def __init__(self, ask: Callable[[], _T]) -> None:
        self._ask = ask
        self._answer: _T | None = None
        # A daemon: a thread that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def answer(self) -> _T | None:
        """Return the answer, or none where the question failed or is not answered in time."""
        self._thread.join(PATIENCE)
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._ask()
        except (DatabaseFault, redis.RedisError, KombuError, CeleryError, OSError):
            return
        finally:
            connections.close_all()


def web_parts(*, now: datetime) -> dict[str, Part]:
    """Ask what a container's probe asks: this process, which answers, and its database."""
    return {"database": Part(HEALTHY if Question(lambda: read_record(now=now)).answer() else DEAD)}


def all_parts(*, now: datetime) -> dict[str, Part]:
    """Ask database, broker, worker and beat."""
    return _ask_everybody(now)[1]


RECENT: Final = Recent(lambda: all_parts(now=timezone.now()))
RECENT_WEB: Final = Recent(lambda: web_parts(now=timezone.now()))


def check_everything(*, now: datetime) -> Report:
    """Report on database, campaigns and services, with all figures."""
    record, parts = _ask_everybody(now)
    database = parts.pop("database")
    words = {part.status for part in parts.values()}
    services = HEALTHY if words == {HEALTHY} else DEGRADED if HEALTHY in words else UNHEALTHY
    campaigns: Report = {"status": UNHEALTHY}
    if record:
        campaigns = {
            "status": DEGRADED if record.overdue else HEALTHY,
            "active": record.active,
            "paused": record.paused,
            "overdue": record.overdue,
        }
    return {
        "timestamp": now.isoformat(),
        "status": overall({"database": database, **parts}),
        "checks": {
            "database": {"status": HEALTHY if database.status == HEALTHY else UNHEALTHY},
            "campaigns": campaigns,
            "services": {"status": services, **shown(parts, now=now, figures=True)},
        },
    }


def overall(parts: Mapping[str, Part]) -> str:
    """Return one word for all: without its database nothing works, without the rest spends are still booked."""
    if parts["database"].status != HEALTHY:
        return UNHEALTHY
    return HEALTHY if all(part.status == HEALTHY for part in parts.values()) else DEGRADED


def shown(parts: Mapping[str, Part], *, now: datetime, figures: bool) -> Report:
    """Show each part's word, and for those who may see them its figures."""
    answer: Report = {}
    for name, part in parts.items():
        row: Report = {"status": part.status}
        if figures and part.last_at is not None:
            row |= {"last_at": part.last_at.isoformat(), "age_seconds": round((now - part.last_at).total_seconds())}
        answer[name] = row
    return answer


def read_record(*, now: datetime) -> Recorded:
    """Read what the database says."""
    beat_at = PeriodicTask.objects.filter(enabled=True).aggregate(at=Max("last_run_at"))["at"]
    worker_at = Heartbeat.objects.filter(name__in=TICKS).aggregate(at=Max("finished_at"))["at"]
    days_to_come = Brand.objects.filter(day_ends_at__gt=now + LONGEST_DAY + CLOCK_TOLERANCE)
    return Recorded(
        beat_at=beat_at,
        worker_at=worker_at,
        ahead=any(at is not None and at > now + TOLERANCE for at in (beat_at, worker_at)) or days_to_come.exists(),
        active=Campaign.objects.filter(status=CampaignStatus.ACTIVE).count(),
        paused=Campaign.objects.filter(status=CampaignStatus.PAUSED).count(),
        overdue=Campaign.objects.filter(next_transition_at__lt=now - _limit()).count(),
    )


def broker_answers() -> bool:
    """Ask the broker."""
    with client_of(settings.REDIS_URL, within=1.0) as client:
        return bool(client.ping())


def worker_answers() -> bool:
    """Ask the workers; the first that answers will do."""
    return bool(app.control.ping(timeout=1.0, limit=1))


def _ask_everybody(now: datetime) -> tuple[Recorded | None, dict[str, Part]]:
    asked, broker = Question(lambda: read_record(now=now)), Question(broker_answers)
    record, broker_alive = asked.answer(), bool(broker.answer())
    beat = _part(record.beat_at, now) if record else Part(UNKNOWN)
    worker = _part(record.worker_at, now) if record else Part(UNKNOWN)
    if beat.status != HEALTHY and worker.status != HEALTHY:
        answered = broker_alive and Question(worker_answers).answer()
        worker = Part(HEALTHY if answered else DEAD, worker.last_at)
    parts = {
        "database": Part(HEALTHY if record else DEAD),
        "broker": Part(HEALTHY if broker_alive else DEAD),
        "worker": worker,
        "beat": beat,
    }
    if record and record.ahead:
        logger.error("The clock is behind what is recorded already: set it right, then run enforce_budgets.")
        parts["clock"] = Part(BEHIND)
    return record, parts


def _part(last_at: datetime | None, now: datetime) -> Part:
    if last_at is None:
        return Part(DEAD)
    return Part(STALE if now - last_at > _limit() else HEALTHY, last_at)


def _limit() -> timedelta:
    return timedelta(seconds=settings.HEALTH_STALE_SECONDS)
