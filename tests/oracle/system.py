"""The system under test, reached through its public entry points only."""

import json
from collections.abc import Callable, Mapping
from io import StringIO

from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from tasks import budget_tasks
from tests.oracle.rows import Row

TASKS: Mapping[str, Callable[[], Mapping[str, int]]] = {
    "dayparting": budget_tasks.enforce_dayparting_task,
    "budgets": budget_tasks.enforce_budget_limits_task,
    "daily": budget_tasks.daily_reset_task,
    "monthly": budget_tasks.monthly_reset_task,
}


class Answer:
    """The answer to a request."""

    def __init__(self, code: int, body: object, etag: str = "") -> None:
        """Keep status, decoded body and ETag."""
        self.code = code
        self.body = body
        self.etag = etag

    @property
    def row(self) -> Row:
        """The body, where it is one object."""
        assert isinstance(self.body, dict), self.body
        return self.body

    @property
    def rows(self) -> list[Row]:
        """The body, where it is a list."""
        assert isinstance(self.body, list), self.body
        return self.body


class System:
    """One client of the API, the tasks as functions, and the commands."""

    def __init__(self) -> None:
        """Open a client."""
        self.client = APIClient()

    def send(self, method: str, path: str, body: Row | list[Row] | None = None) -> Answer:
        """Send a request and decode its answer."""
        data = None if body is None else json.dumps(body)
        answer = self.client.generic(method, path, data or "", content_type="application/json")
        content = getattr(answer, "content", b"")
        etag = answer.headers.get("ETag", "")
        return Answer(answer.status_code, json.loads(content) if content else None, etag)

    def tick(self, task: str) -> None:
        """Run one scheduled task; an error in it is an error of the run."""
        counts = TASKS[task]()
        assert not counts["errors"], (task, counts)

    def spend_task(self, campaign: str, amount: str, day: str | None, external_id: str) -> None:
        """Book a spend as a worker does."""
        budget_tasks.track_spend_task(campaign, amount, spend_date=day, external_id=external_id)

    def command(self, *words: str) -> str:
        """Type a management command, and read what it printed."""
        printed = StringIO()
        call_command(*words, stdout=printed, stderr=printed)
        return printed.getvalue()

    def import_spends(self, *words: str) -> Answer:
        """Type `import_spends`: 201 and what it printed, or 400 and why it refuses."""
        try:
            return Answer(201, self.command("import_spends", *words))
        except CommandError as refusal:
            return Answer(400, str(refusal))
