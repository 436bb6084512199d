"""Pages that ask before an order is carried out: for one row, and for many with one summary."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from budget_system.admin.changelists import ListAdmin, actor
from budget_system.admin.confirmations import Confirmation, confirmation_page, confirmed_note, note_form, selected_rows
from budget_system.admin.orders import REFUSED, Order, OrderMessage, Outcome
from budget_system.admin.row_urls import change_url
from budget_system.core.errors import ServiceError, error_text
from budget_system.core.text import counted

_M = TypeVar("_M", bound=Model)


class OrderingAdmin(ListAdmin[_M]):
    """Rows for which a person can order something."""

    def pointless_orders(self, row: _M) -> Collection[str]:
        """Return the names of the page's orders that would change nothing of the row."""
        return ()

    def name_of(self, row: _M) -> str:
        """Return what the row is called where it is ordered about."""
        return str(row)

    def chosen_rows(self, request: HttpRequest, queryset: QuerySet[_M]) -> Sequence[_M]:
        """Read the rows that are ticked, with what their names need."""
        return list(queryset)

    def row_of(self, request: HttpRequest, object_id: str) -> _M | None:
        """Return the row of a page, if the person may see it."""
        return self.get_object(request, unquote(object_id))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> _M | None:
        """Return the row of a page; where it is only shown, it is read once for its form and its orders."""
        if request.method != "GET":
            return super().get_object(request, object_id, from_field)
        read: dict[tuple[type[Model], str], _M | None] = request.__dict__.setdefault("_rows_of_page", {})
        key = self.model, str(object_id)
        if key not in read:
            read[key] = super().get_object(request, object_id, from_field)
        return read[key]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> Any:
        """Offer what one may do with the row, and of orders those that change something.

        The library asks what one may do with any row at all: it has no more than the row's id.
        """
        offered = super().get_actions_detail(request, object_id)  # type: ignore[misc]  # the library has no types
        row = self.row_of(request, str(object_id)) if offered else None
        if row is None:
            return []
        pointless = {f"{self.opts.app_label}_{self.opts.model_name}_{name}" for name in self.pointless_orders(row)}
        return [
            one
            for one in offered
            if one.action_name not in pointless and self._may(request, row, *one.method.allowed_permissions)
        ]

    def order_one(self, request: HttpRequest, object_id: str, order: Order[_M]) -> HttpResponse:
        """Ask about the row, and for a note where the order takes one; then carry it out and say what it did."""

        def ask(row: _M) -> Confirmation:
            title = order.title.format(f"“{self.name_of(row)}”")
            return Confirmation(title, order.text_of_one(row), order.button)

        def carry_out(row: _M, note: str) -> None:
            now, by = timezone.now(), actor(request)
            foreseen = [] if order.message_of else order.preview([row], now)
            after = order.carry_out(row, note, now, by)
            message = order.message_of(row, after, now, by) if order.message_of else self._message_of(row, *foreseen)
            self.message_user(request, message.text, messages.WARNING if message.is_problem else messages.SUCCESS)

        return self.ask_one(
            request, object_id, ask, carry_out, permission=order.permission, takes_note=order.takes_note
        )

    def ask_one(
        self,
        request: HttpRequest,
        object_id: str,
        ask: Callable[[_M], Confirmation],
        carry_out: Callable[[_M, str], HttpResponse | None],
        *,
        permission: str = "change",
        takes_note: bool = False,
    ) -> HttpResponse:
        """Ask about the row; once confirmed, carry it out, and show its answer, or the row's page.

        What a service refuses, before or then, is shown on the row's page.
        """
        row = self.row_of(request, object_id)
        if row is None:
            return HttpResponseRedirect(self.list_url())
        if not self._may(request, row, permission):
            raise PermissionDenied
        form = note_form(request) if takes_note else None
        note = confirmed_note(request, form)
        with self.showing_errors(request, row):
            if note is None:
                return confirmation_page(self, request, ask(row), form, back=change_url(row))
            if (answer := carry_out(row, note)) is not None:
                return answer
        stays = self.row_of(request, object_id) is not None
        return HttpResponseRedirect(change_url(row) if stays else self.list_url())

    def order_many(self, request: HttpRequest, queryset: QuerySet[_M], order: Order[_M]) -> HttpResponse | None:
        """Show what the order would do, and ask for a note where it takes one; once confirmed, give it to each row, and
        sum up.
        """
        rows, now = self.chosen_rows(request, queryset), timezone.now()
        names = counted(len(rows), str(self.opts.verbose_name), str(self.opts.verbose_name_plural))
        form = note_form(request) if order.takes_note else None
        foreseen = order.preview(rows, now)
        if (note := confirmed_note(request, form)) is not None:
            self._sum_up(request, names, self._carry_out_all(request, rows, order, foreseen, note, now))
            return None
        if not any(self._may(request, row, order.permission) for row in rows):
            raise PermissionDenied
        title = order.title.format(names)
        question = Confirmation(
            title=f"{title}?",
            text=order.text,
            button=title,
            columns=(str(self.opts.verbose_name).capitalize(), "Then"),
            rows=[
                (
                    self.name_of(row),
                    outcome.text if self._may(request, row, order.permission) else "you may only read it",
                )
                for row, outcome in zip(rows, foreseen, strict=True)
            ],
        )
        hidden = selected_rows(request, order.action, queryset)
        return confirmation_page(self, request, question, form, back=self.list_url(), hidden=hidden)

    @contextmanager
    def showing_errors(self, request: HttpRequest, row: _M) -> Iterator[None]:
        """Do something with a row; show a service's refusal and go on."""
        try:
            yield
        except (ServiceError, ValidationError) as error:
            self.message_user(request, f"“{self.name_of(row)}”: {error_text(error)}", messages.ERROR)

    def _may(self, request: HttpRequest, row: _M, *permissions: str) -> bool:
        return all(getattr(self, f"has_{name}_permission")(request, row) for name in permissions)

    def _message_of(self, row: _M, outcome: Outcome) -> OrderMessage:
        return OrderMessage(f"“{self.name_of(row)}”: {outcome.text}.", outcome.is_problem)

    def _carry_out_all(
        self,
        request: HttpRequest,
        rows: Sequence[_M],
        order: Order[_M],
        foreseen: Sequence[Outcome],
        note: str,
        now: datetime,
    ) -> Iterable[tuple[str, Outcome]]:
        """Carry out the order on each row, in a transaction of its own; return what became of them, refusals first."""
        refused, carried_out = [], []
        for row, outcome in zip(rows, foreseen, strict=True):
            try:
                carried_out.append((row, order.carry_out(row, note, now, actor(request)), outcome))
            except (ServiceError, ValidationError) as error:
                refused.append((self.name_of(row), Outcome(REFUSED, error_text(error), is_problem=True)))
        before, after = [row for row, _, _ in carried_out], [row for _, row, _ in carried_out]
        outcomes = order.outcome(before, after, now) if order.outcome else [outcome for _, _, outcome in carried_out]
        return [*refused, *zip(map(self.name_of, before), outcomes, strict=True)]

    def _sum_up(self, request: HttpRequest, names: str, outcomes: Iterable[tuple[str, Outcome]]) -> None:
        """Report in one message how many there were of each outcome, and below it what became of each row."""
        listed = list(outcomes)
        counts = Counter(outcome.kind for _, outcome in listed)
        problems = any(outcome.is_problem for _, outcome in listed)
        level = messages.ERROR if counts[REFUSED] else messages.WARNING if problems else messages.SUCCESS
        summary = format_html(
            '{}: {}.<details class="bs-results"{}><summary>Each of them</summary><ul>{}</ul></details>',
            names,
            ", ".join(f"{count:,} {kind}" for kind, count in counts.items()),
            " open" if problems else "",
            format_html_join("", "<li>“{}”: {}</li>", ((name, outcome.text) for name, outcome in listed)),
        )
        self.message_user(request, summary, level)
