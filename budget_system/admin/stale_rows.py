"""Rows of a table in another row's form that somebody else has changed since it was opened: refused, both values shown.

As in `budget_system.admin.stale_forms` the form is then shown as if it had been opened now, so that saving it once more
is a decision. What the person left alone is left as it stands, and is no reason to refuse.
"""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BoundField
from django.forms.formsets import DELETION_FIELD_NAME
from django.http import QueryDict

from budget_system.admin.field_text import field_text
from budget_system.admin.stale_forms import STALE, differs, is_changed, shown, take_over
from budget_system.admin.unfold_types import ModelForm

_M = TypeVar("_M", bound=Model)


class StaleRowForm(ModelForm[_M], Generic[_M]):
    """A row of a table, which knows with which values it was opened."""

    changed_meanwhile: Sequence[str] = ()
    """What somebody else has changed of a row that the person changes too, or removes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name, field in self.fields.items():
                field.show_hidden_initial = not self.is_bound or self.add_initial_prefix(name) in self.data

    def full_clean(self) -> None:
        """Read what was typed, beside what stands now."""
        if self.is_bound and not self.instance._state.adding:
            self.changed_meanwhile = self._renewed()
        super().full_clean()

    def _renewed(self) -> list[str]:
        """Make the row as if it had been opened now; return what has changed, where that matters."""
        opened = [bound for bound in self if bound.field.show_hidden_initial]
        changed = [bound for bound in opened if differs(bound)]
        is_removed = bool(self.data.get(self.add_prefix(DELETION_FIELD_NAME)))
        described = [self._describe(bound, is_removed) for bound in changed]
        is_touched = is_removed or any(map(is_changed, opened))
        data = cast(QueryDict, self.data).copy()
        for bound in changed:
            if not is_changed(bound):
                take_over(data, bound)
            data[bound.html_initial_name] = shown(bound)
        self.data = data
        return described if is_touched else []

    def _describe(self, bound: BoundField, is_removed: bool) -> str:
        stands = field_text(bound.field, bound.initial)
        if is_removed:
            did = "you remove the row"
        elif is_changed(bound):
            did = f"you chose {_chosen(bound)}"
        else:
            did = "you had not changed it"
        return f"{bound.label}: {did}; {stands} stands now ({self.instance})."


def require_unchanged(forms: Sequence[ModelForm[Any]]) -> None:
    """Raise `ValidationError`, with both values, where a row has changed since the form was opened."""
    described = [text for form in forms if isinstance(form, StaleRowForm) for text in form.changed_meanwhile]
    if described:
        raise ValidationError([STALE, *described])


def _chosen(bound: BoundField) -> str:
    try:
        return field_text(bound.field, bound.field.clean(bound.data))
    except ValidationError:
        return f"“{bound.data}”"
