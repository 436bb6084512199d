"""When each task last finished: what `/health/` knows the worker from."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Final

from django.utils import timezone

from tasks.models import Heartbeat

logger = logging.getLogger(__name__)

TOLERANCE: Final = timedelta(seconds=10)
"""By how much the clocks of two machines may differ, or one be set right, without anybody being told."""


def beat_heart(name: str, *, at: datetime) -> None:
    """Note that a task has finished; where it did so later already, the clock has stepped back, and the log is told."""
    later = Heartbeat.objects.filter(name=name, finished_at__gt=at + TOLERANCE).first()
    if later is not None:
        logger.error(
            "The clock has stepped back: %s finished at %s already. Set this machine's clock right, then run "
            "enforce_budgets, and check_totals.",
            name,
            later.finished_at.isoformat(" ", "seconds"),
        )
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, finished_at=at)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["finished_at"],
    )


def with_heartbeat(work: Callable[[], dict[str, int]]) -> Callable[[], dict[str, int]]:
    """Have a task note that it finished; one that failed notes nothing."""

    @wraps(work)
    def run() -> dict[str, int]:
        answer = work()
        beat_heart(work.__name__, at=timezone.now())
        return answer

    return run
