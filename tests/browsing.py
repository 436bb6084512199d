"""An administrator at the admin: forms are read from the page, filled in and sent, as a browser does."""

from collections.abc import Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import time_machine
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support import AgencyTestCase

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer  # its name in the stubs alone

Form = dict[str, str]


class FormReader(HTMLParser):
    """Reads what a form of a page would send if nobody touched it."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: Form = {}
        self._inside = self._has_option = False
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name, value = found.get("name") or "", found.get("value") or ""
        if tag == "form":
            self._inside = found.get("id") == self.form_id
        elif not self._inside:
            return
        elif tag == "input" and name and found.get("type") not in {"submit", "button"}:
            if found.get("type") not in {"checkbox", "radio"}:
                self.fields[name] = value
            elif "checked" in found:
                self.fields[name] = value or "on"
        elif tag == "select":
            self._select = name
            self._has_option = False
        elif tag == "option" and ("selected" in found or not self._has_option):
            self.fields[self._select] = value  # without a choice, a browser sends the first
            self._has_option = True
        elif tag == "textarea":
            self._textarea = name
            self.fields[name] = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            # A browser drops the line break with which the tag begins.
            self.fields[self._textarea] = self.fields[self._textarea].removeprefix("\n")
            self._textarea = ""
        elif tag == "form":
            self._inside = False


def boxes_of(form: Mapping[str, object]) -> dict[str, object]:
    """Return the boxes “No limit” beside the budgets that a form holds, each with its budget."""
    return {f"{name}_no_limit": form[name] for name in ("daily_budget", "monthly_budget") if name in form}


class AdminTestCase(AgencyTestCase):
    """The agency, at noon, with an administrator logged in."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.admin = User.objects.create_superuser("ana", password="ana")
        self.client.force_login(self.admin)

    def url(self, row: models.Model | type[models.Model], page: str, *args: object) -> str:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=args)

    def page_of(self, row: models.Model, page: str = "change") -> str:
        return self.url(row, page, row.pk)

    def open(self, url: str, form: str) -> Form:
        """Open a page, and give what its form holds."""
        answer = self.client.get(url)
        self.assertEqual(answer.status_code, 200)
        return self.read_form(answer.content.decode(), form)

    def read_form(self, html: str, form: str) -> Form:
        """Return what a page's form holds."""
        reader = FormReader(f"{form}_form")
        reader.feed(html)
        return {name: value for name, value in reader.fields.items() if "__prefix__" not in name}

    def send(self, url: str, form: Mapping[str, object]) -> "Answer":
        """Send a form; what the answer's page says is in `messages_in`.

        “No limit” is not ticked beside an amount: the page's script sees to it.
        """
        unticked = {box for box, amount in boxes_of(form).items() if amount}
        return self.client.post(url, {name: value for name, value in form.items() if name not in unticked})

    def change(self, row: models.Model, **values: str | None) -> "Answer":
        """Open a row's form, type some values (`None` clears a box that is ticked), and save.

        Beside a budget that is emptied “No limit” is ticked; what is asked before it is saved is answered with a yes.
        """
        url = self.page_of(row)
        ticked = {box: "on" for box, amount in boxes_of(values).items() if amount == ""}
        form: dict[str, Any] = {**self.open(url, str(row._meta.model_name)), **ticked, **values}
        typed = {name: value for name, value in form.items() if value is not None}
        answer = self.send(url, typed)
        question = answer.context and answer.context.get("question")
        return self.send(url, {**typed, "answer": question.answer}) if question else answer

    def act(self, action: str, *rows: models.Model, **more: object) -> "Answer":
        """Choose rows in their list, and an action."""
        form = {"action": action, "_selected_action": [str(row.pk) for row in rows], **more}
        return self.send(self.url(rows[0], "changelist"), form)

    def messages_in(self, answer: "Answer") -> str:
        """Return the messages that the person is shown."""
        return "\n".join(str(message) for message in get_messages(answer.wsgi_request))

    def errors(self, answer: "Answer") -> dict[str, list[str]]:
        """Return the errors of the form that was shown again."""
        self.assertEqual(answer.status_code, 200)
        shown: dict[str, list[str]] = answer.context["adminform"].form.errors
        return shown

    def queries_of_list(self, model: type[models.Model]) -> int:
        """Count the queries of the list's page."""
        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.client.get(self.url(model, "changelist")).status_code, 200)
        return len(queries)
