"""The base of every admin class: everything is written through a service."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.actions import delete_selected as ask_before_deleting
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from budget_system.admin.asking import AskingAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.effects import Unconfirmed
from budget_system.admin.forms import Refusal, ServiceForm, copy_values, raise_refusal, show_refusal_in
from budget_system.admin.history import HistoryAdmin
from budget_system.admin.ordering import OrderingAdmin
from budget_system.admin.row_services import RowServices
from budget_system.core.errors import Forbidden, ServiceError
from budget_system.core.retry import retry_on_conflict

_M = TypeVar("_M", bound=Model)


class ServiceAdmin(RowServices[_M], AskingAdmin[_M], HistoryAdmin[_M], OrderingAdmin[_M]):
    """Forms, deletions and bulk deletions through the services of the model's app.

    What a service refuses is shown in the form: the transaction is rolled back, and the form is built a second time
    with the refusal as its error. What it would do to campaigns is asked about first, see `AskingAdmin`.
    """

    change_form_before_template = "admin/budget/form_top.html"

    actions: Sequence[Callable[..., HttpResponse | None] | str] | None = ("delete_selected",)
    delete_confirmation_template = "admin/budget/delete.html"
    delete_selected_confirmation_template = "admin/budget/delete.html"

    def deletion_effect(self, row: _M) -> str:
        """Return what a deletion would do to the row, for the page that asks first."""
        return "will be deleted"

    def is_archived(self, row_id: UUID) -> bool:
        """Return whether the row is archived."""
        return False

    def get_form(self, request: HttpRequest, obj: _M | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form's class, with a service's refusal."""
        form = super().get_form(request, obj, change=change, **kwargs)
        if issubclass(form, ServiceForm):
            show_refusal_in(form, request)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a form, or save it in one transaction: the row and its inlines, or nothing."""
        view = super().changeform_view
        try:
            if self.went_back(request):
                return view(request, object_id, form_url, extra_context)
            return retry_on_conflict(view)(request, object_id, form_url, extra_context)
        except Unconfirmed as tried:
            return self.question_page(request, tried.question)
        except Refusal as refusal:
            refusal.attach_to(request)
            return view(request, object_id, form_url, extra_context)
        except ServiceError as error:
            return self._back(request, error)

    def save_model(self, request: HttpRequest, obj: _M, form: BaseForm, change: bool) -> None:
        """Write the row through its service."""
        service_form = cast("ServiceForm[_M]", form)
        self.begin_save(request)
        now, by = self.instant_of(request), actor(request)
        with raise_refusal(form):
            if change:
                row = self.change_row(obj.pk, service_form, now=now, by=by)
            else:
                row = self.create_row(service_form, now=now, by=by)
        copy_values(row, obj)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Write what belongs to the row; then all is done, and may have to be asked about."""
        for formset in formsets:
            formset.save()
        self.save_parts(request, form)
        if change and isinstance(form, ServiceForm):
            self.ask_first(request, form.instance, form, formsets)

    def save_parts(self, request: HttpRequest, form: Any) -> None:
        """Write parts of the row that its own form holds."""

    def response_change(self, request: HttpRequest, obj: _M) -> HttpResponse:
        """Show that the row was changed, and what that did to campaigns."""
        response = super().response_change(request, obj)
        self.message_effects(request)
        return response

    def response_add(self, request: HttpRequest, obj: _M, post_url_continue: str | None = None) -> HttpResponse:
        """Show that the row was added, and what that did to campaigns."""
        response = super().response_add(request, obj, post_url_continue)
        self.message_effects(request)
        return response

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask for confirmation, then remove the row."""
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        try:
            return retry_on_conflict(super().delete_view)(request, object_id, {"back": back, **(extra_context or {})})
        except ServiceError as error:
            return self._back(request, error)

    def delete_model(self, request: HttpRequest, obj: _M) -> None:
        """Remove the row through its service."""
        self.remove_row(obj.pk, now=timezone.now(), by=actor(request))

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        """Show that the row was deleted, or archived."""
        if not self.is_archived(obj_id):
            return super().response_delete(request, obj_display, obj_id)
        self.message_user(request, f"“{obj_display}” has spends, so it was archived, not deleted.")
        return HttpResponseRedirect(self.list_url())

    def get_deleted_objects(
        self, objs: Iterable[Any], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Return what a deletion would delete; nothing is protected, because what has spends is archived."""
        rows = list(objs)
        name = str(self.opts.verbose_name if len(rows) == 1 else self.opts.verbose_name_plural)
        return [f"{row}: {self.deletion_effect(row)}" for row in rows], {name: len(rows)}, set(), []

    @admin.action(description="Delete", permissions=["delete"])
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[_M]) -> HttpResponse | None:
        """Ask for confirmation, then remove each row, in a transaction of its own."""
        if not request.POST.get("post"):
            page = ask_before_deleting(cast(Any, self), request, queryset)
            if isinstance(page, TemplateResponse) and page.context_data is not None:
                page.context_data["back"] = self.list_url()
            return page
        deleted = archived = 0
        for row in queryset:
            row_id = row.pk
            with self.showing_errors(request, row):
                self.remove_row(row_id, now=timezone.now(), by=actor(request))
                self.log_deletions(request, cast(Any, [row]))
                if self.is_archived(row_id):
                    archived += 1
                else:
                    deleted += 1
        if deleted:
            self.message_user(request, f"{deleted} deleted.", messages.SUCCESS)
        if archived:
            self.message_user(request, f"{archived} archived: what has spends is kept.", messages.SUCCESS)
        return None

    def _back(self, request: HttpRequest, error: ServiceError) -> HttpResponse:
        if isinstance(error, Forbidden):
            raise PermissionDenied(error.message)
        self.message_user(request, error.message, messages.ERROR)
        return HttpResponseRedirect(self.list_url())
