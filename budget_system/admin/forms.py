"""Forms that write through services: they clean what was entered, know what the person changed, and show a refusal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models
from django.http import HttpRequest

from budget_system.admin.field_text import field_text
from budget_system.admin.fields import AmountField, TextField
from budget_system.admin.limit_field import LimitField
from budget_system.admin.stale_forms import STALE, VERSION, StaleValue, renewed
from budget_system.admin.unfold_types import ModelForm
from budget_system.admin.versions import unless_changed, version_of
from budget_system.core.errors import Stale

_M = TypeVar("_M", bound=models.Model)

RACE_LOST = "Somebody else took the same name, id or window at the same time; look again, then decide."
_REFUSAL = "service_refusal"


class Refusal(Exception):
    """What a service refused, and for which form of the page (by its prefix)."""

    def __init__(self, prefix: str | None, error: ValidationError, *, stale: bool = False) -> None:
        self.prefix = prefix
        self.error = error
        self.stale = stale
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
    except Stale as error:
        raise Refusal(form.prefix, ValidationError(STALE, code="stale"), stale=True) from error
    except IntegrityError as error:
        raise Refusal(form.prefix, ValidationError(RACE_LOST)) from error


class ServiceForm(ModelForm[_M]):
    """A form whose fields are written by a service, and only those that the person changed.

    The values with which the form was opened go along as hidden fields. So a field counts as changed where the person
    changed it. The version that was opened goes along too: where somebody else has saved since, the service refuses,
    and the form is shown with both values (`budget_system.admin.stale_forms`).
    """

    refusal: ClassVar[Refusal | None] = None
    author: ClassVar[str] = ""
    """Who has the form open."""
    not_columns: ClassVar[frozenset[str]] = frozenset()
    """Fields that are no values of the row."""
    decided_in: ClassVar[Mapping[str, str]] = {}
    """Fields that are told under another name in the row's history."""
    refusal_messages: ClassVar[Mapping[str, str]] = {}
    """What is said to people for a refusal of the service, by its code; else the message of the refusal."""
    stale_values: Sequence[StaleValue] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        has_amounts = any(isinstance(field, AmountField) for field in self.fields.values())
        currency = self._currency() if has_amounts else ""
        for name, field in self.fields.items():
            if self.instance._state.adding and name in self._meta_fields():
                column = self.instance._meta.get_field(name)
                if isinstance(column, models.Field) and column.has_default():
                    self.initial.setdefault(name, column.get_default())
            if isinstance(field, AmountField) and currency:
                field.show_in(currency)
            if isinstance(field, LimitField) and self.instance._state.adding:
                field.ask()
            field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    def row_currency(self) -> str:
        """Return the currency of the row's amounts, where it has any."""
        raise NotImplementedError

    def chosen_currency(self) -> str:
        """Return the currency of a new row's amounts, as it was chosen in the form; empty where it was not."""
        raise NotImplementedError

    def chosen_row(self, name: str) -> models.Model | None:
        """Return the row that was chosen in a field, as far as the field offers it."""
        try:
            row: models.Model | None = self.fields[name].clean(self.data.get(self.add_prefix(name)))
        except ValidationError:
            return None
        return row

    def _currency(self) -> str:
        if self.instance._state.adding:
            return self.chosen_currency() if self.is_bound else ""
        return self.row_currency()

    def row_timezone(self) -> str:
        """Return the time zone of the row's brand."""
        raise NotImplementedError

    @property
    def version(self) -> str:
        """The version of the row that the form was opened with."""
        if self.instance._state.adding:
            return ""
        sent = self.data.get(self.add_prefix(VERSION)) if self.is_bound else None
        return str(sent) if sent else version_of(self.instance)

    def unless_stale(self) -> Callable[[models.Model], None] | None:
        """Return the check of a service, that the row is still the one that the form was opened with."""
        return unless_changed(self.data.get(self.add_prefix(VERSION)))

    def field_text(self, name: str, value: object) -> str:
        """Return a value of a field as people say it."""
        return field_text(self.fields[name], value)

    @property
    def _is_refused(self) -> bool:
        return self.refusal is not None and self.refusal.prefix == self.prefix

    def full_clean(self) -> None:
        """Read what was typed; in a form that was out of date, beside what stands now."""
        if self.is_bound and self._is_refused and self.refusal is not None and self.refusal.stale:
            self.stale_values = renewed(self, self.author)
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        """Show what the service refused."""
        if self._is_refused and self.refusal is not None:
            self._show(self.refusal.error)
        return self.cleaned_data

    def _show(self, error: ValidationError) -> None:
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, faults in error.error_dict.items():
            known = name in self.fields and name != NON_FIELD_ERRORS
            errors = [
                ValidationError(text) if (text := self.refusal_messages.get(fault.code or "")) else fault
                for fault in faults
            ]
            self.add_error(name if known else None, ValidationError(errors))

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
    """Make a form class that was made for this request show what a service refused, and to whom."""
    form.refusal = Refusal.from_request(request)
    form.author = request.user.get_username()


class NoteForm(forms.Form):
    """A note to go with an order."""

    note = TextField(label="Note", help_text="Optional; kept with the order.")


def copy_values(source: models.Model, target: models.Model) -> None:
    """Set a row in memory to what a service has stored."""
    for field in target._meta.concrete_fields:
        setattr(target, field.attname, getattr(source, field.attname))
    target._state.adding = False


__all__ = ["NoteForm", "Refusal", "ServiceForm", "copy_values", "raise_refusal", "show_refusal_in"]
