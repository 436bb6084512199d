"""What the worker does with the jobs in its queue: one after the other, each with its owner's present permissions."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import InterfaceError, OperationalError

from brands.access.memberships import actor_of
from budget_system.core.actors import Actor
from budget_system.core.errors import ServiceError
from spending.imports.apply.apply import carry_out
from spending.imports.claims import GAVE_UP, MAX_ATTEMPTS, MAX_SECONDS, ClaimedJob, JobPaused, JobTaken, claim
from spending.imports.plan.planning import planning
from spending.imports.plan_summary import summarize_plan, why_not_yet
from spending.imports.refusals import Unreadable
from spending.imports.requests import Clock, Request
from spending.imports.undo.preview import preview_undo
from spending.imports.undo.summary import summarize_undo
from spending.imports.undo.undo import undo, undoable
from spending.imports.uploads import GONE, as_file
from spending.models import Import, JobKind, JobState, ReportJob, Upload

log = logging.getLogger("budget_system.reports")

BROKEN: Final = (
    "It failed, and not for anything in the report; the log has the reason. Try it again, or ask an operator."
)

MAX_START_SECONDS: Final = 60.0
"""Seconds after which no other job is begun: one that is begun has time to be read before it may have to pause."""

Answer = dict[str, Any]


def run_jobs(*, clock: Clock) -> dict[str, int]:
    """Do the waiting jobs, until none is left or the worker's time is up; return how they ended.

    A job that fails by a fault of ours is logged with its traceback and counted in `errors`; the others go on.
    """
    counts = {"done": 0, "refused": 0, "errors": 0}
    begun = time.monotonic()
    while (
        time.monotonic() - begun < MAX_START_SECONDS
        and (mine := claim(now=clock(), until=begun + MAX_SECONDS)) is not None
    ):
        try:
            counts[_run(mine, clock)] += 1
        except JobPaused:
            mine.release()
            break
        except JobTaken:
            log.info("Report job %s was cancelled, or taken by another worker", mine.job.pk)
    return counts


def _run(mine: ClaimedJob, clock: Clock) -> str:
    """Do one job, store its outcome, and return the name under which it is counted."""
    job, owner = mine.job, mine.job.owner
    assert owner is not None  # a constraint of what is to be done
    by = actor_of(owner)
    try:
        if job.attempts > MAX_ATTEMPTS:
            raise ServiceError(GAVE_UP)
        answer = RUNS[job.kind](mine, clock, by)
    except Unreadable as error:
        mine.end(JobState.FAILED, {"text": str(error), "fields": list(error.fields)}, clock())
    except ServiceError as error:
        mine.end(JobState.FAILED, {"text": error.message, "refused": True}, clock())
    except (JobPaused, JobTaken, OperationalError, InterfaceError):
        raise  # no end of the job: another turn, another worker, or this one once the database is back
    except Exception:  # whatever one report throws must not stop the others
        fields = {"event": "report_job_failed", "job": str(job.pk), "brand_id": str(job.brand_id)}
        log.exception("Report job %s (%s) failed", job.pk, job, extra=fields)
        mine.end(JobState.FAILED, {"text": BROKEN, "refused": True}, clock())
        return "errors"
    else:
        mine.end(JobState.DONE, answer, clock())
        return "done"
    return "refused"


def _plan(mine: ClaimedJob, clock: Clock, by: Actor) -> Answer:
    with as_file(_upload(mine.job)) as path:
        asked = Request.of_form(mine.job.options, path=path, name=mine.job.file_name)
        with planning(asked, now=clock(), by=by, progress=mine.progress("reading", clock=clock)) as plan:
            return {"plan": summarize_plan(plan, now=clock(), by=by).as_json(), "digest": plan.digest, "refusal": ""}


def _import(mine: ClaimedJob, clock: Clock, by: Actor) -> Answer:
    """Carry out the plan that was seen; where the plan has changed since, show the new one instead."""
    job = mine.job
    if job.report is not None and job.report.finished_at is not None:
        return {}  # the worker before this one died after its last step
    with as_file(_upload(job)) as path:
        asked = Request.of_form(job.options, path=path, name=job.file_name)
        with planning(asked, now=clock(), by=by, progress=mine.progress("reading", clock=clock)) as plan:
            goes_on = job.report is not None and plan.resumed == job.report
            if not goes_on and (refusal := why_not_yet(plan, job.options.get("digest"), _upload(job).sha256)):
                mine.renew(clock(), kind=JobKind.PLAN)
                shown = summarize_plan(plan, now=clock(), by=by).as_json()
                return {"plan": shown, "digest": plan.digest, "refusal": refusal}
            booking = mine.progress("booking", pauses=True, clock=clock)

            def begun(report: Import) -> None:
                mine.renew(clock(), report=report)

            if plan.resumed is not None and not goes_on:
                begun(plan.resumed)
            carry_out(plan, clock=clock, by=by, progress=booking, begun=begun)
    return {}


def _outlook(mine: ClaimedJob, clock: Clock, by: Actor) -> Answer:
    report = undoable(_report(mine.job).pk, by)
    return summarize_undo(preview_undo(report, now=clock(), by=by), report.brand.currency).as_json()


def _undo(mine: ClaimedJob, clock: Clock, by: Actor) -> Answer:
    report = _report(mine.job)
    if report.undone_at is None:
        progress = mine.progress("putting back", pauses=True, clock=clock)
        undo(import_id=report.pk, clock=clock, by=by, progress=progress)
    return {}


RUNS: Final[Mapping[str, Callable[[ClaimedJob, Clock, Actor], Answer]]] = {
    JobKind.PLAN: _plan,
    JobKind.IMPORT: _import,
    JobKind.OUTLOOK: _outlook,
    JobKind.UNDO: _undo,
}


def _upload(job: ReportJob) -> Upload:
    if job.upload is None:
        raise ServiceError(GONE)
    return job.upload


def _report(job: ReportJob) -> Import:
    if job.report is None:
        raise ServiceError("The import is gone.")
    return job.report
