"""What is said of the system itself: ticks, drift, and imports that failed."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser
from django.urls import reverse

from budget_system.admin.local_times import short
from budget_system.admin.row_urls import change_url
from spending.admin.job_messages import job_title, job_url
from spending.admin.today.line_text import LineText
from spending.models import Import, JobKind, ReportJob
from spending.reports.today.matter import Matter
from tasks.heartbeats import TICK_PERIODS

TICKS: Final = {
    "enforce_dayparting_task": "hours",
    "enforce_budget_limits_task": "budgets",
    "daily_reset_task": "new days",
    "monthly_reset_task": "new months",
}


def late_tick(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe which ticks have not ended, and since when."""
    checks = ", ".join(TICKS[task] for task in matter.tasks)
    every = min(TICK_PERIODS[task] for task in matter.tasks) // timedelta(minutes=1)
    times = "every minute" if every == 1 else f"every {every} minutes"
    since = "none of them has ever run" if matter.at is None else f"last {short(matter.at, 'UTC', now=now)} (UTC)"
    periodic = reverse("admin:django_celery_beat_periodictask_changelist")
    return LineText(
        title=f"The checks of {checks}",
        text=f"They should run {times}; {since}. What is due may not have been paused or resumed.",
        to_do="Start worker and beat again, or what runs manage.py tick."
        if may_write
        else "Tell whoever runs the system.",
        action="Periodic tasks" if may_write else "State of the system",
        url=periodic if may_write else reverse("health"),
    )


def drift(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe what drifted, and whether it is corrected."""
    found, brand = matter.drift, matter.brand
    assert found is not None and brand is not None
    more = f" and {found.totals - 1:,} more" if found.totals > 1 else ""
    if found.left:
        state = "They are not corrected." if found.totals > 1 else "It is not corrected."
        to_do = "Have the totals checked and repaired: manage.py check_totals --repair."
    else:
        state, to_do = "The totals are corrected.", "Look at what was paused or ran on wrong figures until then."
    return LineText(
        text=f"{found.text}{more}; found {short(found.at, brand.timezone, now=now)} ({brand.timezone}). {state}",
        to_do=to_do,
        word="drift" if found.left else "drift, corrected",
        action="Its status events",
        url=f"{reverse('admin:campaigns_statusevent_changelist')}?{urlencode({'brand__id__exact': brand.pk})}",
    )


def failed_import(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe which import, or undoing of one, failed or was broken off."""
    assert matter.brand is not None
    if matter.job is not None:
        return _failed_job(matter.job, user)
    assert matter.report is not None
    return _broken_off(matter.report, may_write)


def _failed_job(job: ReportJob, user: AbstractBaseUser) -> LineText:
    is_mine = job.owner_id == user.pk
    if job.owner is None:
        whose, again_by = " It lay in the folder of reports.", "put the report there"
    else:
        whose, again_by = "" if is_mine else f" It was {job.owner.get_username()}’s.", "import the report"
    reason = str(job.answer.get("text", ""))
    again = f"{reverse('admin:spending_import_import_report')}?{urlencode({'brand': job.brand_id})}"
    undoing = job.kind in (JobKind.UNDO, JobKind.OUTLOOK)
    return LineText(
        title=f"{job.brand}: {job_title(job)}",
        text=f"{reason}{whose}",
        to_do="Try to undo it again." if undoing else f"Mend what it says, and {again_by} again.",
        word="undo failed" if undoing else "import failed",
        action="Open" if is_mine else "Import a report",
        url=job_url(job) if is_mine else again,
    )


def _broken_off(report: Import, may_write: bool) -> LineText:
    undoing = report.undo_began_at is not None
    what = "Undoing it" if undoing else "It"
    return LineText(
        title=f"{report.brand}: {report.file_name}",
        text=f"{what} was broken off in the middle; what was written until then stands.",
        to_do="Undo it again to finish." if undoing else "Import the same file again to finish it, or undo it.",
        word="half undone" if undoing else "half imported",
        action="Open the import",
        url=change_url(report),
    )
