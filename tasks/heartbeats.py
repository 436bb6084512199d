"""When each task last finished: by this `/health/` judges the worker."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from time import perf_counter
from typing import Final

from django.utils import timezone

from tasks.models import Heartbeat

logger = logging.getLogger(__name__)

TICK_PERIODS: Final = {
    "enforce_dayparting_task": timedelta(minutes=1),
    "enforce_budget_limits_task": timedelta(minutes=5),
    "daily_reset_task": timedelta(minutes=1),
    "monthly_reset_task": timedelta(minutes=1),
}
"""How often each tick runs, as beat's rows are written."""

TICK_COMMAND: Final = "tick"
"""What does the same from cron, where there is neither worker nor sender nor beat."""

ALLOWED_CLOCK_SKEW: Final = timedelta(seconds=10)
"""By how much the clocks of two machines may differ, or one be corrected, without a warning."""


def record_heartbeat(name: str, *, at: datetime, seconds: float | None = None) -> None:
    """Record that a task has finished, and how long it took.

    Log where a later time is recorded already: the clock was set back.
    """
    later = Heartbeat.objects.filter(name=name, finished_at__gt=at + ALLOWED_CLOCK_SKEW).first()
    if later is not None:
        logger.error(
            "The clock has stepped back: %s finished at %s already. Set this machine's clock right, then run "
            "enforce_budgets, and check_totals.",
            name,
            later.finished_at.isoformat(" ", "seconds"),
        )
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, finished_at=at, seconds=seconds)],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["finished_at", "seconds"],
    )


def with_heartbeat(work: Callable[[], dict[str, int]]) -> Callable[[], dict[str, int]]:
    """Make a task record that it finished; one that failed records nothing."""

    @wraps(work)
    def run() -> dict[str, int]:
        begun = perf_counter()
        answer = work()
        record_heartbeat(work.__name__, at=timezone.now(), seconds=perf_counter() - begun)
        return answer

    return run
