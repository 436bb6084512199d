"""Forms that write through services: they clean what was entered, know what the person changed, and show a refusal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest

from budget_system.admin.fields import AmountField, TextField
from budget_system.admin.limit_field import LimitField
from budget_system.admin.unfold_types import ModelForm

_M = TypeVar("_M", bound=models.Model)

RACE_LOST = "Somebody else took the same name, id or window at the same time; look again, then decide."
_REFUSAL = "service_refusal"


class Refusal(Exception):
    """What a service refused, and for which form of the page (by its prefix)."""

    def __init__(self, prefix: str | None, error: ValidationError) -> None:
        self.prefix = prefix
        self.error = error
        super().__init__(str(error))

    def attach_to(self, request: HttpRequest) -> None:
        """Attach it to the request, so that the forms made for the request show it."""
        setattr(request, _REFUSAL, self)

    @staticmethod
    def from_request(request: HttpRequest) -> "Refusal | None":
        """Return the refusal attached to the request."""
        return getattr(request, _REFUSAL, None)


@contextmanager
def raise_refusal(form: forms.BaseForm) -> Iterator[None]:
    """Turn what a service or the database refuses into a `Refusal` of this form."""
    try:
        yield
    except ValidationError as error:
        raise Refusal(form.prefix, error) from error
    except IntegrityError as error:
        raise Refusal(form.prefix, ValidationError(RACE_LOST)) from error


class ServiceForm(ModelForm[_M]):
    """A form whose fields are written by a service, and only those that the person changed.

    The values with which the form was opened go along as hidden fields. So a field counts as changed where the person
    changed it, and a form that was open while the row changed restores nothing.
    """

    refusal: ClassVar[Refusal | None] = None
    not_columns: ClassVar[frozenset[str]] = frozenset()
    """Fields that are no values of the row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if self.instance._state.adding and name in self._meta_fields():
                column = self.instance._meta.get_field(name)
                if isinstance(column, models.Field) and column.has_default():
                    self.initial.setdefault(name, column.get_default())
            if isinstance(field, AmountField) and not self.instance._state.adding:
                field.show_in(self.row_currency())
            elif isinstance(field, LimitField):
                field.ask()
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    def row_currency(self) -> str:
        """Return the currency of the row's amounts, where it has any."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """Show what the service refused."""
        refusal = self.refusal
        if refusal is not None and refusal.prefix == self.prefix:
            self._show(refusal.error)
        return self.cleaned_data

    def _show(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, faults in error.error_dict.items():
            known = name in self.fields and name != NON_FIELD_ERRORS
            self.add_error(name if known else None, faults)

    def _post_clean(self) -> None:
        """Leave the row alone: the service validates and writes it, under its lock."""

    def values(self, *, only_changed: bool) -> dict[str, object]:
        """Return what was entered, by the names that services use; in a new row, empty optional fields are left out."""
        changed = set(self.changed_data)
        values: dict[str, object] = {}
        for name, value in self.cleaned_data.items():
            if name in self.not_columns or name not in self._meta_fields() or (only_changed and name not in changed):
                continue
            if isinstance(value, models.Model):
                values[f"{name}_id"] = value.pk
            else:
                values[name] = value
        return values

    def _meta_fields(self) -> frozenset[str]:
        return frozenset(field.name for field in self._meta.model._meta.get_fields())

    def save(self, commit: bool = True) -> _M:
        """Return the row as it was read; nothing is written here."""
        return self.instance


def show_refusal_in(form: type[ServiceForm[_M]], request: HttpRequest) -> None:
    """Make a form class that was made for this request show what a service refused."""
    form.refusal = Refusal.from_request(request)


class NoteForm(forms.Form):
    """A note to go with an order."""

    note = TextField(label="Note", help_text="Optional; kept with the order.")


def copy_values(source: models.Model, target: models.Model) -> None:
    """Set a row in memory to what a service has stored."""
    for field in target._meta.concrete_fields:
        setattr(target, field.attname, getattr(source, field.attname))
    target._state.adding = False


def error_text(error: ValidationError) -> str:
    """Return an error as one text."""
    return " ".join(error.messages)


__all__ = ["NoteForm", "Refusal", "ServiceForm", "copy_values", "error_text", "raise_refusal", "show_refusal_in"]
