"""README.md is true: every request answers as it says, every name in it exists."""

import json
import re
import shlex
import unittest
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import time_machine
from django.core.management import call_command, get_commands
from django.test import SimpleTestCase, TestCase

from brands.models import Brand
from budget_system.health import checks as health
from campaigns.models import Campaign
from scheduling.models import Schedule
from spending.models import Spend
from tests.support import AgencyTestCase

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
PAGES = ("README.md", "PSEUDOCODE.md", "CHANGELOG.md")

EXAMPLE = re.compile(
    r"```bash\n(curl (?:(?!```).)*)\n```\n\nAnswer `(\d{3})`"
    r"(?:, with nothing in it\.|:\n\n```(?:json\n(.*?)|csv\n(.*?\n))```)",
    re.DOTALL,
)
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@dataclass(frozen=True)
class Example:
    """One request of the README, and what it says of the answer: JSON, a CSV file's text, or nothing."""

    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    answer: object


def examples() -> Iterator[Example]:
    """Read the requests as a shell would."""
    for command, status, answer, table in EXAMPLE.findall(README):
        words = shlex.split(command.replace("\\\n", " "))
        method, headers, body, url = "GET", {}, "", ""
        following = iter(words[1:])
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
        path = url.removeprefix("http://localhost:8000")
        yield Example(method, path, headers, body, int(status), json.loads(answer) if answer else table)


class Same:
    """Compares answers of two runs: ids by the order in which they are met, the instants of the run as one."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}

    def normal(self, answer: object) -> object:
        answer = answer.splitlines() if isinstance(answer, str) else answer  # lines of CSV end with CR LF
        text = ID.sub(lambda match: self.ids.setdefault(match[0], f"id {len(self.ids)}"), json.dumps(answer))
        return json.loads(INSTANT.sub("now", text))


class ReadmeRequestTests(TestCase):
    def test_every_request_answers_as_documented(self) -> None:
        first = INSTANT.search(README)
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

    def test_every_request_to_the_api_has_an_answer_beside_it(self) -> None:
        requests = re.findall(r"```bash\ncurl [^`]*?/api/", README)
        self.assertEqual(len(requests), len(list(examples())))

    def test_health_is_told_in_the_words_of_the_readme(self) -> None:
        block = re.search(r"curl http://localhost:8000/health/\n```\n```\n(.*?)\n```", README, re.DOTALL)
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

        report = json.loads(json.dumps(health.check_everything(now=self.now)))

        self.assertEqual(report.keys(), documented.keys())
        self.assertEqual(report["checks"].keys(), documented["checks"].keys())
        for name in documented["checks"]:
            self.assertEqual(report["checks"][name].keys(), documented["checks"][name].keys())


class ReadmeNamesTests(SimpleTestCase):
    def test_every_variable_is_in_the_table_and_in_env_example(self) -> None:
        table = set(re.findall(r"^\| `([A-Z_]+)` \|", README, re.MULTILINE))
        explained = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / "env.example").read_text(), re.MULTILINE))
        settings = (ROOT / "budget_system" / "settings.py").read_text()
        read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", settings))
        self.assertEqual(table, explained)
        self.assertLessEqual(read - {"TEST_DATABASE_URL"}, table)

    def test_every_relative_link_and_anchor_exists(self) -> None:
        for page in PAGES:
            text = (ROOT / page).read_text()
            headings = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            for target in re.findall(r"\]\(([^)\s]+)\)", text):
                with self.subTest(page=page, target=target):
                    if target.startswith("#"):
                        self.assertIn(target[1:], anchors)
                    elif not target.startswith("http"):
                        self.assertTrue((ROOT / target.partition("#")[0]).exists())

    def test_the_table_of_contents_lists_every_section_in_order(self) -> None:
        for page in PAGES[:2]:
            text = (ROOT / page).read_text()
            sections = re.findall(r"^## (.+)$", text, re.MULTILINE)
            self.assertEqual(re.findall(r"^- \[(.+?)\]\(#", text, re.MULTILINE), sections)

    def test_every_file_of_the_project_structure_exists(self) -> None:
        names = re.findall(r"^[├└]── (\S+)", README, re.MULTILINE)
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in names if not (ROOT / name).exists()], [])

    def test_every_file_that_the_page_on_security_names_exists(self) -> None:
        named = re.findall(r"`([a-z_]+/[\w./]+)`", (ROOT / "docs" / "SECURITY.md").read_text())
        self.assertGreater(len(named), 30)
        self.assertEqual([name for name in named if not (ROOT / name).exists()], [])

    def test_every_command_exists(self) -> None:
        commands = set(re.findall(r"manage\.py ([a-z_]+)", README + OPERATIONS))
        commands |= set(re.findall(r"^\| `([a-z_]+)` \| (?:compares|one pass|loads|writes)", README, re.MULTILINE))
        self.assertLessEqual({"check_totals", "export", "tick", "seed_demo", "enforce_budgets"}, commands)
        self.assertEqual(commands - set(get_commands()), set())

    def test_every_link_of_the_page_for_operators_leads_somewhere(self) -> None:
        links = re.findall(r"\]\(([^)\s#]*)(#[^)\s]*)?\)", OPERATIONS)
        self.assertGreater(len(links), 10)
        for target, anchor in links:
            with self.subTest(target + anchor):
                page = (ROOT / "docs" / target) if target else ROOT / "docs" / "operations.md"
                self.assertTrue(page.exists())
                headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
                self.assertIn(anchor.removeprefix("#") or next(iter(anchors)), anchors)

    def test_every_event_that_is_logged_is_explained_to_operators_and_no_other(self) -> None:
        explained = {
            name
            for row in re.findall(r"^\| (`[a-z_]+`.*?) \|", OPERATIONS, re.MULTILINE)
            for name in re.findall(r"`([a-z_]+)`", row)
        } - {"event"}
        apps = ("budget_system.accounts", "brands", "budget_system", "campaigns", "scheduling", "spending", "tasks")
        sources = [path.read_text() for app in apps for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
        logged = {
            name
            for source in sources
            for told in re.findall(r'"event": ([^,}\n]+)|_tell\(logging\.\w+, ("\w+")', source)
            for name in re.findall(r'"([a-z_]+)"', "".join(told))
        }
        self.assertGreater(len(logged), 12)
        self.assertEqual(explained, logged)

    def test_every_test_label_matches_tests(self) -> None:
        labels = re.findall(r"^(?:\./run_tests\.sh|python manage\.py test) ([\w.]+)", README, re.MULTILINE)
        self.assertGreater(len(labels), 8)
        for label in labels:
            with self.subTest(label=label):
                self.assertTrue((ROOT / label).is_dir() or count(unittest.defaultTestLoader.loadTestsFromName(label)))


def count(suite: unittest.TestSuite) -> int:
    """Count tests; a label that matches nothing gives one that fails to load."""
    return 0 if "_FailedTest" in str(suite) else suite.countTestCases()
