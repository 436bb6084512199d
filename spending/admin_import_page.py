"""Importing a report in the admin: a form, the plan, and the button that carries it out; by the command's service."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action

from budget_system.admin.lists import ReadOnlyAdmin, actor
from budget_system.errors import NotFound, ServiceError
from spending.admin_import_form import FIELD_OF, WAYS, ImportForm
from spending.admin_import_plan import CREATE, shown_plan
from spending.importing.carry_out import carry_out
from spending.importing.plan import Plan
from spending.importing.planning import planning
from spending.importing.refusals import Unreadable
from spending.importing.uploads import as_file, claimed, drop_upload, find_upload, keep_upload
from spending.importing.words import why_pointless
from spending.models import Import, Upload

CHANGED = "What the import would do has changed since you saw it; look at it again."
DECIDE = "Say below what becomes of the other entries on the report's days."
USUAL_FIELDS = ("brand", "platform", "file", "kept", "create_campaigns", "strict")
LOOK = "Look at what is marked below, and tick the box there if it is right."


class ImportPages(ReadOnlyAdmin[Import]):
    """The page that imports."""

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Let those import who may change a brand."""
        writes = actor(request).reach.writes
        return writes is None or bool(writes)

    @action(description="Import a report", url_path="import", permissions=["import"], icon="upload_file")  # type: ignore[untyped-decorator]
    def import_report(self, request: HttpRequest) -> HttpResponse:
        """Show the form, the plan, or carry it out."""
        if request.method != "POST":
            return self._show_form(request, self._form(request))
        step = request.POST.get("step", "")
        form = self._form(request, request.POST, request.FILES)
        valid = form.is_valid()
        try:
            upload = self._upload(request, form)
        except NotFound as error:
            form.add_error("file", error.message)
            return self._show_form(request, form)
        if upload is not None and step == "drop":
            drop_upload(upload)
        if step == "drop":
            return HttpResponseRedirect(self.list_url())
        if upload is not None:
            form.keep(upload)
        if upload is None or not valid or step == "change":
            return self._show_form(request, form)
        return self._plan(request, form, upload, carries_out=step == "carry_out")

    def _plan(self, request: HttpRequest, form: ImportForm, upload: Upload, *, carries_out: bool) -> HttpResponse:
        by, forced = actor(request), "force" in request.POST
        try:
            with as_file(upload) as path:
                asked = form.request(path, upload, force=forced)
                with planning(asked, now=timezone.now(), by=by) as plan:
                    refusal = _why_not_yet(request, plan, upload) if carries_out else ""
                    if not carries_out or refusal:
                        return self._show_plan(request, form, plan, refusal)
                    with claimed(upload, now=timezone.now()):
                        report = carry_out(plan, clock=timezone.now, by=by)
        except Unreadable as error:
            for field in error.fields or [""]:
                form.add_error(FIELD_OF.get(field, "file"), error.with_way(WAYS))
        except ServiceError as error:
            form.add_error(None, error.message)
        else:
            self.message_user(request, f"“{report}” is imported.", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:spending_import_change", args=[report.pk]))
        return self._show_form(request, form)

    def _upload(self, request: HttpRequest, form: ImportForm) -> Upload | None:
        """Keep the file that was sent, or find the one that was kept before."""
        owner, now = request.user, timezone.now()
        assert owner.is_authenticated
        file, kept = form.cleaned_data.get("file"), form.cleaned_data.get("kept")
        if isinstance(file, UploadedFile):
            return keep_upload(content=file.read(), file_name=(file.name or "")[-255:], owner=owner, now=now)
        return None if kept is None else find_upload(kept, owner=owner, now=now)

    def _form(self, request: HttpRequest, *data: Any) -> ImportForm:
        initial = {name: request.GET[name] for name in ("brand", "platform") if name in request.GET}
        return ImportForm(*data, initial=initial, reach=actor(request).reach, site=self.admin_site)

    def _show_form(self, request: HttpRequest, form: ImportForm) -> HttpResponse:
        usual = [name for name in form.fields if name in USUAL_FIELDS]
        more = [name for name in form.fields if name not in USUAL_FIELDS]
        context = {
            **self._context(request, form),
            "title": "Import a report",
            "usual": [form[name] for name in usual],
            "more": [form[name] for name in more],
        }
        return TemplateResponse(request, "admin/budget/import_form.html", context)

    def _show_plan(self, request: HttpRequest, form: ImportForm, plan: Plan, refusal: str) -> HttpResponse:
        context = {
            **self._context(request, form),
            "title": f"Import “{plan.request.file_name}”",
            "plan": shown_plan(plan, now=timezone.now(), by=actor(request)),
            "digest": plan.digest,
            "refusal": refusal,
            "force": "force" in request.POST,
            "choices": str(plan.request.other_entries or ""),
            "hidden": _hidden(form),
        }
        return TemplateResponse(request, "admin/budget/import_plan.html", context)

    def _context(self, request: HttpRequest, form: ImportForm) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "media": self.media + form.media,
            "back": self.list_url(),
        }


def _why_not_yet(request: HttpRequest, plan: Plan, upload: Upload) -> str:
    """Say why a plan is not carried out, though somebody asked: it is not the one he saw, or he has not looked."""
    if plan.digest != request.POST.get("digest") or plan.form.sha256 != upload.sha256:
        return CHANGED
    if plan.concerns and not plan.request.force and plan.resumed is None:
        return LOOK
    if plan.undecided is not None:
        return DECIDE
    return plan.refusal or why_pointless(plan, CREATE) or ""


def _hidden(form: forms.Form) -> Sequence[tuple[str, str]]:
    """Give what was said in the form, to go along with the answer."""
    return [
        (name, form.data[name]) for name in form.fields if name not in ("file", "other_entries") and form.data.get(name)
    ]
