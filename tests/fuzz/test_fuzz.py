"""The live server under requests made from its own OpenAPI description: every check, in sequences too.

Thousands of requests that keep to the description, and thousands that break it in one place, are sent to the web
process as `run_all.sh` starts it, with a database of its own, by a token. What keeps to the description must be
accepted, what breaks it refused; each answer must be one that the description tells of; nothing may end in a 5xx, and
afterwards every total says what its ledger says.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from django.test import SimpleTestCase, tag

from scripts.processes import COMMANDS
from tests.system.migrated import copy_migrated

ROOT = Path(__file__).resolve().parent.parent.parent
SOAK = bool(os.environ.get("BUDGET_SOAK"))
LEAST_CASES = 5_000 if SOAK else 400
DOSE = ("--max-examples", "40") if SOAK else ("--max-examples", "8", "--phases", "examples,fuzzing,stateful")
PATIENCE = 60
"""Seconds that the server has to answer for the first time."""

LIMIT = 3_000 if SOAK else 600
"""Seconds after which the run has failed."""


@tag("processes")
class FuzzTests(SimpleTestCase):
    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="budget-fuzz-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = _free_port()
        self.env = {
            **os.environ,
            "API_AUTH": "closed",
            "ALLOW_SQLITE": "true",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "",
            "DATABASE_URL": f"sqlite:///{self.folder / 'fuzz.sqlite3'}",
            "DEBUG": "false",
            "DJANGO_SUPERUSER_PASSWORD": "only-for-this-run",
            "HYPOTHESIS_STORAGE_DIRECTORY": str(self.folder / "hypothesis"),
            "LOG_FORMAT": "plain",
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
            "SECRET_KEY": secrets.token_urlsafe(50),
            "THROTTLE_ANONYMOUS": "1000000",
            "THROTTLE_USER": "1000000",
        }

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=ROOT, env=self.env, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def serve(self) -> None:
        """Start the server, and wait until it answers."""
        log = (self.folder / "web.log").open("wb")
        self.addCleanup(log.close)
        server = subprocess.Popen(
            [part.format(address=f"127.0.0.1:{self.port}") for part in COMMANDS["web"]],
            cwd=ROOT,
            env=self.env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/?only=web", timeout=5).close()
                return
            except OSError:  # not there yet, or too busy starting to answer
                time.sleep(0.2)
        self.fail(self.output())

    def output(self) -> str:
        return (self.folder / "web.log").read_text(errors="replace")[-5_000:]

    def test_what_the_description_says_is_how_the_server_answers(self) -> None:
        copy_migrated(self.folder / "fuzz.sqlite3")
        self.manage("seed_demo")
        self.manage("createsuperuser", "--noinput", "--username", "fuzz", "--email", "fuzz@example.com")
        token = self.manage("issue_token", "fuzz").strip()
        self.serve()

        done = subprocess.run(
            [
                *(str(Path(sys.executable).parent / "schemathesis"), "--config-file", "tests/fuzz/schemathesis.toml"),
                *(
                    "run",
                    f"http://127.0.0.1:{self.port}/api/schema/",
                    "--checks",
                    "all",
                    "--no-color",
                    "--seed",
                    "2026",
                ),
                *("--header", f"Authorization: Token {token}", *DOSE),
            ],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )

        self.assertEqual(done.returncode, 0, f"{done.stdout}\n{done.stderr}\n{self.output()}")
        found = re.search(r"(\d+) generated", done.stdout)
        cases = int(found[1]) if found else 0
        print(f"\nfuzzed: {cases} cases")
        self.assertGreaterEqual(cases, LEAST_CASES, done.stdout)
        self.assertNotIn("Traceback", self.output())
        self.assertIn("no drift", self.manage("check_totals"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
