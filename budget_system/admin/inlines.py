"""Rows edited inside another row's form."""

from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

from budget_system.admin.unfold_types import InlineFormSet, ModelChoiceField, ModelForm

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
