"""`./run_tests.sh`: what it takes and says."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase, tag

from tests.project import copy_project

PASSES = """
from django.test import SimpleTestCase, tag


class PassingTests(SimpleTestCase):
    def test_it_passes(self):
        pass
"""
LEFT_OUT = f"""{PASSES}

class LeftOutTests(SimpleTestCase):
    @tag("processes")
    def test_what_starts_processes_is_left_out(self):
        self.fail("It starts processes.")

    @tag("slow")
    def test_what_is_slow_is_left_out(self):
        self.fail("It is slow.")
"""


@tag("processes")
class CommandTests(SimpleTestCase):
    """A project with a few tests, where the checkers only note that they were asked."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.project = copy_project(Path(scratch.name) / "project", with_venv=False)
        for app in ("alerts", "brands", "budget_system", "campaigns", "delivery", "scheduling", "spending", "tasks"):
            for path in (self.project / app).glob("**/test_*.py"):
                path.unlink()
        (self.project / "brands" / "tests" / "test_one.py").write_text(LEFT_OUT)
        (self.project / "spending" / "tests" / "test_one.py").write_text(PASSES)
        self.asked = Path(scratch.name) / "asked"
        own = Path(sys.executable).parent
        programs = self.project / "venv" / "bin"
        programs.mkdir(parents=True)
        for path in own.parent.iterdir():
            if path.name != "bin":
                (programs.parent / path.name).symlink_to(path)
        for path in own.iterdir():
            (programs / path.name).symlink_to(path)
        for name in ("ruff", "lint-imports", "mypy"):
            self.replace_checker(name, status=0)

    def replace_checker(self, name: str, *, status: int) -> None:
        path = self.project / "venv" / "bin" / name
        path.unlink()
        path.write_text(f'#!/bin/sh\necho "{name} $1" >>"{self.asked}"\nexit {status}\n')
        path.chmod(0o755)

    def run_tests(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.project / "run_tests.sh"), *arguments],
            cwd=self.project,
            env={**os.environ, "TEST_DATABASE_URL": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def test_fast_checks_all_and_tests_the_apps_without_what_starts_processes_or_is_slow(self) -> None:
        done = self.run_tests("--fast")

        self.assertTrue(done.stdout.endswith("\n✅ ALL TESTS PASSED!\n"), done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(
            sorted(self.asked.read_text().splitlines()), ["lint-imports ", "mypy .", "ruff check", "ruff format"]
        )
        self.assertIn("No changes detected", done.stdout)
        self.assertRegex(
            done.stdout, r"== tests of alerts, brands, campaigns and delivery\n[.] .*\n1 passed, 2 deselected"
        )
        self.assertRegex(done.stdout, r"== tests of spending and scheduling\n[.] .*\n1 passed")

    def test_fast_fails_with_the_name_of_what_failed(self) -> None:
        self.replace_checker("mypy", status=1)
        (self.project / "spending" / "tests" / "test_one.py").write_text("import nowhere_at_all\n")

        done = self.run_tests("--fast")

        self.assertEqual(done.returncode, 1)
        verdict = "Failed: types, tests of spending and scheduling\n❌ SOME TESTS FAILED! Check the output above.\n"
        self.assertTrue(done.stdout.endswith(verdict), done.stdout)

    def test_what_it_does_not_know_is_refused(self) -> None:
        for arguments, sentence in (
            (("--fast", "brands"), "--fast takes nothing beside it; to run some tests only, leave it out"),
            (("--nonsense",), "unrecognized arguments: --nonsense"),
            (("no_such_label",), "no_such_label"),
        ):
            with self.subTest(arguments):
                done = self.run_tests(*arguments)
                self.assertEqual(done.returncode, 1)
                self.assertIn(sentence, done.stdout)
                self.assertNotIn("✅", done.stdout)
