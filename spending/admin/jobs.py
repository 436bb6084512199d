"""The page of a job that the worker does: its progress, and then its outcome."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import confirmation_page
from budget_system.admin.row_urls import change_url
from budget_system.core.errors import NotFound, ServiceError
from budget_system.health.worker import CACHED_WORKER
from spending.admin.import_page import ImportPages, show_refusal
from spending.admin.job_messages import job_title, job_url
from spending.admin.job_progress import poll_of, progress_of
from spending.admin.undo import ask_undo_one
from spending.imports.jobs import cancel, enqueue_job, find_job, note_seen
from spending.imports.plan_summary import PlanSummary
from spending.imports.refusals import Unreadable
from spending.imports.undo.summary import UndoSummary
from spending.models import Import, JobKind, JobState, ReportJob
from tasks.waking import wake_worker

REFRESH_SECONDS = 1
"""Where a browser runs no scripts."""
TOO_LATE = "It is being written, or is done, and cannot be cancelled any more; an import can be undone."


class JobPages(ImportPages):
    """The page of a job, only for the person who started it."""

    def get_urls(self) -> list[URLPattern]:
        """Add the page."""
        page = self.admin_site.admin_view(self.report_job)
        return [path("job/<uuid:job_id>/", page, name="spending_import_report_job"), *super().get_urls()]

    def report_job(self, request: HttpRequest, job_id: UUID) -> HttpResponse:
        """Show a job's state, redirect to its outcome, or cancel it."""
        owner = request.user
        assert owner.is_authenticated
        try:
            job = find_job(job_id, owner=owner, access=actor(request).access)
        except NotFound as error:
            if polls(request):
                return _leads_to(self.list_url())
            raise Http404(error.message) from error
        if polls(request) and job.state in (JobState.FAILED, JobState.DONE):
            return _leads_to(job_url(job))
        if request.method == "POST":
            if not cancel(job):
                self.message_user(request, TOO_LATE, messages.ERROR)
                return HttpResponseRedirect(job_url(job))
            return HttpResponseRedirect(self.list_url())
        if job.state in (JobState.FAILED, JobState.DONE):
            note_seen(job, now=timezone.now())
        if job.state == JobState.FAILED:
            return self._show_failed(request, job)
        if job.state == JobState.DONE:
            return self._show_done(request, job)
        return self._show_progress(request, job)

    def enqueue_undo(self, request: HttpRequest, report: Import, kind: JobKind) -> ReportJob | None:
        """Queue the check of an import, or its undoing, for the worker; `None`, with a message, where that is
        refused.
        """
        owner = request.user
        assert owner.is_authenticated
        try:
            job = enqueue_job(kind=kind, owner=owner, brand_id=report.brand_id, report=report, now=timezone.now())
        except ServiceError as error:
            self.message_user(request, error.message, messages.ERROR)
            return None
        wake_worker()
        return job

    def _show_progress(self, request: HttpRequest, job: ReportJob) -> HttpResponse:
        """Show how far a job is; to the page that asks, only what it does not show already."""
        now = timezone.now()
        progress = progress_of(job, now=now, ask_worker=CACHED_WORKER.answer)
        context = {
            "progress": progress,
            "changed": request.GET.get("shown") != progress.shown,
            "polled": polls(request),
            "poll": poll_of(job, now=now),
            "url": job_url(job),
        }
        if polls(request):
            return TemplateResponse(request, "admin/budget/import_job_progress.html", context)
        context |= {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": job_title(job),
            "refresh": REFRESH_SECONDS,
            "may_cancel": job.kind in (JobKind.PLAN, JobKind.OUTLOOK) or not job.phase,
            "back": self.list_url(),
        }
        return TemplateResponse(request, "admin/budget/import_job.html", context)

    def _show_failed(self, request: HttpRequest, job: ReportJob) -> HttpResponse:
        text = str(job.answer["text"])
        if job.kind in (JobKind.OUTLOOK, JobKind.UNDO):
            self.message_user(request, f"“{job.report or job.file_name}”: {text}", messages.ERROR)
            return HttpResponseRedirect(self._page_of(job.report))
        form = self.form_of(request, job.options)
        form.is_valid()
        if job.upload is not None:
            form.show_kept_file(job.upload)
        if job.answer.get("refused"):
            form.add_error(None, text)
        else:
            show_refusal(form, Unreadable(text, *job.answer["fields"]))
        return self.show_form(request, form, refused=job)

    def _show_done(self, request: HttpRequest, job: ReportJob) -> HttpResponse:
        answer: dict[str, Any] = job.answer
        if job.kind == JobKind.PLAN:
            plan = PlanSummary.of_json(answer["plan"])
            return self.show_plan(request, job.options, job.file_name, plan, answer["digest"], answer["refusal"])
        if job.kind == JobKind.OUTLOOK and job.report is not None and job.report.undone_at is None:
            shown = UndoSummary.of_json(answer)
            if not shown.refusal:
                order = reverse("admin:spending_import_undo_one", args=[job.report.pk])
                return confirmation_page(
                    self, request, ask_undo_one(job.report, shown), back=self._page_of(job.report), action=order
                )
            self.message_user(request, shown.refusal, messages.ERROR)
        elif job.report is not None:
            done = "undone" if job.kind in (JobKind.UNDO, JobKind.OUTLOOK) else "imported"
            self.message_user(request, f"“{job.report}” is {done}.", messages.SUCCESS)
        return HttpResponseRedirect(self._page_of(job.report))

    def _page_of(self, report: Import | None) -> str:
        return self.list_url() if report is None else change_url(report)


def polls(request: HttpRequest) -> bool:
    """Return whether the page itself asks how far its job is (htmx), not a person who opens it."""
    return request.headers.get("HX-Request") == "true"


def _leads_to(url: str) -> HttpResponse:
    """Redirect the page that asks to another address."""
    return HttpResponse(headers={"HX-Redirect": url})
