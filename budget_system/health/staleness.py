"""Logging, once, that worker or beat stands still, and once that it works again.

Web checks when somebody requests `/health/`, worker and beat check each other every minute. The first to notice stores
a note in the database; the others find the note, and log nothing.
"""

import logging
import threading
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import Error as DatabaseFault
from django.db import connections
from django.utils import timezone

from budget_system.health.checks import DEAD, HEALTHY, STALE, PartHealth, all_parts
from tasks.models import Heartbeat

log = logging.getLogger("budget_system.health.checks")

WATCHED: Final = ("worker", "beat")
NOTE_NAME: Final = "standstill of {}"
"""The name of the row that notes that a part's standstill was logged."""

CHECK_SECONDS: Final = 60
WEB_CHECK_SECONDS: Final = 10
"""Seconds between two checks of one web process: probes may come each second."""

_lock = threading.Lock()
_started = time.monotonic()
_checked = float("-inf")


def log_standstills(parts: Mapping[str, PartHealth], *, now: datetime) -> None:
    """Log what stands still and was not logged, or works again; a part that never worked is not known to stand
    still.
    """
    for name in WATCHED:
        part, note = parts[name], NOTE_NAME.format(name)
        if part.status in (STALE, DEAD) and part.last_at is not None:
            _, is_new = Heartbeat.objects.get_or_create(name=note, defaults={"finished_at": now})
            if is_new:
                _log_standstill(name, part.last_at, now)
        elif part.status == HEALTHY and _is_noted(note) and Heartbeat.objects.filter(name=note).delete()[0]:
            log.warning("The %s works again", name, extra={"event": "works_again", "part": name})


def _is_noted(note: str) -> bool:
    """Return whether there is a note to remove: to delete nothing would lock SQLite all the same."""
    return Heartbeat.objects.filter(name=note).exists()


def log_standstills_in_background(parts: Mapping[str, PartHealth], *, now: datetime) -> None:
    """Do the same in a thread, and not all the time: a request for `/health/` does not wait for it."""
    global _checked
    with _lock:
        if not is_settled() or time.monotonic() < _checked + WEB_CHECK_SECONDS:
            return
        _checked = time.monotonic()
    threading.Thread(target=_log_and_close, args=(parts, now), daemon=True).start()


def watch(**_: object) -> None:
    """Check every minute for as long as the process runs; worker and beat call it when they start."""
    threading.Thread(target=_watch, name="health", daemon=True).start()


def is_settled() -> bool:
    """Return whether this process has run for so long that the others, if started with it, must have worked too."""
    return time.monotonic() - _started > settings.HEALTH_STALE_SECONDS


def _watch() -> None:
    while True:
        time.sleep(min(CHECK_SECONDS, settings.HEALTH_STALE_SECONDS))
        if is_settled():
            now = timezone.now()
            _log_and_close(all_parts(now=now), now)


def _log_and_close(parts: Mapping[str, PartHealth], now: datetime) -> None:
    try:
        log_standstills(parts, now=now)
    except DatabaseFault as error:
        log.error("The standstill could not be recorded", exc_info=error)
    finally:
        connections.close_all()


def _log_standstill(name: str, last_at: datetime, now: datetime) -> None:
    seconds = round((now - last_at).total_seconds())
    what = "finished no task" if name == "worker" else "sent no task"
    log.error(
        "The %s has %s for %d s; see its lines, and start it again if they do not say that it comes back",
        name,
        what,
        seconds,
        extra={"event": "stands_still", "part": name, "last_at": last_at.isoformat(), "seconds": seconds},
    )
