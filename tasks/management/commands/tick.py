"""One pass of everything that is due, for those who prefer cron to beat."""

from time import perf_counter
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from budget_system.api.idempotency_retention import purge_keys
from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand
from spending.enforcement.sweeps import tick
from spending.imports.job_runs import run_jobs
from spending.imports.jobs import purge_jobs
from spending.imports.uploads import purge_uploads
from tasks.heartbeats import TICK_COMMAND, record_heartbeat


class Command(ServiceCommand):
    """`* * * * * python manage.py tick` does what beat and worker do."""

    help = "Does once everything that is due: days that have begun, windows, budgets, reports handed over in the admin."

    def handle(self, *args: Any, **options: Any) -> None:
        """Do everything that is due, and print the counts."""
        begun, now = perf_counter(), timezone.now()
        counts = tick(now=now, by=Actor.command("tick"))
        purge_keys(now=now)
        purge_uploads(now=now)
        purge_jobs(now=now)
        reports = run_jobs(clock=timezone.now)
        if reports["errors"]:
            raise CommandError(f"The tick failed for {reports['errors']} reports; see the tracebacks above.")
        if counts.errors:
            raise CommandError(f"The tick failed for {counts.errors} brands; see the tracebacks above.")
        record_heartbeat(TICK_COMMAND, at=timezone.now(), seconds=perf_counter() - begun)
        answer = {"checked": counts.checked, "activated": counts.activated, "paused": counts.paused, "errors": 0}
        self.stderr.write(f"INFO Tick completed: {answer}")
