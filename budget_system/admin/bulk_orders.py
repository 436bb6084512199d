"""An order for many rows: one page that says what will happen to each and takes a note, then one summary."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from budget_system.admin.archive import ArchivingAdmin
from budget_system.admin.changelists import actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, is_confirmed, note_form, selected_rows
from budget_system.admin.forms import error_text
from budget_system.core.actors import Actor
from budget_system.core.errors import ServiceError
from budget_system.core.text import counted

_M = TypeVar("_M", bound=Model)

REFUSED = "refused"
UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order does to one row: the word under which it is counted, and in a sentence."""

    kind: str
    words: str
    is_problem: bool = False


@dataclass(frozen=True, slots=True)
class BulkOrder(Generic[_M]):
    """An order: what it is called, what it means, and what it would do, does and did."""

    action: str
    verb: str
    text: str
    preview: Callable[[Sequence[_M], datetime], Sequence[Outcome]]
    give: Callable[[_M, str, datetime, Actor], _M]
    outcome: Callable[[Sequence[_M], Sequence[_M], datetime], Sequence[Outcome]]
    """Of rows before and after, in the same order."""


class BulkOrderingAdmin(ArchivingAdmin[_M]):
    """Rows for many of which a person can order something at once."""

    def order_many(self, request: HttpRequest, queryset: QuerySet[_M], order: BulkOrder[_M]) -> HttpResponse | None:
        """Show what the order would do and ask for a note; once confirmed, give it to each row, and sum up."""
        rows, now = list(queryset), timezone.now()
        names = counted(len(rows), str(self.opts.verbose_name), str(self.opts.verbose_name_plural))
        form = note_form(request)
        if is_confirmed(request) and form.is_valid():
            self._sum_up(request, names, self._give_all(request, rows, order, form.cleaned_data["note"], now))
            return None
        if not any(self.has_change_permission(request, row) for row in rows):
            raise PermissionDenied
        question = Confirmation(
            title=f"{order.verb} {names}?",
            text=order.text,
            button=f"{order.verb} {names}",
            columns=(str(self.opts.verbose_name).capitalize(), "Then"),
            rows=[
                (str(row), outcome.words if self.has_change_permission(request, row) else "you may only read it")
                for row, outcome in zip(rows, order.preview(rows, now), strict=True)
            ],
        )
        hidden = selected_rows(request, order.action, queryset)
        return confirmation_page(self, request, question, form, back=self.list_url(), hidden=hidden)

    def _give_all(
        self, request: HttpRequest, rows: Sequence[_M], order: BulkOrder[_M], note: str, now: datetime
    ) -> list[tuple[str, Outcome]]:
        """Give the order to each row, in a transaction of its own; return what became of them, refusals too."""
        before, after, refused = [], [], []
        for row in rows:
            try:
                after.append(order.give(row, note, now, actor(request)))
                before.append(row)
            except ServiceError as error:
                refused.append((str(row), Outcome(REFUSED, error.message, is_problem=True)))
            except ValidationError as error:
                refused.append((str(row), Outcome(REFUSED, error_text(error), is_problem=True)))
        return [*refused, *zip(map(str, after), order.outcome(before, after, now), strict=True)]

    def _sum_up(self, request: HttpRequest, names: str, outcomes: Sequence[tuple[str, Outcome]]) -> None:
        """Say in one message how many there were of each outcome, and below it what became of each row."""
        counts = Counter(outcome.kind for _, outcome in outcomes)
        problems = any(outcome.is_problem for _, outcome in outcomes)
        level = messages.ERROR if counts[REFUSED] else messages.WARNING if problems else messages.SUCCESS
        listed = format_html_join("", "<li>“{}”: {}</li>", ((name, outcome.words) for name, outcome in outcomes))
        summary = format_html(
            '{}: {}.<details class="bs-results"{}><summary>Each of them</summary><ul>{}</ul></details>',
            names,
            ", ".join(f"{count:,} {kind}" for kind, count in counts.items()),
            " open" if problems else "",
            listed,
        )
        self.message_user(request, summary, level)
