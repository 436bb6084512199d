"""What needs a person of the system itself: ticks that stand still, totals that drifted, reports that failed."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Max, Q

from brands.access.memberships import visible_rows, writable_rows
from brands.models import of_living_brand
from budget_system.core.actors import BrandAccess
from spending.models import DriftFound, JobKind, ReportJob, broken_off_imports
from spending.reports.today.matter import SHOWN_OF_A_KIND, Found, Matter, MatterKind, MoreOf
from tasks.heartbeats import TICK_COMMAND, TICK_PERIODS
from tasks.models import Heartbeat

PERIODS_MISSED: Final = 3
DRIFT_SHOWN_FOR: Final = timedelta(days=7)
"""How long drift is told of that was corrected."""
READ: Final = 50


def system_matters(access: BrandAccess, user: AbstractBaseUser, *, has_campaigns: bool, now: datetime) -> Found:
    """Return what needs a person of the system, as far as the user may know of it."""
    found = Found(_late_ticks(now) if has_campaigns else [])
    found.add(Found(_drift(access, now)))
    found.add(_failed_jobs(access, user))
    found.add(_broken_imports(access, now))
    return found


def _late_ticks(now: datetime) -> list[Matter]:
    """Return the ticks that have not ended for three periods, as one matter; those that never have, where there is
    work for them, once the tables are as old as that: a system that was set up just now has had no time for them.

    The command `tick` does what all of them do.
    """
    heard = dict(Heartbeat.objects.filter(name__in=(*TICK_PERIODS, TICK_COMMAND)).values_list("name", "finished_at"))
    from_cron = heard.pop(TICK_COMMAND, None)
    if from_cron is not None:
        heard = {name: max(heard.get(name, from_cron), from_cron) for name in TICK_PERIODS}
    set_up_at = _tables_made_at() if len(heard) < len(TICK_PERIODS) else None
    since = {name: heard.get(name, set_up_at) for name in TICK_PERIODS}
    late = {name: heard.get(name) for name, period in TICK_PERIODS.items() if _is_late(since[name], period, now)}
    if not late:
        return []
    ended = [at for at in late.values() if at is not None]
    said = " ".join(f"{name} {at:%Y-%m-%dT%H:%M}" if at else name for name, at in late.items())
    fingerprint = hashlib.sha256(said.encode()).hexdigest()
    at = max(ended) if len(ended) == len(late) else None
    return [Matter(MatterKind.LATE_TICK, MatterKind.LATE_TICK.value, fingerprint, at=at, tasks=tuple(late))]


def _tables_made_at() -> datetime | None:
    """Return when the tables were last migrated, which they are when a system is set up."""
    made_at: datetime | None = MigrationRecorder(connection).migration_qs.aggregate(at=Max("applied"))["at"]
    return made_at


def _is_late(at: datetime | None, period: timedelta, now: datetime) -> bool:
    return at is None or now - at > PERIODS_MISSED * period


def _drift(access: BrandAccess, now: datetime) -> list[Matter]:
    rows = DriftFound.objects.filter(Q(left__gt=0) | Q(at__gt=now - DRIFT_SHOWN_FOR)).filter(of_living_brand("brand"))
    return [
        Matter(
            MatterKind.DRIFT,
            f"drift {one.pk}",
            hashlib.sha256(f"{one.left} {one.totals} {one.text}".encode()).hexdigest(),
            brand=one.brand,
            at=one.at,
            drift=one,
        )
        for one in visible_rows(rows, access).select_related("brand").order_by("-left", "-at")[:READ]
    ]


def _failed_jobs(access: BrandAccess, user: AbstractBaseUser) -> Found:
    """Return reports that were refused or failed, of those who may import; not where the file was imported since, nor
    where nothing but a look was asked for and whoever asked knows the answer.
    """
    looked_at = Q(kind__in=(JobKind.PLAN, JobKind.OUTLOOK), seen_at__isnull=False)
    rows = ReportJob.objects.failed().filter(~looked_at, of_living_brand("brand"))
    mine = writable_rows(rows, access).select_related("brand", "owner", "report")
    jobs = list(mine.order_by("-finished_at", "-pk")[: SHOWN_OF_A_KIND + READ + 1])
    matters = [
        Matter(MatterKind.FAILED_IMPORT, f"failed_job {one.pk}", "", brand=one.brand, at=one.finished_at, job=one)
        for one in jobs[: SHOWN_OF_A_KIND + READ]
    ]
    return Found(matters, {MoreOf(MatterKind.FAILED_IMPORT)} if len(jobs) > len(matters) else set())


def _broken_imports(access: BrandAccess, now: datetime) -> Found:
    """Return imports and undos that were broken off in the middle."""
    seen = visible_rows(broken_off_imports(now), access).select_related("brand")
    imports = list(seen.order_by("-at", "-pk")[: SHOWN_OF_A_KIND + READ + 1])
    matters = [
        Matter(
            MatterKind.FAILED_IMPORT,
            f"failed_import {one.pk}",
            f"{one.undo_began_at}",
            brand=one.brand,
            at=one.undo_began_at or one.at,
            report=one,
        )
        for one in imports[: SHOWN_OF_A_KIND + READ]
    ]
    return Found(matters, {MoreOf(MatterKind.FAILED_IMPORT)} if len(imports) > len(matters) else set())
