"""The documents are of one piece: links and anchors lead somewhere, names exist, what is written to be typed can be."""

import json
import re
import unittest
from pathlib import Path

import yaml
from django.core.management import get_commands, load_command_class
from django.test import SimpleTestCase
from django.urls import reverse

from budget_system.api.authentication import SCHEME
from budget_system.web.body_limits import MAX_FORM_WITH_FILE, MB
from tests.documents import (
    EVERYTHING,
    OPERATIONS,
    PAGES,
    README,
    ROOT,
    Block,
    anchors,
    blocks,
    commands,
    definitions,
    explained_settings,
    headings,
    links,
    rows,
)
from tests.nginx import CONFIGURATION

SECTIONS = (
    *("Overview", "Table of Contents", "Features", "Project Structure", "Setup & Running Locally", "Data Models"),
    *("Admin Panel Usage", "Management Commands", "Celery Tasks & Health Check", "Static Typing & Testing"),
    *("Daily & Monthly Workflow", "Assumptions & Simplifications", "Troubleshooting", "Contributing"),
    *("Delivery Checklist", "Pseudo-code", "REST API Usage Examples", "Running All Tests"),
)
"""What the README was promised to have, in this order."""
LONGEST = {"README.md": 400, "PSEUDOCODE.md": 250}
"""Lines that a page has at most; what is more has a page of its own in docs/."""
APPS = ("alerts", "brands", "budget_system", "campaigns", "delivery", "scheduling", "spending", "tasks")
OTHERS = {
    *("brew", "docker", "sudo", "git", "npx", "openapi-python-client"),
    *("cd", "source", "echo", "mkdir", "find", "mypy", "pytest", "ruff", "lint-imports"),
}
"""What changes the machine or asks the network (tests/clients runs what generates clients), or needs no check."""


class PageTests(SimpleTestCase):
    def test_no_page_is_longer_than_one_reads(self) -> None:
        for page, most in LONGEST.items():
            with self.subTest(page):
                self.assertLessEqual(PAGES[page].count("\n"), most)

    def test_the_readme_has_the_sections_that_were_promised_and_one_picture(self) -> None:
        self.assertEqual(headings("README.md", "##"), list(SECTIONS))
        pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
        self.assertEqual(len(pictures), 1)
        self.assertLess((ROOT / pictures[0]).stat().st_size, 200_000)

    def test_the_readme_leads_to_every_page(self) -> None:
        linked = {path for path, _ in links("README.md")}
        self.assertLessEqual(set(PAGES) - {"README.md", "CHANGELOG.md"}, linked)

    def test_every_relative_link_and_anchor_exists(self) -> None:
        for page in PAGES:
            for path, anchor in links(page):
                with self.subTest(page=page, path=path, anchor=anchor):
                    self.assertTrue((ROOT / path).exists())
                    if anchor:
                        self.assertIn(anchor, anchors(path))

    def test_a_table_of_contents_lists_every_section_in_order(self) -> None:
        for page, text in PAGES.items():
            in_lines = re.findall(r"(?:^| · )\[(.+?)\]\(#", text.partition("\n## ")[0], re.MULTILINE)
            contents = re.findall(r"^- \[(.+?)\]\(#", text, re.MULTILINE) or in_lines
            sections = [section for section in headings(page, "##") if section not in SECTIONS[:2]]
            with self.subTest(page):
                self.assertTrue(contents or len(sections) < 4 or page == "CHANGELOG.md")
                if contents:
                    self.assertEqual(contents, sections)

    def test_every_file_of_the_project_structure_exists(self) -> None:
        names = re.findall(r"^[├└]── (\S+)", README, re.MULTILINE)
        self.assertGreater(len(names), 15)
        self.assertEqual([name for name in names if not (ROOT / name).exists()], [])

    def test_every_file_that_a_page_names_exists(self) -> None:
        for page, text in PAGES.items():
            named = re.findall(r"`((?:\w+/)+[\w.]*\w(?:\.\w+)?/?)`", text) if page != "CHANGELOG.md" else []
            with self.subTest(page):
                self.assertEqual(
                    [name for name in named if name.split("/")[0] in TOP and not (ROOT / name).exists()], []
                )
        self.assertGreater(len(re.findall(r"`[a-z_]+/[\w./]+`", PAGES["docs/security.md"])), 30)


TOP = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"venv"}


class ExampleTests(SimpleTestCase):
    """What is not run by tests of its own (tests/test_readme.py) can at least be typed, and is taken."""

    def test_every_block_is_of_a_kind_that_is_held(self) -> None:
        for block in blocks():
            with self.subTest(page=block.page, text=block.text[:60]):
                self.assertTrue(getattr(self, f"hold_{block.language or 'text'}")(block))

    def hold_bash(self, block: Block) -> bool:
        return all(self.hold_command(words) for words in commands(block))

    hold_cron = hold_bash

    def hold_command(self, words: list[str]) -> bool:
        match words:
            case [setting] if "=" in setting:
                self.assertIn(setting.partition("=")[0], explained_settings())
            case ["python" | "venv/bin/python", *arguments]:
                self.hold_python_command(*arguments)
            case ["cp", file, _] | ["pip", "install", "-r", file]:
                self.assertTrue((ROOT / file).exists(), file)
            case ["./run_tests.sh", label] if not label.startswith("-"):
                self.assertTrue(is_test_label(label), label)
            case ["curl", *rest]:
                self.assertTrue([word for word in rest if word.startswith("http://localhost:8000/")], words)
            case [name, *_]:
                self.assertTrue(name in OTHERS or (ROOT / name).is_file(), words)
        return True

    def hold_python_command(self, *arguments: str) -> None:
        match arguments:
            case ["manage.py", "test", label, *_]:
                self.assertTrue(is_test_label(label), label)
            case ["manage.py", name, *rest]:
                self.assertTrue(takes(name, rest), arguments)
            case ["-m", "venv", _]:
                pass
            case ["-m", module, *_]:
                path = ROOT / module.replace(".", "/")
                self.assertTrue(path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module)
            case [script]:
                self.assertTrue((ROOT / script).is_file(), script)

    def hold_python(self, block: Block) -> bool:
        return block.page == "docs/alerts.md"  # run by alerts/tests/test_documented.py

    def hold_json(self, block: Block) -> bool:
        json.loads(block.text)
        return True

    def hold_csv(self, block: Block) -> bool:
        return f"Answer `200`:\n\n```csv\n{block.text}" in PAGES[block.page]  # compared by tests/test_readme.py

    def hold_nginx(self, block: Block) -> bool:
        """Hold what is passed on to what tests/test_behind_nginx.py and tests/test_path_prefix.py run behind."""
        passed_on = re.compile(r"proxy_set_header .*;")
        self.assertEqual(passed_on.findall(block.text), passed_on.findall(CONFIGURATION))
        self.assert_room(re.findall(r"client_max_body_size (\d+)m;", block.text), MB)
        return True

    def hold_apache(self, block: Block) -> bool:
        self.assert_room(re.findall(r"LimitRequestBody (\d+)", block.text), 1)
        return "X-Forwarded-Proto https" in block.text and "ProxyPreserveHost On" in block.text

    def hold_yaml(self, block: Block) -> bool:
        """Hold what Prometheus is to send to what `/metrics` takes."""
        (job,) = yaml.safe_load(block.text)["scrape_configs"]
        self.assertEqual(reverse("metrics"), job.get("metrics_path", "/metrics"))
        return bool(job["authorization"]["type"] == SCHEME)

    def assert_room(self, limits: list[str], unit: int) -> None:
        for limit in limits:
            self.assertGreater(int(limit) * unit, MAX_FORM_WITH_FILE)

    def hold_text(self, block: Block) -> bool:
        """Hold pseudo-code to its pages, and what commands print to where they are shown (tests/test_readme.py)."""
        return block.page in ("PSEUDOCODE.md", "docs/architecture.md") or block.text.startswith(("├──", "INFO ", "{"))


class NameTests(SimpleTestCase):
    def test_every_variable_is_in_the_table_and_in_env_example(self) -> None:
        table = set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))
        settings = (module.read_text() for module in (ROOT / "budget_system" / "settings").glob("*.py"))
        read = set(re.findall(r"\benv\.\w+\(\s*\"([A-Z_]+)\"", "".join(settings)))
        self.assertIn("DATABASE_URL", read)
        self.assertEqual(table, explained_settings())
        self.assertLessEqual(read - {"TEST_DATABASE_URL"}, table)

    def test_every_command_exists(self) -> None:
        named = set(re.findall(r"manage\.py ([a-z_]+)", EVERYTHING))
        named |= {row[0].strip("`").split()[0] for row in rows("README.md", "| command | what it does |")}
        named -= {"test"}
        self.assertLessEqual({"check_totals", "export", "tick", "seed_demo", "enforce_budgets", "purge_brand"}, named)
        self.assertEqual(named - set(get_commands()), set())

    def test_every_event_that_is_logged_is_explained_to_operators_and_no_other(self) -> None:
        log = OPERATIONS.partition("\n## The log\n")[2].partition("\n## ")[0]
        explained = {
            name
            for row in re.findall(r"^\| (`[a-z_]+`.*?) \|", log, re.MULTILINE)
            for name in re.findall(r"`([a-z_]+)`", row)
        } - {"event"}
        sources = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py") if "tests" not in path.parts]
        logged = {
            name
            for source in sources
            for named in re.findall(r'"event": ([^,}\n]+)|_log\(logging\.\w+, ("\w+")|_log\(("\w+_\w+")', source)
            for name in re.findall(r'"([a-z_]+)"', "".join(named))
        }
        self.assertGreater(len(logged), 12)
        self.assertEqual(explained, logged)


class ArchitectureTests(SimpleTestCase):
    def test_every_step_of_the_walks_is_a_function_of_its_file(self) -> None:
        steps = rows("docs/architecture.md", "| file | function |")
        self.assertGreater(len(steps), 40)
        for file, function, _ in steps:
            with self.subTest(file=file, function=function):
                self.assertIn(function.strip("`"), definitions(file.strip("`")))

    def test_the_glossary_has_thirty_terms_in_order_and_each_stands_where_it_is_said_to_live(self) -> None:
        terms = rows("docs/architecture.md", "| term | what it is |")
        names = [term for term, *_ in terms]
        self.assertGreaterEqual(len(names), 30)
        self.assertEqual(names, sorted(set(names)))
        for term, _, places in terms:
            for place in re.findall(r"`([^`]+)`", places):
                with self.subTest(term=term, place=place):
                    self.assertIn(term.split()[-1][:6], (ROOT / place).read_text().lower().replace("_", " "))


def takes(name: str, arguments: list[str]) -> bool:
    """Return whether a management command takes these arguments."""
    app = get_commands()[name]
    try:
        load_command_class(app, name).create_parser("manage.py", name).parse_args(arguments)
    except SystemExit:
        return False
    return True


def is_test_label(label: str) -> bool:
    """Return whether a label matches tests; one that matches nothing gives a test that fails to load."""
    if (ROOT / Path(label)).is_dir():
        return True
    suite = unittest.defaultTestLoader.loadTestsFromName(label)
    return "_FailedTest" not in str(suite) and suite.countTestCases() > 0
