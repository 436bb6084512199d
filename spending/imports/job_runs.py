"""What the worker does with the jobs that were handed over: one after the other, each as its owner may do it now."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from django.db import InterfaceError, OperationalError

from brands.access.memberships import actor_of
from budget_system.core.actors import Actor
from budget_system.core.errors import ServiceError
from spending.imports.apply.apply import carry_out
from spending.imports.jobs import GAVE_UP, LONGEST, MOST_ATTEMPTS, Claim, Paused, Taken, claim
from spending.imports.plan.planning import planning
from spending.imports.plan_summary import shown_plan, why_not_yet
from spending.imports.refusals import Unreadable
from spending.imports.requests import Clock, Request
from spending.imports.undo.reversals import preview_undo
from spending.imports.undo.summary import shown_undo
from spending.imports.undo.undo import undo, undoable
from spending.imports.uploads import GONE, as_file
from spending.models import Import, JobKind, JobState, ReportJob, Upload

log = logging.getLogger("budget_system.reports")

BROKEN: Final = (
    "It failed, and not for anything in the report; the log has the reason. Try it again, or ask an operator."
)

BEGUN_WITHIN: Final = 60.0
"""Seconds after which no other job is begun: one that is has time enough to be read before it may have to pause."""

Answer = dict[str, Any]


def work_off(*, clock: Clock) -> dict[str, int]:
    """Do the jobs that wait, until none is left or the worker has been held for long enough; return how they ended.

    One that fails by a fault of ours is logged with its traceback and counted in `errors`; the others go on.
    """
    counts = {"done": 0, "refused": 0, "errors": 0}
    begun = time.monotonic()
    while time.monotonic() - begun < BEGUN_WITHIN and (mine := claim(now=clock(), until=begun + LONGEST)) is not None:
        try:
            counts[_run(mine, clock)] += 1
        except Paused:
            mine.release()
            break
        except Taken:
            log.info("Report job %s was cancelled, or taken by another worker", mine.job.pk)
    return counts


def _run(mine: Claim, clock: Clock) -> str:
    """Do one job, write what came of it, and return under which word it counts."""
    job, by = mine.job, actor_of(mine.job.owner)
    try:
        if job.attempts > MOST_ATTEMPTS:
            raise ServiceError(GAVE_UP)
        answer = RUNS[job.kind](mine, clock, by)
    except Unreadable as error:
        mine.end(JobState.FAILED, {"text": str(error), "fields": list(error.fields)}, clock())
    except ServiceError as error:
        mine.end(JobState.FAILED, {"text": error.message, "refused": True}, clock())
    except (Paused, Taken, OperationalError, InterfaceError):
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


def _plan(mine: Claim, clock: Clock, by: Actor) -> Answer:
    with as_file(_upload(mine.job)) as path:
        asked = Request.of_form(mine.job.said, path=path, name=mine.job.file_name)
        with planning(asked, now=clock(), by=by, progress=mine.progress("reading", clock=clock)) as plan:
            return {"plan": shown_plan(plan, now=clock(), by=by).as_json(), "digest": plan.digest, "refusal": ""}


def _import(mine: Claim, clock: Clock, by: Actor) -> Answer:
    """Carry out the plan that was seen; where it is another now, show that one instead."""
    job = mine.job
    if job.report is not None and job.report.finished_at is not None:
        return {}  # the worker before this one died after its last step
    with as_file(_upload(job)) as path:
        asked = Request.of_form(job.said, path=path, name=job.file_name)
        with planning(asked, now=clock(), by=by, progress=mine.progress("reading", clock=clock)) as plan:
            goes_on = job.report is not None and plan.resumed == job.report
            if not goes_on and (refusal := why_not_yet(plan, job.said.get("digest"), _upload(job).sha256)):
                mine.renew(clock(), kind=JobKind.PLAN)
                shown = shown_plan(plan, now=clock(), by=by).as_json()
                return {"plan": shown, "digest": plan.digest, "refusal": refusal}
            booking = mine.progress("booking", pauses=True, clock=clock)

            def begun(report: Import) -> None:
                mine.renew(clock(), report=report)

            if plan.resumed is not None and not goes_on:
                begun(plan.resumed)
            carry_out(plan, clock=clock, by=by, progress=booking, begun=begun)
    return {}


def _outlook(mine: Claim, clock: Clock, by: Actor) -> Answer:
    report = undoable(_report(mine.job).pk, by)
    return shown_undo(preview_undo(report, now=clock(), by=by), report.brand.currency).as_json()


def _undo(mine: Claim, clock: Clock, by: Actor) -> Answer:
    report = _report(mine.job)
    if report.undone_at is None:
        progress = mine.progress("putting back", pauses=True, clock=clock)
        undo(import_id=report.pk, clock=clock, by=by, progress=progress)
    return {}


RUNS: Final[Mapping[str, Callable[[Claim, Clock, Actor], Answer]]] = {
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
