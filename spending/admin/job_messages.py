"""What is said of a job at the worker."""

from django.urls import reverse

from spending.models import JobKind, JobState, ReportJob

TITLES = {
    JobKind.PLAN: "Import “{}”",
    JobKind.IMPORT: "Import “{}”",
    JobKind.OUTLOOK: "Undo “{}”",
    JobKind.UNDO: "Undo “{}”",
}
WAITS = "It waits for the worker, which begins at once unless it is busy, or down"
GOES_ON = "It waits for its next turn at the worker"
FINISHED = {
    JobKind.PLAN: "The plan is ready: look at it",
    JobKind.IMPORT: "It is imported",
    JobKind.OUTLOOK: "The worker has looked at it: decide",
    JobKind.UNDO: "It is undone",
}


def job_url(job: ReportJob) -> str:
    """Return the address of the page that tells how far a job is."""
    return reverse("admin:spending_import_report_job", args=[job.pk])


def title_of(job: ReportJob) -> str:
    """Name a job."""
    return TITLES[JobKind(job.kind)].format(job.file_name)


def words_of(job: ReportJob) -> str:
    """Name a job, and say how it stands."""
    return f"{title_of(job)}: {state_of(job)[:1].lower()}{state_of(job)[1:]}"


def state_of(job: ReportJob) -> str:
    """Return how a job stands."""
    if job.state == JobState.WAITING:
        return GOES_ON if job.phase else WAITS
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


def percent_of(job: ReportJob) -> int:
    """Return how much of a job's phase is done."""
    return min(100, 100 * job.done // job.total) if job.total else 0
