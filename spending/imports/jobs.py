"""Jobs for the worker: stored by a request, taken by one worker at a time, and never lost.

The row is the job; a message only says that there is one. So a broker that is down delays it until beat's next minute,
and a message that comes twice, or a worker that dies, does no harm: each step is a compare-and-set of the row.
"""

import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, User
from django.db import transaction
from django.db.models import F, Q

from brands.access.memberships import writable_rows
from budget_system.core.actors import Reach
from budget_system.core.errors import Conflict, NotFound
from spending.imports.requests import Clock, Progress
from spending.imports.uploads import AT_WORK
from spending.models import Import, JobKind, JobState, ReportJob, Upload

LEASE: Final = timedelta(minutes=2)
"""After this time without a sign of life a job's worker is taken to be dead; longer than any one step takes."""
MAX_WAITING: Final = 5
"""Jobs of one person that are waiting or running."""
MAX_ATTEMPTS: Final = 5
RETENTION: Final = timedelta(days=1)
"""How long a job's outcome can be seen."""
PROGRESS_SECONDS: Final = 1.0
"""Seconds between two updates of a job's progress."""
MAX_SECONDS: Final = 200.0
"""Seconds for which jobs may keep the worker busy at a time; what is booked stays, and the rest waits for its next
turn.
"""

TOO_MANY: Final = (
    f"{MAX_WAITING} of your reports wait for the worker already; when one of them is done, or you have cancelled one, "
    "go on with this."
)
GAVE_UP: Final = (
    f"The worker was ended in the middle of it {MAX_ATTEMPTS} times, so it is not tried again; the log says what "
    "ended it. What was booked before stands as an unfinished import, and can be taken up again or undone."
)


class JobTaken(Exception):
    """The job is no longer this worker's: another has taken it, or it was cancelled."""


class JobPaused(Exception):
    """The worker's time is up; the rest of the job waits for its next turn."""


def hand_over(
    *,
    kind: JobKind,
    owner: AbstractBaseUser,
    brand_id: UUID,
    now: datetime,
    said: Mapping[str, str] | None = None,
    upload: Upload | None = None,
    report: Import | None = None,
) -> ReportJob:
    """Store a job for the worker, and return it; the same request twice is one job.

    Raise `Conflict` where the same file is being imported, or where too many jobs of the owner are waiting.
    """
    subject = upload or report
    assert subject is not None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # so that two requests at once do not both find room
        live = ReportJob.objects.live().filter(owner_id=owner.pk)
        if upload is not None:
            if (same := live.filter(upload=upload, kind=JobKind.IMPORT).first()) is not None:
                if kind == JobKind.IMPORT:
                    return same
                raise Conflict(AT_WORK)
            ReportJob.objects.filter(upload=upload).delete()  # plans: one was agreed to, or another is asked for
        elif (same := ReportJob.objects.live().filter(report=report, kind=kind).first()) is not None:
            if same.owner_id == owner.pk:
                return same
            if kind == JobKind.UNDO:
                raise Conflict(f"“{report}” is being undone already.")
        if live.count() >= MAX_WAITING:
            raise Conflict(TOO_MANY)
        return ReportJob.objects.create(
            owner_id=owner.pk,
            brand_id=brand_id,
            kind=kind,
            upload=upload,
            report=report,
            file_name=subject.file_name,
            said=dict(said or {}),
            at=now,
        )


def find_job(job_id: UUID, *, owner: AbstractBaseUser, reach: Reach) -> ReportJob:
    """Return a job that its owner may still see. Raise `NotFound` for another's, and where it no longer exists."""
    rows = writable_rows(ReportJob.objects.filter(pk=job_id, owner_id=owner.pk), reach)
    job = rows.select_related("brand", "report").first()
    if job is None:
        raise NotFound("There is no such report of yours; it was done, cancelled, or has waited too long.")
    return job


def jobs_of(owner: AbstractBaseUser, reach: Reach) -> list[ReportJob]:
    """Return the jobs that a person has started and can still see, the newest first."""
    rows = writable_rows(ReportJob.objects.filter(owner_id=owner.pk), reach)
    return list(rows.filter(Q(kind=JobKind.PLAN) | ~Q(state=JobState.DONE)).order_by("-at", "-pk")[: 2 * MAX_WAITING])


def cancel(job: ReportJob) -> bool:
    """Remove a job that has written nothing, and its file; return `False` where it is about to write, or has."""
    writes = Q(kind__in=(JobKind.IMPORT, JobKind.UNDO))
    with transaction.atomic():
        rows = ReportJob.objects.filter(pk=job.pk)
        # A job that was begun and waits for its next turn has written too.
        gone, _ = rows.exclude(writes & (Q(state=JobState.RUNNING) | ~Q(phase=""))).delete()
        if gone and job.upload_id is not None:
            Upload.objects.filter(pk=job.upload_id).delete()
    return bool(gone)


def claim(*, now: datetime, until: float = float("inf")) -> "ClaimedJob | None":
    """Take the job that has waited longest, or whose worker is dead; `None` where there is none.

    None is taken while a worker is at another: the remaining workers are left for what must be on time. `until` is the
    time, of the monotonic clock, after which the job may be paused.
    """
    at_work = ReportJob.objects.filter(state=JobState.RUNNING, claimed_at__gt=now - LEASE)
    if at_work.exists():
        return None
    job = ReportJob.objects.live().order_by("at", "pk").first()
    if job is None:
        return None
    mine = ReportJob.objects.filter(pk=job.pk, state=job.state, claimed_at=job.claimed_at)
    if not mine.update(state=JobState.RUNNING, claimed_at=now, attempts=F("attempts") + 1):
        return None  # another worker was faster; it does the next one too
    return ClaimedJob(ReportJob.objects.select_related("owner", "report", "upload").get(pk=job.pk), now, until)


class ClaimedJob:
    """A job that is this worker's, as long as the row says so."""

    def __init__(self, job: ReportJob, now: datetime, until: float) -> None:
        self.job = job
        self._claimed_at = now
        self._until = until
        self._written_at = time.monotonic()

    def progress(self, phase: str, *, pauses: bool = False, clock: Clock) -> Progress:
        """Return the function that stores a phase's progress. It raises `JobTaken`; where it `pauses`, `JobPaused`
        after a while.
        """

        def write_progress(done: int, total: int) -> None:
            at = time.monotonic()
            if at - self._written_at >= PROGRESS_SECONDS or phase != self.job.phase:
                self._written_at = at
                self.renew(clock(), phase=phase, done=done, total=total)
            if pauses and at > self._until:
                raise JobPaused

        return write_progress

    def renew(self, now: datetime, **values: object) -> None:
        """Store that this worker is still working, and other values. Raise `JobTaken`."""
        self._write({"claimed_at": now, **values})
        self._claimed_at = now

    def release(self) -> None:
        """Make the rest of the job wait for its next turn. Raise `JobTaken`."""
        self._write({"state": JobState.WAITING, "claimed_at": None, "attempts": 0})

    def end(self, state: JobState, answer: dict[str, Any], now: datetime, **values: object) -> None:
        """Store the outcome; a file that is not needed any more is deleted, another is kept for the person's next step.

        Raise `JobTaken`.
        """
        with transaction.atomic():
            self._write({"state": state, "answer": answer, "finished_at": now, **values})
            upload = Upload.objects.filter(pk=self.job.upload_id) if self.job.upload_id else Upload.objects.none()
            if state == JobState.DONE and self.job.kind == JobKind.IMPORT:
                upload.delete()
            else:
                upload.update(at=now)

    def _write(self, values: dict[str, Any]) -> None:
        mine = ReportJob.objects.filter(pk=self.job.pk, state=JobState.RUNNING, claimed_at=self._claimed_at)
        if not mine.update(**values):
            raise JobTaken
        for name, value in values.items():
            setattr(self.job, name, value)


def purge_jobs(*, now: datetime) -> None:
    """Delete jobs that ended more than a day ago; where there are none, nothing is written."""
    old = ReportJob.objects.filter(finished_at__lte=now - RETENTION)
    if old.exists():
        old.delete()
