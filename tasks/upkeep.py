"""What is done every few minutes beside the verdicts, whoever keeps the time: beat, or cron."""

from datetime import datetime

from alerts.sweeps import sweep_alerts
from budget_system.api.idempotency_retention import purge_keys
from delivery.outbox import purge_messages
from spending.imports.jobs import purge_jobs
from spending.imports.uploads import purge_uploads


def keep_up(*, now: datetime) -> None:
    """Delete what is kept no longer at `now` (UTC), and look for what people are to be alerted to."""
    purge_keys(now=now)
    purge_uploads(now=now)
    purge_jobs(now=now)
    purge_messages(now=now)
    sweep_alerts(now=now)
