"""`./run_tests.sh`: Ctrl-C leaves no process, no temporary file and no .env."""

import os
import random
import secrets
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
from django.test import SimpleTestCase, tag

from scripts.marked_processes import end_processes, find_processes
from tests.project import copy_project

WITHIN = 15
"""Seconds."""

DICE = random.Random(20260311)
MOMENTS = [DICE.uniform(0, 60) for _ in range(20)] if os.environ.get("BUDGET_SOAK") else []
ALL_IS_UP = 300.0
"""Seconds within which PostgreSQL and broker run beside the tests."""


@tag("processes")
class InterruptedTests(SimpleTestCase):
    def test_ctrl_c_leaves_nothing_running(self) -> None:
        for moment in (None, *MOMENTS):
            # One that does not end must not run on beside those that follow.
            with self.subTest(f"after {moment} s" if moment else "while all is up"), ExitStack() as last:
                self.interrupted(moment, last)

    def interrupted(self, moment: float | None, last: ExitStack) -> None:
        scratch = tempfile.TemporaryDirectory()
        last.callback(scratch.cleanup)
        Path(scratch.name).chmod(0o711)  # a PostgreSQL of root's runs as another user
        project = copy_project(Path(scratch.name) / "project")
        temporary = Path(scratch.name) / "tmp"
        temporary.mkdir(mode=0o711)
        name, value = "BUDGET_INTERRUPTED", secrets.token_hex(8)
        mark = f"{name}={value}"
        last.callback(end_processes, mark, patience=0)
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
        at, interrupted = time.time(), time.monotonic()
        started_after = set[tuple[str, ...]]()
        while run.poll() is None and time.monotonic() < interrupted + 60:
            started_after |= {tuple(words_of(process)) for process in find_processes(mark) if began(process) > at + 0.5}
            time.sleep(0.1)

        self.assertEqual(run.poll(), 130)
        self.assertEqual({words for words in started_after if "pytest" in words}, set())
        self.assertEqual([words_of(process) for process in find_processes(mark)], [])
        self.assertLess(time.monotonic() - interrupted, WITHIN)
        self.assertEqual(list(temporary.iterdir()), [])
        self.assertFalse((project / ".env").exists())


def began(process: psutil.Process) -> float:
    """Return when a process was started, in seconds since 1970; 0 where it has ended."""
    with suppress(psutil.Error):
        return float(process.create_time())
    return 0


def words_of(process: psutil.Process) -> list[str]:
    """Return a process's command, with the bare names of its programs."""
    with suppress(psutil.Error):
        return [Path(word).name for word in process.cmdline()]
    return []
