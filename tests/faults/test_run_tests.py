"""`./run_tests.sh`: what it takes and says, and that Ctrl-C leaves no process, no temporary file and no .env."""

import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
from django.test import SimpleTestCase, tag

from scripts.marked_processes import end_processes, find_processes
from tests.project import copy_project

WITHIN = 15
"""Seconds."""

DICE = random.Random(20260311)
MOMENTS = [DICE.uniform(0, 60) for _ in range(20)] if os.environ.get("BUDGET_SOAK") else []
ALL_IS_UP = 100.0
"""Seconds within which PostgreSQL and broker run beside the tests."""


@tag("processes")
class InterruptedTests(SimpleTestCase):
    def test_ctrl_c_leaves_nothing_running(self) -> None:
        for moment in (None, *MOMENTS):
            with self.subTest(f"after {moment} s" if moment else "while all is up"):
                self.interrupted(moment)

    def interrupted(self, moment: float | None) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        Path(scratch.name).chmod(0o711)  # a PostgreSQL of root's runs as another user
        project = copy_project(Path(scratch.name) / "project")
        temporary = Path(scratch.name) / "tmp"
        temporary.mkdir(mode=0o711)
        name, value = "BUDGET_INTERRUPTED", secrets.token_hex(8)
        mark = f"{name}={value}"
        self.addCleanup(end_processes, mark, patience=0)
        run = subprocess.Popen(
            [str(project / "run_tests.sh")],
            cwd=project,
            env={**os.environ, name: value, "TMPDIR": str(temporary), "TEST_DATABASE_URL": ""},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if moment is None:
            deadline, running = time.monotonic() + ALL_IS_UP, set[str]()
            while not {"postgres", "celery"} <= running:
                self.assertLess(time.monotonic(), deadline, running)
                time.sleep(0.5)
                running = {word for process in find_processes(mark) for word in words_of(process)}
        else:
            time.sleep(moment)

        os.killpg(run.pid, signal.SIGINT)  # as the terminal does: to the group in the foreground
        interrupted = time.monotonic()
        status = run.wait(60)

        self.assertEqual(status, 130)
        self.assertEqual([words_of(process) for process in find_processes(mark)], [])
        self.assertLess(time.monotonic() - interrupted, WITHIN)
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertFalse((project / ".env").exists())


LEFT_OUT = """
from django.test import SimpleTestCase, tag


@tag("processes")
class LeftOutTests(SimpleTestCase):
    def test_it_is_left_out(self):
        self.fail("It starts processes.")
"""


@tag("processes")
class CommandTests(SimpleTestCase):
    """A project with a few tests, where the checkers only note that they were asked."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.project = copy_project(Path(scratch.name) / "project", with_venv=False)
        for kept, app in (("test_bulk_rows", "spending"), ("test_windows", "scheduling"), ("", "budget_system")):
            for path in (self.project / app).glob("**/test_*.py"):
                if path.stem != kept:
                    path.unlink()
        for app in ("brands", "campaigns", "tasks"):
            shutil.rmtree(self.project / app / "tests")
        (self.project / "scheduling" / "tests" / "test_left_out.py").write_text(LEFT_OUT)
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

    def test_fast_checks_all_and_tests_the_apps_without_what_starts_processes(self) -> None:
        done = self.run_tests("--fast")

        self.assertTrue(done.stdout.endswith("\n✅ ALL TESTS PASSED!\n"), done.stdout)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(
            sorted(self.asked.read_text().splitlines()), ["lint-imports ", "mypy .", "ruff check", "ruff format"]
        )
        self.assertIn("No changes detected", done.stdout)
        self.assertRegex(done.stdout, r"== tests of the other apps\n[.]+ .*\n\d+ passed, 1 deselected")
        self.assertRegex(done.stdout, r"== tests of spending\n[.]+ .*\n\d+ passed")

    def test_fast_fails_with_the_name_of_what_failed(self) -> None:
        self.replace_checker("mypy", status=1)
        (self.project / "spending" / "tests" / "test_bulk_rows.py").write_text("import nowhere_at_all\n")

        done = self.run_tests("--fast")

        self.assertEqual(done.returncode, 1)
        verdict = "Failed: types, tests of spending\n❌ SOME TESTS FAILED! Check the output above.\n"
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


def words_of(process: psutil.Process) -> list[str]:
    """Return a process's command, with the bare names of its programs."""
    with suppress(psutil.Error):
        return [Path(word).name for word in process.cmdline()]
    return []
