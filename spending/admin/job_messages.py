"""A job at the worker, as the admin shows it."""

from django.urls import reverse

from spending.models import JobKind, JobState, ReportJob

TITLES = {
    JobKind.PLAN: "Import “{}”",
    JobKind.IMPORT: "Import “{}”",
    JobKind.OUTLOOK: "Undo “{}”",
    JobKind.UNDO: "Undo “{}”",
}
WAITING = "It waits for the worker"
WAITING_AGAIN = "It waits for its next turn at the worker"
FINISHED = {
    JobKind.PLAN: "The plan is ready: look at it",
    JobKind.IMPORT: "It is imported",
    JobKind.OUTLOOK: "The worker has looked at it: decide",
    JobKind.UNDO: "It is undone",
}
PHASES = {"reading": "Reading the report", "booking": "Booking days", "putting back": "Putting days back"}


def job_url(job: ReportJob) -> str:
    """Return the address of the page that shows a job's progress."""
    return reverse("admin:spending_import_report_job", args=[job.pk])


def job_title(job: ReportJob) -> str:
    """Return a job's title."""
    return TITLES[JobKind(job.kind)].format(job.file_name)


def job_message(job: ReportJob) -> str:
    """Return a job's title and state."""
    return f"{job_title(job)}: {job_state(job)[:1].lower()}{job_state(job)[1:]}"


def job_state(job: ReportJob) -> str:
    """Return a job's state in a sentence."""
    if job.state == JobState.WAITING:
        return WAITING_AGAIN if job.phase else WAITING
    if job.state == JobState.FAILED:
        return "It was not done: look why"
    if job.state == JobState.DONE:
        return FINISHED[JobKind(job.kind)]
    if job.phase == "booking":
        return f"Running: {job.done:,} of {job.total:,} days that change are booked"
    if job.phase == "putting back":
        return f"Running: {job.done:,} of {job.total:,} days are put back"
    if job.phase == "reading" and job.done < job.total:
        return f"Running: {100 * job.done // max(job.total, 1)} % of the report is read"
    return "Running: the worker works out what it would do"


def job_phase(job: ReportJob) -> str:
    """Return what a job's progress bar measures."""
    return PHASES.get(job.phase, "Progress")


def percent_of(job: ReportJob) -> int:
    """Return how much of a job's phase is done, in percent."""
    return min(100, 100 * job.done // job.total) if job.total else 0
