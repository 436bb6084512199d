"""How far a job at the worker is, as the page that waits for it tells: and what is to be done where nobody does it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from budget_system.admin.local_times import short
from budget_system.health.worker import WorkerState
from spending.admin.job_messages import job_phase, job_state, percent_of
from spending.models import JobState, ReportJob

POLLS: Final = ((timedelta(seconds=5), 250), (timedelta(seconds=30), 1_000))
"""Up to which age of a job its page asks again after how many milliseconds: a short report is done in a second."""
LAST_POLL: Final = 2_000
SILENCE: Final = {JobState.WAITING: timedelta(seconds=2), JobState.RUNNING: timedelta(seconds=10)}
"""How long nothing is heard of a job before the worker itself is asked."""

STOPPED: Final = {
    WorkerState.NO_WORKER: "No worker is running",
    WorkerState.NO_BROKER: "The worker cannot be reached: its broker does not answer",
}
KEPT: Final = {
    JobState.WAITING: "It has waited since {}. Nothing is lost: it is done by itself when the worker is back.",
    JobState.RUNNING: "It was last heard of {}. What is written stays, and it goes on when the worker is back.",
}
TO_DO: Final = {
    WorkerState.NO_WORKER: "Tell whoever runs the system to start the worker (./run_all.sh, or its service).",
    WorkerState.NO_BROKER: "Tell whoever runs the system to start the broker (./run_all.sh, or Redis).",
}


@dataclass(frozen=True, slots=True)
class JobProgress:
    """What the page shows of a job that is not done yet."""

    state: str
    phase: str
    percent: int | None
    stopped: str = ""
    """What stands still, in a sentence; empty where nothing does."""
    kept: str = ""
    to_do: str = ""

    @property
    def shown(self) -> str:
        """Return a name for exactly this, by which the page tells what it shows already."""
        return f"{crc32(repr(self).encode()):08x}"


def poll_of(job: ReportJob, *, now: datetime) -> int:
    """Return the milliseconds until a job's page asks again."""
    return next((pause for age, pause in POLLS if now - job.at < age), LAST_POLL)


def progress_of(job: ReportJob, *, now: datetime, ask_worker: Callable[[], WorkerState]) -> JobProgress:
    """Return how far a job is; the worker is asked only where nothing was heard of the job for a while."""
    percent = percent_of(job) if job.state == JobState.RUNNING and job.total else None
    state, phase, heard_at = job_state(job), job_phase(job), job.claimed_at or job.at
    if now - heard_at > SILENCE[JobState(job.state)]:
        worker, since = ask_worker(), f"{short(heard_at, job.brand.timezone, now=now)} ({job.brand.timezone})"
        if worker in STOPPED:
            kept = KEPT[JobState(job.state)].format(since)
            return JobProgress(state, phase, percent, STOPPED[worker], kept, TO_DO[worker])
        if worker == WorkerState.TICKS and job.state == JobState.WAITING:
            state = f"It has waited since {since} for the command “tick”, which runs every minute here"
    return JobProgress(state, phase, percent)
