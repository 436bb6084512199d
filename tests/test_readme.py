"""README.md and docs/api.md are true: every request answers as they say, every command prints what they show."""

import json
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import time_machine
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import TestCase

from brands.models import Brand
from budget_system.health import checks as health
from budget_system.health.report import check_everything
from campaigns.models import Campaign
from scheduling.models import Schedule
from spending.models import Import, Spend
from tests.documents import API, OPERATIONS, README, blocks, commands
from tests.support import AgencyTestCase

EXAMPLE = re.compile(
    r"```bash\n(curl (?:(?!```).)*)\n```\n\nAnswer `(\d{3})`"
    r"(?:, with nothing in it\.|:\n\n```(?:json\n(.*?)|csv\n(.*?\n))```)",
    re.DOTALL,
)
SHORT_EXAMPLE = re.compile(r"^(curl (?:.*\\\n)?.*?)  # (\d{3})$", re.MULTILINE)
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True)
class Example:
    """One request, and what is said of its answer: JSON, a CSV file's text, or nothing."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: object


def request(command: str, status: str, answer: object) -> Example:
    """Read a command as a shell would."""
    method, headers, body, url = "GET", {}, "", ""
    following = iter(shlex.split(command.replace("\\\n", " "))[1:])
    for word in following:
        if word == "-X":
            method = next(following)
        elif word == "-H":
            name, _, value = next(following).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(following)
        else:
            url = word
    return Example(method, url.removeprefix("http://localhost:8000"), headers, body, int(status), answer)


def examples() -> Iterator[Example]:
    """Yield the requests of docs/api.md, each with its answer."""
    for command, status, answer, table in EXAMPLE.findall(API):
        yield request(command, status, json.loads(answer) if answer else table)


def short_examples() -> Iterator[Example]:
    """Yield the requests of the README, each with the status of its answer."""
    for command, status in SHORT_EXAMPLE.findall(README):
        yield request(command, status, None)


class Same:
    """Compares answers of two runs: ids by the order in which they are met, the instants of the run as one."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def normal(self, answer: object) -> object:
        answer = answer.splitlines() if isinstance(answer, str) else answer  # lines of CSV end with CR LF
        text = ID.sub(lambda match: self.ids.setdefault(match[0], f"id {len(self.ids)}"), json.dumps(answer))
        return json.loads(INSTANT.sub("now", text))


class RequestTests(TestCase):
    def test_every_request_answers_as_documented(self) -> None:
        first = INSTANT.search(API)
        assert first is not None
        begun = datetime.strptime(first[0], "%Y-%m-%dT%H:%M:%S.%f%z")
        ids: dict[str, str] = {}
        documented, got = Same(), Same()
        count = 0
        with time_machine.travel(begun, tick=False) as clock:
            for example in examples():
                with self.subTest(method=example.method, path=example.path, body=example.body):
                    answer = self.answer(example, ids)
                    self.assertEqual(got.normal(answer), documented.normal(example.answer))
                clock.shift(0.001001)
                count += 1
        self.assertGreater(count, 25)

    def answer(self, example: Example, ids: dict[str, str]) -> Any:
        path, body = example.path, example.body
        for name, value in ids.items():
            path, body = path.replace(f"<{name}>", value), body.replace(f"<{name}>", value)
        content_type = example.headers.pop("Content-Type", "application/json")
        response = self.client.generic(example.method, path, body, content_type, headers=example.headers)
        content = response.getvalue().decode()
        self.assertEqual(response.status_code, example.status, content)
        answer: Any = json.loads(content) if content and response["Content-Type"] == "application/json" else content
        if response.status_code == 201:
            ids[path.split("/")[2].removesuffix("s") + "_id"] = answer["id"]
        return answer

    def test_every_request_of_the_readme_is_answered_with_the_status_beside_it(self) -> None:
        ids: dict[str, str] = {}
        for example in short_examples():
            with self.subTest(method=example.method, path=example.path):
                self.answer(example, ids)
        self.assertEqual(len(list(short_examples())), 10)

    def test_every_request_to_the_api_has_an_answer_beside_it(self) -> None:
        self.assertEqual(len(re.findall(r"```bash\ncurl [^`]*?/api/", API)), len(list(examples())))
        self.assertEqual(len(re.findall(r"^curl .*/api/", README, re.MULTILINE)), len(list(short_examples())))

    def test_health_is_told_in_the_words_of_the_page_for_operators(self) -> None:
        block = re.search(r"curl http://localhost:8000/health/\n```\n```\n(.*?)\n```", OPERATIONS, re.DOTALL)
        assert block is not None
        documented = json.loads(block[1])

        answer = self.client.get("/health/").json()

        self.assertEqual(answer.keys(), documented.keys())
        self.assertEqual(answer["checks"].keys(), documented["checks"].keys())
        self.assertIn(documented["status"], {health.HEALTHY})


class ReadmeCommandTests(AgencyTestCase):
    """Each command in the situation that its documented output tells of."""

    now = datetime(2026, 3, 11, 12, tzinfo=UTC)

    def setUp(self) -> None:
        super().setUp()
        self.other = self.make_campaign("Autumn sale")

    def assert_documented(self, *arguments: str) -> None:
        output = StringIO()
        with time_machine.travel(self.now, tick=False):
            call_command(*arguments, stdout=output)
        self.assertIn(f"```\n{output.getvalue()}```", README)

    def test_enforce_budgets(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(daily_budget=Decimal("10.00"))
        Spend.objects.create(campaign=self.campaign, amount=Decimal("10.00"), spend_date=self.now.date())
        self.assert_documented("enforce_budgets")

    def test_enforce_dayparting(self) -> None:
        Schedule.objects.create(campaign=self.campaign, day_of_week=2, start_time=time(9), end_time=time(11))
        self.assert_documented("enforce_dayparting")

    def test_reset_spends(self) -> None:
        capped = self.make_campaign("Winter sale", daily="10.00")
        self.spend("10.00", campaign=capped)
        self.spend("5.00", campaign=self.other)
        self.assert_documented("reset_spends", "--daily")

    def test_check_totals_and_tick(self) -> None:
        Brand.objects.all().delete()
        for name, streams in {"check_totals": ("stdout",), "tick": ("stderr",)}.items():
            output = StringIO()
            call_command(name, **dict.fromkeys(streams, output))
            self.assertIn(f"`{output.getvalue().strip()}`", README)

    def test_health_check(self) -> None:
        block = re.search(r"health_check_task\(\)\)\"\n```\n```\n(.*?)\n```", README)
        assert block is not None
        documented = json.loads(block[1].replace("'", '"'))

        report = json.loads(json.dumps(check_everything(now=self.now)))

        self.assertEqual(report.keys(), documented.keys())
        self.assertEqual(report["checks"].keys(), documented["checks"].keys())
        for name in documented["checks"]:
            self.assertEqual(report["checks"][name].keys(), documented["checks"][name].keys())


class TypedExampleTests(AgencyTestCase):
    """What the pages have one type goes through as it stands, in this order, in a folder with the files it names."""

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.enterContext(chdir(self.folder))

    def type(self, words: list[str]) -> str:
        """Run a command of `manage.py`; return what it prints."""
        written = BytesIO()
        output = TextIOWrapper(written, encoding="utf-8", write_through=True)
        call_command(*words[2:], stdout=output, stderr=output)
        return written.getvalue().decode()

    def typed(self, page: str, command: str) -> list[list[str]]:
        """Return the lines of a page's shell blocks that call a command of `manage.py`."""
        lines = [words for block in blocks(page) if block.language == "bash" for words in commands(block)]
        return [words for words in lines if words[1:3] == ["manage.py", command]]

    def test_a_report_is_shown_booked_and_undone(self) -> None:
        (self.folder / "report.csv").write_text("campaign_id,campaign,date,cost\n7001,Shoes,2026-03-10,12.34\n")
        show, book, undo = self.typed("docs/importing.md", "import_spends")

        self.type(show)
        self.assertEqual(Spend.objects.count(), 0)
        self.type(book)
        self.assertEqual(Spend.objects.get().amount, Decimal("12.34"))
        self.type([*undo[:-1], str(Import.objects.get().pk)])
        self.assertEqual(Spend.objects.count(), 0)

    def test_months_are_exported_in_each_form(self) -> None:
        self.spend("10.00")
        written = [
            self.type(words[:-1] if "--xlsx" in words else words) for words in self.typed("docs/api.md", "export")
        ]

        self.assertEqual(len(written), 3)
        self.assertIn("Acme,2026-03,USD,2000.00,10.00,0.00,0", written[0])
        self.assertEqual(written[1].removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), written[0])

    def test_a_token_is_issued_used_and_revoked(self) -> None:
        get_user_model().objects.create_user("ana")
        ((issue,), (revoke,)) = (self.typed("docs/security.md", f"{order}_token") for order in ("issue", "revoke"))

        self.type(issue)
        headers = {"Authorization": f"Token {Path('token.txt').read_text().strip()}"}
        self.assertEqual(self.client.get("/api/brands/", headers=headers).json(), [])
        self.type(revoke)
        self.assertEqual(self.client.get("/api/brands/", headers=headers).status_code, 401)
