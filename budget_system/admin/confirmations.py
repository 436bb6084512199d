"""Pages that ask for confirmation before something is ordered: what it would do, and a note to go with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse

from budget_system.admin.forms import NoteForm
from budget_system.admin.unfold_types import ModelAdmin

CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked."""

    title: str
    text: str
    button: str
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    nothing: str = ""

    @property
    def labelled_rows(self) -> list[list[tuple[str, str]]]:
        """The rows with the column of each cell, which a narrow screen shows beside it; the first is the row's name."""
        labels = ["", *self.columns[1:]]
        return [list(zip(labels, row, strict=True)) for row in self.rows]


def is_confirmed(request: HttpRequest) -> bool:
    """Return whether the person has confirmed."""
    return request.method == "POST" and CONFIRMED in request.POST


def note_form(request: HttpRequest) -> NoteForm:
    """Return the form of the note, filled in where it was sent."""
    return NoteForm(request.POST) if is_confirmed(request) else NoteForm()


def confirmed_note(request: HttpRequest, form: NoteForm | None) -> str | None:
    """Return the note of who has confirmed, empty where none is asked for; `None` where there is still to ask."""
    if not is_confirmed(request) or not (form is None or form.is_valid()):
        return None
    return "" if form is None else str(form.cleaned_data["note"])


def confirmation_page(
    model_admin: ModelAdmin[Any],
    request: HttpRequest,
    question: Confirmation,
    form: NoteForm | None = None,
    *,
    back: str,
    hidden: Mapping[str, Sequence[str]] | None = None,
    action: str = "",
) -> TemplateResponse:
    """Show the question, with a place for a note where there is a form.

    `hidden` is sent along with the answer, `back` is where the person came from, `action` where the answer is sent if
    not to this page.
    """
    context = {
        **model_admin.admin_site.each_context(request),
        "title": question.title,
        "question": question,
        "form": form,
        "media": model_admin.media + form.media if form else model_admin.media,
        "opts": model_admin.opts,
        "back": back,
        "action": action,
        "hidden": [(name, value) for name, values in (hidden or {}).items() for value in values],
    }
    return TemplateResponse(request, "admin/budget/question.html", context)


def selected_rows(request: HttpRequest, action: str, queryset: QuerySet[Any]) -> dict[str, list[str]]:
    """Return what a list's action needs to be sent again: the action, and the rows it was asked for."""
    ids = [str(pk) for pk in queryset.order_by().values_list("pk", flat=True)]
    return {"action": [action], ACTION_CHECKBOX_NAME: ids}
