"""Rows edited inside another row's form: each is written by its own service."""

from datetime import datetime
from typing import Any, Final, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest

from budget_system.admin.forms import ServiceForm, copy_values, raise_refusal, show_refusal_in
from budget_system.admin.permissions import may_see, may_write
from budget_system.admin.row_services import RowServices
from budget_system.admin.unfold_types import InlineFormSet, ModelChoiceField, ModelForm, TabularInline
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound

_M = TypeVar("_M", bound=Model)
_P = TypeVar("_P", bound=Model)
_F = TypeVar("_F", bound=ModelForm[Any])


ROW_GONE: Final = "A row of this table is no longer there; open the page again, then make your changes."
ROWS_MISSING: Final = "This table did not come as it was sent out; open the page again, then make your changes."
DUPLICATE_ROW: Final = "The same row is in this table twice; open the page again, then make your changes."


class OwnRowsFormSet(InlineFormSet[_M, _P, _F], Generic[_M, _P, _F]):
    """Forms of the rows that belong to the parent, each once; any other id is refused.

    The stock form set takes the id of any row of the model, changes nothing, and reports success.
    """

    def add_fields(self, form: _F, index: int | None) -> None:
        """Offer only the parent's rows in the hidden field; the row need not read its parent again."""
        super().add_fields(form, index)
        self.fk.set_cached_value(form.instance, self.instance)
        field = form.fields[self._key]
        if isinstance(field, ModelChoiceField) and (rows := field.queryset) is not None:
            field.queryset = rows.filter(**{self.fk.name: self.instance}) if self.instance.pk else rows.none()

    def clean(self) -> None:
        """Refuse ids that are not the parent's, that come twice, or that stand where a new row is announced."""
        count, existing = self.total_form_count(), self.initial_form_count()
        if not 0 <= existing <= count or f"{self.add_prefix(count)}-{self._key}" in self.data:
            raise ValidationError(ROWS_MISSING)
        seen: set[object] = set()
        for form in self.forms:
            row = form.instance
            if not row._state.adding:
                if row.pk in seen:
                    raise ValidationError(DUPLICATE_ROW)
                seen.add(row.pk)
            elif form not in self.deleted_forms and (self._key in form.errors or form.cleaned_data.get(self._key)):
                raise ValidationError(ROW_GONE)
        super().clean()

    @property
    def _key(self) -> str:
        return str(self.fk.model._meta.pk.name)


class ServiceFormSet(RowServices[_M], OwnRowsFormSet[_M, _P, ServiceForm[_M]], Generic[_M, _P]):
    """Forms of one row's parts."""

    def save_rows(self, *, now: datetime, by: Actor) -> None:
        """Remove, change and create what the person removed, changed and added."""
        self.new_objects: list[_M] = []
        self.changed_objects: list[tuple[_M, list[str]]] = []
        self.deleted_objects: list[_M] = []
        removed = self.deleted_forms
        for form in removed:
            if not form.instance._state.adding:
                self._remove(form, now, by)
        for form in self.forms:
            if form in removed or not form.has_changed():
                continue
            with raise_refusal(form):
                if form.instance._state.adding:
                    copy_values(self.create_row(form, now=now, by=by), form.instance)
                    self.new_objects.append(form.instance)
                else:
                    copy_values(self.change_row(form.instance.pk, form, now=now, by=by), form.instance)
                    self.changed_objects.append((form.instance, form.changed_data))

    def _remove(self, form: ServiceForm[_M], now: datetime, by: Actor) -> None:
        try:
            self.remove_row(form.instance.pk, now=now, by=by)
        except NotFound:
            return  # somebody else has removed it meanwhile: what was wanted is so
        self.deleted_objects.append(form.instance)

    def validate_unique(self) -> None:
        """Leave it to the service, which shows the error at the field."""


class ServiceInline(TabularInline[_M, _P], Generic[_M, _P]):
    """A table of rows inside another row's form."""

    extra = 0

    def has_view_permission(self, request: HttpRequest, obj: _P | None = None) -> bool:
        """Allow those who may see the row."""
        return may_see(request, self.parent_model, obj)

    def has_add_permission(self, request: HttpRequest, obj: _P | None = None) -> bool:
        """Allow those who may change the row."""
        return may_write(request, self.parent_model, obj)

    def has_change_permission(self, request: HttpRequest, obj: _P | None = None) -> bool:
        """Allow those who may change the row."""
        return may_write(request, self.parent_model, obj)

    def has_delete_permission(self, request: HttpRequest, obj: _P | None = None) -> bool:
        """Allow those who may change the row."""
        return may_write(request, self.parent_model, obj)

    def get_formset(self, request: HttpRequest, obj: _P | None = None, **kwargs: Any) -> Any:
        """Return the form set's class, with a service's refusal."""
        formset = super().get_formset(request, obj, **kwargs)
        show_refusal_in(cast("type[ServiceForm[_M]]", formset.form), request)
        return formset
