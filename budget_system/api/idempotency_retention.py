"""How long keys of idempotency are kept; apart from their use, so that the worker loads no API."""

from datetime import datetime, timedelta
from typing import Final

from tasks.models import IdempotencyKey, IdempotencyUsage

RETENTION: Final = timedelta(hours=24)


def purge_keys(*, now: datetime) -> None:
    """Delete keys older than a day, and what their callers used before it; where there are none, nothing is written."""
    before = now - RETENTION
    for old in (
        IdempotencyKey.objects.filter(created_at__lt=before),
        IdempotencyUsage.objects.filter(hour__lt=before - timedelta(hours=1)),
    ):
        if old.exists():
            old.delete()
