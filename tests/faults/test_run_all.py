"""`run_all.sh` itself: its broker is killed, it is killed itself, and nobody's process but its own is ever ended."""

import http.client
import os
import re
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import ClassVar
from unittest import skipUnless

import psutil
import redis
from django.test import SimpleTestCase, tag

from scripts.marked_processes import find_processes
from scripts.run_folder import MARK
from tests.project import copy_project
from tests.system.client import Api

BRAND = "Alder & Finch Coffee"
"""One of the demo."""

PRODUCTION = {
    "DEBUG": "false",
    "API_AUTH": "closed",
    "ALLOW_SQLITE": "true",
    "ALLOWED_HOSTS": "budget.example",
    "BEHIND_PROXY": "true",
}

HEALTHY_WITHIN_A_MINUTE = """
import time
from tasks.budget_tasks import health_check_task
deadline = time.monotonic() + 60
while (health := health_check_task())["status"] != "healthy":
    assert time.monotonic() < deadline, health
    time.sleep(1)
"""
"""The demo was loaded just before: on busy cores a tick may be late by then."""

# Nobody's Redis on the default port is to be taken for the one that is killed here.
OWN_BROKER_ONLY = """
import sys
from unittest.mock import patch
from scripts import broker, run_all
sys.argv = ["run_all.sh"]
with patch.object(broker, "DEFAULT_URL", "redis://127.0.0.1:1/0"):
    sys.exit(run_all.main())
"""


@tag("processes")
class RunAllTestCase(SimpleTestCase):
    """A project of its own, in which `run_all.sh` can be started and killed."""

    command: ClassVar[Sequence[str]] = (sys.executable, "-c", OWN_BROKER_ONLY)
    with_venv = True

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(scratch.cleanup)
        self.folder = copy_project(Path(scratch.name) / "project", with_venv=self.with_venv)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.log = Path(scratch.name) / "log"
        self.written_before = 0
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "TEST_DATABASE_URL")
        }
        self.env |= {"PORT": str(self.port), "PYTHONUNBUFFERED": "1", "BUDGET_TEST": secrets.token_hex(8)}
        self.addCleanup(self.end_all)

    def end_all(self) -> None:
        while left := find_processes(f"BUDGET_TEST={self.env['BUDGET_TEST']}"):
            for process in left:
                with suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=1)

    def start(self, **env: str) -> "subprocess.Popen[bytes]":
        self.written_before = len(self.log.read_text()) if self.log.exists() else 0
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.folder,
                env={**self.env, **env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        """Return what the last start has written."""
        return self.log.read_text(errors="replace")[self.written_before :]

    def wait(self, what: str, holds: Callable[[], bool], *, within: float = 100) -> None:
        deadline = time.monotonic() + within
        while not holds():
            if time.monotonic() > deadline:
                self.fail(f"not within {within:.0f} s: {what}\n{self.output()}")
            time.sleep(0.2)

    def health(self) -> dict[str, str]:
        with suppress(OSError, http.client.HTTPException):
            body = Api(self.port).ask("GET", "/health/").body
            if isinstance(body, dict) and isinstance(body.get("checks"), dict):
                return {name: part["status"] for name, part in body["checks"].items()}
        return {}

    def wait_healthy(self, process: "subprocess.Popen[bytes]", *, within: float = 100) -> None:
        self.wait(
            "all is healthy",
            lambda: process.poll() is not None or set(self.health().values()) == {"healthy"},
            within=within,
        )
        self.assertIsNone(process.poll(), self.output())

    def status(self, link: str) -> int:
        """Ask as a browser would, through the proxy in front where the link says https."""
        scheme, _, rest = link.partition("://")
        host, _, path = rest.partition("/")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"} if scheme == "https" else {}
            connection.request("GET", f"/{path}", headers={"Host": host, **forwarded})
            return connection.getresponse().status
        finally:
            connection.close()


class RunAllTests(RunAllTestCase):
    def broker(self) -> psutil.Process:
        with redis.Redis.from_url((self.folder / ".run" / "broker.url").read_text()) as client:
            return psutil.Process(int(client.info("server")["process_id"]))

    def answers_as_another(self, killed: psutil.Process) -> bool:
        try:
            return bool(self.broker().pid != killed.pid)
        except redis.ConnectionError:
            return False

    def assert_links_lead_to(self, at: str) -> None:
        self.wait("the links are printed", lambda: "Ctrl-C stops everything" in self.output())
        links = re.findall(r"^  (?:Admin|API|Docs) +(\S+)$", self.output(), re.MULTILINE)
        self.assertEqual(links, [f"{at}/admin/", f"{at}/api/", f"{at}/api/docs/"], self.output())
        for link in links:
            self.assertIn(self.status(link), (200, 302, 401), link)
        self.assertEqual(self.status(f"http://localhost:{self.port}/health/?only=web"), 200)

    def test_its_links_lead_there_its_broker_is_started_again_and_what_a_killed_run_left_is_ended(self) -> None:
        first = self.start()
        self.wait_healthy(first)
        self.assert_links_lead_to(f"http://localhost:{self.port}")
        killed = self.broker()
        killed.kill()
        sentence = "broker was killed by signal 9; starting it again."
        self.wait("the broker is started again", lambda: sentence in self.output(), within=20)
        self.wait("another broker answers", lambda: self.answers_as_another(killed), within=20)
        self.wait("it is healthy", lambda: self.health().get("broker") == "healthy", within=20)
        begun = time.time()
        self.wait("a tick is done with it", lambda: self.ticked_since(begun))

        second = self.start()
        self.assertEqual(second.wait(60), 1)
        self.assertIn(f"Another ./run_all.sh of this folder is running (process {first.pid}); stop", self.output())
        self.assertEqual(set(self.health().values()), {"healthy"})

        stranger = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(1000)", "gunicorn budget_system.wsgi"],
            cwd=self.folder,
            env=self.env,
        )
        self.addCleanup(stranger.wait)
        self.addCleanup(stranger.kill)
        first.kill()
        first.wait()
        token = (self.folder / ".run" / "run").read_text().partition(" ")[2]
        left = find_processes(f"{MARK}={token}")
        self.assertGreaterEqual(len(left), 5)  # web, its workers, worker, its children, beat, broker

        third = self.start()
        sentence = f"was killed and had left {len(left)} processes; they are ended."
        self.wait("what was left is ended", lambda: sentence in self.output())
        self.wait_healthy(third)
        self.assertEqual([process for process in left if process.is_running()], [])
        self.assertIsNone(stranger.poll())

        third.send_signal(signal.SIGINT)
        self.assertEqual(third.wait(30), 130, self.output())
        self.assertEqual(find_processes(f"BUDGET_TEST={self.env['BUDGET_TEST']}"), [psutil.Process(stranger.pid)])

    def ticked_since(self, moment: float) -> bool:
        with closing(sqlite3.connect(self.folder / "db.sqlite3")) as database:
            (last,) = database.execute("SELECT strftime('%s', max(finished_at)) FROM tasks_heartbeat").fetchone()
        return int(last) > moment

    def test_behind_a_proxy_its_links_have_the_public_name_and_a_probe_needs_none(self) -> None:
        process = self.start(**PRODUCTION)
        self.assert_links_lead_to("https://budget.example")
        process.send_signal(signal.SIGINT)
        process.wait(30)


@skipUnless(os.environ.get("BUDGET_SOAK"), "installs what production needs from the index: ./run_tests.sh --soak")
class ProductionTests(RunAllTestCase):
    """The start with DEBUG=false, from nothing: only what requirements-run.txt names is installed, and all works."""

    command = ("./run_all.sh",)
    with_venv = False

    def test_everything_works_with_what_production_installs(self) -> None:
        env = {**PRODUCTION, "SECRET_KEY": secrets.token_urlsafe(50)}
        own = Path(sys.executable).parent  # whose uv would make this a test of what is there already
        env["PATH"] = os.pathsep.join(one for one in os.environ["PATH"].split(os.pathsep) if Path(one) != own)
        process = self.start(**env)
        self.wait_healthy(process, within=400)
        venv = self.folder / "venv"
        self.assertEqual(
            (venv / "installed-requirements.txt").read_text(), (self.folder / "requirements-run.txt").read_text()
        )
        self.assertEqual([*venv.glob("lib/python3*/site-packages/pytest")], [])
        report = self.folder / "report.csv"
        report.write_text("campaign_id,date,spend\n1,2026-01-05,12.50\n")
        for arguments in (
            ("migrate", "--check"),
            ("check", "--deploy", "--fail-level", "WARNING"),
            ("seed_demo",),
            ("import_spends", str(report), "--brand", BRAND, "--platform", "meta", "--create-campaigns"),
            ("export", "spends"),
            ("check_totals",),
            ("backup", str(self.folder)),
            ("shell", "-c", HEALTHY_WITHIN_A_MINUTE),
        ):
            with self.subTest(arguments[0]):
                done = subprocess.run(
                    [str(venv / "bin" / "python"), "manage.py", *arguments],
                    cwd=self.folder,
                    env={**self.env, **env},
                    capture_output=True,
                    text=True,
                )
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for link in ("https://budget.example/admin/login/", "https://budget.example/static/admin/css/base.css"):
            self.assertEqual(self.status(link), 200)
        self.assertTrue([*self.folder.glob(".run/static/budget/admin.*.css.gz")])
        for wrong in ("Traceback", "Static files are not collected"):
            self.assertNotIn(wrong, self.output())
        megabytes = sum(path.lstat().st_size for path in venv.rglob("*")) / 1_000_000
        print(f"\nvenv/ of production: {megabytes:.0f} MB")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(30), 130)
