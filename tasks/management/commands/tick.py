"""One pass of everything that is due, for those who prefer cron to beat."""

import logging
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any

from django.core.management.base import CommandError
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from alerts.channels.digests import send_digests
from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand
from delivery.platforms.costs import read_due_costs
from delivery.platforms.observing import observe
from delivery.sending.loop import send_due
from spending.enforcement.sweeps import tick
from spending.imports.job_runs import run_jobs
from tasks.delivery_tasks import SENDERS
from tasks.heartbeats import TICK_COMMAND, record_heartbeat
from tasks.upkeep import keep_up

logger = logging.getLogger(__name__)


class Command(ServiceCommand):
    """`* * * * * python manage.py tick` does what worker, sender and beat do."""

    help = (
        "Does once everything that is due: days that have begun, windows, budgets, alerts, reports handed over in the "
        "admin, platforms and their costs, messages."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do everything that is due, and print the counts."""
        begun, now = perf_counter(), timezone.now()
        by = Actor.command("tick")
        counts = tick(now=now, by=by)
        failures = [f"{counts.errors} brands"] if counts.errors else []
        parts: dict[str, Callable[[], object]] = {
            "upkeep": partial(keep_up, now=now),
            "costs": lambda: read_due_costs(now=timezone.now(), by=by),
            "platforms": lambda: observe(now=timezone.now()),
            "digests": lambda: send_digests(now=timezone.now()),
            "messages": partial(send_due, SENDERS, clock=timezone.now),
        }
        failures += [name for name, work in parts.items() if not _run_part(name, work)]
        reports = run_jobs(clock=timezone.now)  # last, as they may take minutes
        if reports["errors"]:
            failures.append(f"{reports['errors']} reports")
        if failures:
            raise CommandError(f"The tick failed for {', '.join(failures)}; see the tracebacks above.")
        record_heartbeat(TICK_COMMAND, at=timezone.now(), seconds=perf_counter() - begun)
        answer = {"checked": counts.checked, "activated": counts.activated, "paused": counts.paused, "errors": 0}
        self.stderr.write(f"INFO Tick completed: {answer}")


def _run_part(name: str, work: Callable[[], object]) -> bool:
    """Return whether a part of the pass was done; log where it failed. The others go on, and it is due again."""
    try:
        work()
    except (OperationalError, InterfaceError):
        raise  # the database is away: nothing else can be done
    except Exception:  # whatever one throws must not stop the others
        logger.exception("The %s of a tick failed", name)
        return False
    return True
