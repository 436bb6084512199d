"""Jobs as the worker sees them: taken by one worker at a time, and never lost.

A message that comes twice, or a worker that dies, does no harm: each step is a compare-and-set of the job's row.
"""

import time
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from spending.imports.requests import Clock, Progress
from spending.models import JobKind, JobState, ReportJob, Upload

LEASE: Final = timedelta(minutes=2)
"""After this time without a sign of life a job's worker is taken to be dead; longer than any one step takes."""
MAX_ATTEMPTS: Final = 5
PROGRESS_SECONDS: Final = 1.0
"""Seconds between two updates of a job's progress."""
MAX_SECONDS: Final = 200.0
"""Seconds for which jobs may keep the worker busy at a time; what is booked stays, and the rest waits for its next
turn.
"""
GAVE_UP: Final = (
    f"The worker was ended in the middle of it {MAX_ATTEMPTS} times, so it is not tried again; the log says what "
    "ended it. What was booked before stands as an unfinished import, and can be taken up again or undone."
)


class JobTaken(Exception):
    """The job is no longer this worker's: another has taken it, or it was cancelled."""


class JobPaused(Exception):
    """The worker's time is up; the rest of the job waits for its next turn."""


def claim(*, now: datetime, until: float = float("inf")) -> "ClaimedJob | None":
    """Take the job that has waited longest, or whose worker is dead, short ones first; `None` where there is none.

    One long job is done at a time, and beside it one short one: nobody's few lines wait for another's many, and what
    must be on time waits for seconds at most. `until` is the time, of the monotonic clock, after which the job may be
    paused.
    """
    at_work = ReportJob.objects.filter(state=JobState.RUNNING, claimed_at__gt=now - LEASE)
    lanes = set(at_work.values_list("is_long", flat=True))
    job = ReportJob.objects.live().exclude(is_long__in=lanes).order_by("is_long", "at", "pk").first()
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
