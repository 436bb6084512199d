"""Importing a report in the admin: a form, the plan, and the button that carries it out; the worker does both."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from brands.models import Brand
from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.core.errors import NotFound, ServiceError
from spending.admin.import_form import ERROR_FIELDS, FIELD_HINTS, ImportForm, PlanForm
from spending.admin.job_messages import job_message, job_url
from spending.imports.jobs import enqueue_job, jobs_of
from spending.imports.plan_summary import PlanSummary
from spending.imports.refusals import Unreadable
from spending.imports.uploads import drop_replaced, drop_upload, find_upload, store_upload
from spending.models import Import, JobKind, ReportJob, Upload
from tasks.waking import wake_worker

BASIC_FIELDS = ("brand", "platform", "file", "kept", "create_campaigns", "strict")
ASKED_BY_PLAN = ("other_entries", "digest", "force")


class ImportPages(ReadOnlyAdmin[Import]):
    """The page that imports."""

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Allow those who may change a brand to import."""
        writes = actor(request).access.writes
        return writes is None or bool(writes)

    @action(description="Import a report", url_path="import", permissions=["import"], icon="upload_file")  # type: ignore[untyped-decorator]
    def import_report(self, request: HttpRequest) -> HttpResponse:
        """Show the form; have a report planned, or its plan carried out."""
        if request.method != "POST":
            return self.show_form(request, self.form_of(request))
        step = request.POST.get("step", "")
        form = self.form_of(request, request.POST, request.FILES)
        valid = form.is_valid()
        try:
            upload = self._upload(request, form)
        except NotFound as error:
            form.add_error("file", error.message)
            return self.show_form(request, form)
        if step == "drop":
            return self._drop(request, upload)
        if upload is not None:
            form.show_kept_file(upload)
        if upload is None or not valid or step == "change":
            return self.show_form(request, form)
        kind = JobKind.IMPORT if step == "carry_out" else JobKind.PLAN
        return self._enqueue(request, form, upload, kind)

    def _drop(self, request: HttpRequest, upload: Upload | None) -> HttpResponse:
        try:
            if upload is not None:
                drop_upload(upload)
        except ServiceError as error:
            self.message_user(request, error.message, messages.ERROR)
        return HttpResponseRedirect(self.list_url())

    def _enqueue(self, request: HttpRequest, form: ImportForm, upload: Upload, kind: JobKind) -> HttpResponse:
        """Queue a report for the worker, and redirect to the page that shows its progress."""
        owner = request.user
        assert owner.is_authenticated
        brand: Brand = form.cleaned_data["brand"]
        options = {**form.options(), **PlanForm(request.POST).options()}
        try:
            job = enqueue_job(
                kind=kind, owner=owner, brand_id=brand.pk, options=options, upload=upload, now=timezone.now()
            )
        except ServiceError as error:
            form.add_error(None, error.message)
            return self.show_form(request, form)
        wake_worker()
        return HttpResponseRedirect(job_url(job))

    def _upload(self, request: HttpRequest, form: ImportForm) -> Upload | None:
        """Store the file that was sent, or find the one that was kept before."""
        owner, now = request.user, timezone.now()
        assert owner.is_authenticated
        file, kept = form.cleaned_data.get("file"), form.cleaned_data.get("kept")
        if isinstance(file, UploadedFile):
            if kept is not None:
                drop_replaced(kept, owner=owner)
            return store_upload(content=file.read(), file_name=(file.name or "")[-255:], owner=owner, now=now)
        return None if kept is None else find_upload(kept, owner=owner, now=now)

    def form_of(self, request: HttpRequest, *data: Any) -> ImportForm:
        """Return the form, filled with what was sent, or with the query of the address."""
        initial = {name: request.GET[name] for name in ("brand", "platform") if name in request.GET}
        return ImportForm(*data, initial=initial, access=actor(request).access, site=self.admin_site)

    def show_form(self, request: HttpRequest, form: ImportForm, refused: ReportJob | None = None) -> HttpResponse:
        """Show the form, empty or with its errors: those of the job that was `refused`."""
        usual = [name for name in form.fields if name in BASIC_FIELDS]
        more = [name for name in form.fields if name not in BASIC_FIELDS]
        owner = request.user
        assert owner.is_authenticated
        context = {
            **self._context(request),
            "title": "Import a report",
            "form": form,
            "media": self.media + form.media,
            "usual": [form[name] for name in usual],
            "more": [form[name] for name in more],
            "opens_more": any(form.has_error(name) or form[name].value() for name in more),
            "jobs": [
                (job_url(job), job_message(job)) for job in jobs_of(owner, actor(request).access) if job != refused
            ],
        }
        return TemplateResponse(request, "admin/budget/import_form.html", context)

    def show_plan(
        self,
        request: HttpRequest,
        options: Mapping[str, str],
        file_name: str,
        plan: PlanSummary,
        digest: str,
        refusal: str,
    ) -> HttpResponse:
        """Show what a report would do, and ask for confirmation, with which `options` is sent again."""
        context = {
            **self._context(request),
            "title": f"Import “{file_name}”",
            "plan": plan,
            "digest": digest,
            "refusal": refusal,
            "force": "force" in options,
            "choices": options.get("other_entries", ""),
            "hidden": [(name, value) for name, value in options.items() if name not in ASKED_BY_PLAN],
        }
        return TemplateResponse(request, "admin/budget/import_plan.html", context)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "action": reverse("admin:spending_import_import_report"),
            "back": self.list_url(),
        }


def show_refusal(form: ImportForm, error: Unreadable) -> None:
    """Show a report's refusal at the fields that can help."""
    for field in error.fields or [""]:
        form.add_error(ERROR_FIELDS.get(field, "file"), error.with_hint(FIELD_HINTS))
