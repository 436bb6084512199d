"""The Celery tasks: each reads the clock and makes one call into a service.

Doubled, late, missing and parallel runs do no harm: what counts is the time now, and the database.
"""

import logging
from collections.abc import Callable
from datetime import date

from celery import Task, shared_task
from celery.signals import beat_init, worker_ready
from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.utils import timezone
from uuid_utils.compat import uuid7

from budget_system.core.actors import Actor
from budget_system.core.validation import clean_code, clean_text, parse_amount, parse_date, parse_uuid
from budget_system.health.report import Report, check_everything
from budget_system.health.staleness import watch
from spending.enforcement.counts import Counts
from spending.enforcement.sweeps import begin_days, begin_months, enforce_budgets, enforce_dayparting
from spending.imports.job_runs import run_jobs
from spending.recording.services import record
from tasks.heartbeats import with_heartbeat
from tasks.upkeep import keep_up

logger = logging.getLogger(__name__)

for beginning in (worker_ready, beat_init):
    beginning.connect(watch)


class SweepFailed(RuntimeError):
    """Some brands or reports failed; the others were done, and the log has the tracebacks."""


@shared_task
@with_heartbeat
def enforce_budget_limits_task() -> dict[str, int]:
    """Compare every counter with the status it should have given. Runs every 5 minutes."""
    now = timezone.now()
    counts = enforce_budgets(now=now, by=Actor.task("enforce_budget_limits"))
    keep_up(now=now)
    return _log_counts("Budget enforcement", counts, counts.budget_counts)


@shared_task
@with_heartbeat
def enforce_dayparting_task() -> dict[str, int]:
    """Decide the campaigns whose windows have opened or closed. Runs every minute."""
    counts = enforce_dayparting(now=timezone.now(), by=Actor.task("enforce_dayparting"))
    return _log_counts("Dayparting enforcement", counts, counts.dayparting_counts)


@shared_task
@with_heartbeat
def daily_reset_task() -> dict[str, int]:
    """Decide, within a minute of each brand's own midnight, which campaigns may run again. Runs every minute."""
    counts = begin_days(now=timezone.now(), by=Actor.task("daily_reset"))
    return _log_counts("Daily reset", counts, counts.reset_counts)


@shared_task
@with_heartbeat
def monthly_reset_task() -> dict[str, int]:
    """Decide which campaigns may run again where a brand's month has begun. Runs every minute."""
    counts = begin_months(now=timezone.now(), by=Actor.task("monthly_reset"))
    return _log_counts("Monthly reset", counts, counts.reset_counts)


@shared_task
def run_report_jobs_task() -> dict[str, int]:
    """Plan, import and undo the jobs of the admin. Sent at once, and by beat every minute."""
    counts = run_jobs(clock=timezone.now)
    if any(counts.values()):
        logger.info("Reports completed: %s", counts, extra={"event": "reports_completed", "figures": counts})
    if counts["errors"]:
        raise SweepFailed(f"{counts['errors']} reports failed; see the tracebacks in the log.")
    return counts


# A database that is away for a while must not lose a spend; a value that is wrong stays wrong, so that one just fails.
@shared_task(
    bind=True,
    autoretry_for=(OperationalError, InterfaceError),
    retry_backoff=2,
    retry_backoff_max=240,
    max_retries=20,
)
def track_spend_task(
    self: "Task[..., dict[str, str]]",
    campaign_id: str,
    amount: str,
    spend_date: str | date | None = None,
    description: str = "",
    external_id: str | None = None,
) -> dict[str, str]:
    """Book one spend. Without an `external_id` the message's own id is used, so that a redelivery books once."""
    if isinstance(amount, float):
        raise ValidationError({"amount": f"{amount!r} is a float; send the amount as text, like “150.00”."})
    day = spend_date.isoformat() if isinstance(spend_date, date) else spend_date
    recorded = record(
        campaign_id=parse_uuid(campaign_id),
        amount=parse_amount(amount),
        spend_date=None if day is None else parse_date(day),
        description=clean_text(description),
        external_id=clean_code(external_id or self.request.id or str(uuid7())),
        now=timezone.now(),
        by=Actor.task("track_spend"),
    )
    return {"spend": str(recorded.spend.pk), "result": recorded.result}


@shared_task
def health_check_task() -> Report:
    """Check database, campaigns and services; return within 3 seconds, whatever is down."""
    return check_everything(now=timezone.now())


def _log_counts(what: str, counts: Counts, shown: Callable[[], dict[str, int]]) -> dict[str, int]:
    """Log a tick that changed something; raise `SweepFailed` where a brand failed."""
    answer = shown()
    if counts.changed:
        logger.info("%s completed: %s", what, answer, extra={"event": "sweep_completed", "figures": answer})
    if counts.errors:
        raise SweepFailed(f"{what} failed for {counts.errors} brands; see the tracebacks in the log.")
    return answer
