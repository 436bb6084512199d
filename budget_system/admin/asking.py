"""Asking before a save that pauses or wakes campaigns or lifts a limit, and saying afterwards what it did, by name.

What would happen is found out by doing it: the service runs in the form's transaction, its outcome is read, and where
it must be asked about the transaction is rolled back. So there is no second rule that could say something else.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import capfirst

from budget_system.admin.changelists import ListAdmin, actor
from budget_system.admin.effects import Effect, SaveQuestion, Unconfirmed
from budget_system.admin.forms import Refusal, ServiceForm
from budget_system.admin.limit_field import LimitField
from budget_system.core.actors import Actor

_M = TypeVar("_M", bound=Model)

ANSWER: Final = "answer"
GO_BACK: Final = "_go_back"
NOT_SAVED: Final = "Nothing is saved yet. Change what you like, then save."
_SAVED_AT = "budget_system_saved_at"


class AskingAdmin(ListAdmin[_M]):
    """Forms whose saves change what campaigns do."""

    asks_before: ClassVar[frozenset[str]] = frozenset()
    """The fields whose change is asked about, where it is felt."""

    def effect_of(self, *, now: datetime, by: Actor) -> Effect:
        """Return what the change of that instant and author did to campaigns."""
        return Effect()

    def lifted_text(self, label: str) -> str:
        """Return what it means that there is no such limit any more."""
        return f"{label}: no limit any more."

    def spent_text(self, row: _M, name: str, *, now: datetime) -> str:
        """Return what is spent already of the period of a budget; empty where the field is none."""
        return ""

    def instant_of(self, request: HttpRequest) -> datetime:
        """Return the instant of a save, which is one for the row and its inlines."""
        now: datetime | None = getattr(request, _SAVED_AT, None)
        if now is None:
            now = timezone.now()
            setattr(request, _SAVED_AT, now)
        return now

    def begin_save(self, request: HttpRequest) -> None:
        """Begin a save, or begin it again: its instant is yet to come."""
        setattr(request, _SAVED_AT, None)

    def ask_first(self, request: HttpRequest, row: _M, form: ServiceForm[_M], formsets: Sequence[Any] = ()) -> None:
        """Raise `Unconfirmed` where what has been done must be asked about and the person has not said yes to it.

        The question names all that the save changes, not only what must be asked about.
        """
        names = [name for name in form.changed_data if name in self.asks_before]
        if not names:
            return
        now = self.instant_of(request)
        lifted = [str(form[name].label) for name in names if _is_lifted(form[name])]
        effect = self.effect_of(now=now, by=actor(request))
        question = SaveQuestion(
            row=str(row),
            changes=[
                *(self._change(row, form, name, now) for name in form.changed_data),
                *(text for formset in formsets if (text := _rows_changed(formset))),
            ],
            effect=effect,
            lifted=[self.lifted_text(label) for label in lifted],
        )
        if question.is_needed and request.POST.get(ANSWER) != question.answer:
            raise Unconfirmed(question)

    def question_page(self, request: HttpRequest, question: SaveQuestion) -> HttpResponse:
        """Show what would happen; everything that was typed goes along."""
        hidden = [
            (name, value)
            for name, values in request.POST.lists()
            if name not in {"csrfmiddlewaretoken", ANSWER, GO_BACK}
            for value in values
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": question.title,
            "question": question,
            "opts": self.opts,
            "hidden": hidden,
        }
        return TemplateResponse(request, "admin/budget/save_question.html", context)

    def went_back(self, request: HttpRequest) -> bool:
        """Return whether the person went back from the question; the form is then shown as it was filled in."""
        if request.method != "POST" or GO_BACK not in request.POST:
            return False
        Refusal(None, ValidationError(NOT_SAVED, code="not_saved")).attach_to(request)
        return True

    def message_effects(self, request: HttpRequest) -> None:
        """Show which campaigns the save has paused and woken."""
        if said := self.effect_of(now=self.instant_of(request), by=actor(request)).said_after():
            self.message_user(request, said, messages.WARNING if said.startswith("Paused") else messages.SUCCESS)

    def _change(self, row: _M, form: ServiceForm[_M], name: str, now: datetime) -> str:
        before, after = form.field_text(name, form[name].initial), form.field_text(name, form.cleaned_data[name])
        spent = self.spent_text(row, name, now=now)
        return f"{form[name].label}: {before} → {after}{f'; {spent}' if spent else ''}"


def _rows_changed(formset: Any) -> str:
    """Return how many rows of a table are added, changed and removed; empty where none is."""
    numbers = (
        (len(formset.new_objects), "added"),
        (len(formset.changed_objects), "changed"),
        (len(formset.deleted_objects), "removed"),
    )
    said = ", ".join(f"{number} {what}" for number, what in numbers if number)
    return f"{capfirst(formset.model._meta.verbose_name_plural)}: {said}" if said else ""


def _is_lifted(bound: BoundField) -> bool:
    """Return whether there was a limit, and is none any more."""
    cleaned: Mapping[str, Any] = bound.form.cleaned_data
    return isinstance(bound.field, LimitField) and bound.initial is not None and cleaned[bound.name] is None
