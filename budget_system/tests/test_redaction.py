"""Passwords stay out of logs and error pages, and files out of others' sight."""

import json
import logging
import os
import stat
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path
from unittest.mock import patch

from django.db import OperationalError
from django.test import RequestFactory, SimpleTestCase, override_settings, tag
from django.views.debug import technical_500_response
from pythonjsonlogger.json import JsonFormatter

from budget_system.operations.broker import for_celery, for_client
from budget_system.operations.databases import configured
from budget_system.operations.file_permissions import restrict_permissions
from budget_system.operations.redaction import RedactingHandler, Redactor, passwords_in
from tests.project import copy_project

FOLDER = Path(__file__).resolve().parent.parent.parent

DATABASE, QUEUE, KEY = "db-p@ss/w<ord", "queue%20pass", "key-of-fifty-characters-0123456789-abcdefghijklmnop"
DATABASE_URL = "postgres://budget:db-p%40ss%2Fw%3Cord@127.0.0.1:1/budget"
REDIS_URL = "redis://:queue%2520pass@127.0.0.1:1/0"
SPELLINGS = (DATABASE, "db-p%40ss%2Fw%3Cord", "db-p@ss/w&lt;ord", QUEUE, "queue%2520pass", KEY)


class RedactionCase(SimpleTestCase):
    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "DJANGO"))},
            "SECRET_KEY": KEY,
            "DATABASE_URL": DATABASE_URL,
            "REDIS_URL": REDIS_URL,
            "DEBUG": "true",
            "API_AUTH": "open",
            "LOG_LEVEL": "DEBUG",
        }

    def assert_hidden(self, text: str, *pieces: str) -> None:
        for spelling in (*SPELLINGS, *pieces):
            self.assertNotIn(spelling, text)

    def run_python(self, *arguments: str, folder: Path = FOLDER, **env: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=folder, env={**self.env, **env}, capture_output=True, text=True, check=False, timeout=120
        )


class RedactorTests(SimpleTestCase):
    def test_passwords_are_found_in_addresses_and_hidden_in_every_spelling(self) -> None:
        secrets = passwords_in([DATABASE_URL, REDIS_URL, "redis://h/0?password=inquery", "sqlite:///db.sqlite3"])

        self.assertIn("inquery", secrets)
        redactor = Redactor([*secrets, KEY])
        for spelling in (*SPELLINGS, repr({"password": DATABASE}), "inquery"):
            self.assertNotIn(spelling, redactor.redact(f"before {spelling} after"))
            self.assertRegex(redactor.redact(f"before {spelling} after"), r"^before .*\*{8}.* after$")

    def test_a_short_password_is_hidden_where_it_stands_in_an_address_and_words_are_left_alone(self) -> None:
        self.assertEqual(Redactor(["ad"]).redact("redis://:ad@h read"), "redis://********h read")

    def test_a_secret_is_hidden_in_the_spelling_of_json_lines_too(self) -> None:
        log = StringIO()
        handler = RedactingHandler(['pä"ss\\word'], log)
        handler.setFormatter(JsonFormatter("%(message)s"))
        handler.emit(logging.makeLogRecord({"msg": 'refused: pä"ss\\word'}))
        self.assertEqual(json.loads(log.getvalue())["message"], "refused: ********")

    def test_without_secrets_a_text_stays(self) -> None:
        self.assertEqual(Redactor(["", ""]).redact("text"), "text")

    def test_a_traceback_in_the_log_is_searched_too(self) -> None:
        handler = RedactingHandler([DATABASE])
        try:
            raise OperationalError(f"cannot log in with {DATABASE}")
        except OperationalError:
            record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "It failed: %s", (DATABASE,), sys.exc_info())

        self.assertNotIn(DATABASE, handler.format(record))
        self.assertIn("cannot log in with ********", handler.format(record))


class ErrorPageTests(RedactionCase):
    def test_the_page_of_debug_shows_no_password(self) -> None:
        secrets = [*passwords_in([DATABASE_URL, REDIS_URL]), KEY]
        with override_settings(
            DEBUG=True,
            SECRETS=secrets,
            SECRET_KEY=KEY,
            DATABASE_URL=DATABASE_URL,
            REDIS_URL=REDIS_URL,
            CELERY_BROKER_URL=REDIS_URL,
        ):
            # As under runserver, whose requests carry the whole environment.
            request = RequestFactory().get("/api/brands/", DATABASE_URL=DATABASE_URL, REDIS_URL=REDIS_URL)
            arguments = {"password": DATABASE, "options": "x" * 4000 + DATABASE}
            long = "y" * 4090 + KEY
            try:
                raise OperationalError(f"no way in: {arguments['password']}, {len(long)}")
            except OperationalError:
                for accept in ("text/html", "application/json"):
                    request.META["HTTP_ACCEPT"] = accept
                    page = technical_500_response(request, *sys.exc_info()).content.decode()

                    self.assertIn("OperationalError", page)
                    self.assert_hidden(page)
                    self.assert_hidden(page, DATABASE[:9], KEY[:12])

    @tag("processes")
    def test_a_database_that_cannot_be_reached_leaves_no_password_in_page_or_log(self) -> None:
        code = (
            "import django; django.setup()\n"
            "from django.test import Client\n"
            "from django.conf import settings\n"
            "settings.ALLOWED_HOSTS = ['localhost']\n"
            "client = Client(raise_request_exception=False, headers={'host': 'localhost', 'accept': 'text/html'})\n"
            "for path in ('/api/brands/', '/admin/login/', '/health/'):\n"
            "    print(client.get(path).content.decode())\n"
            "print(client.post('/admin/login/', {'username': 'a', 'password': 'b'}).content.decode())\n"
        )

        done = self.run_python("-c", code, DJANGO_SETTINGS_MODULE="budget_system.settings")

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assert_hidden(done.stdout + done.stderr)

    @tag("processes")
    def test_a_command_tells_no_password(self) -> None:
        project = copy_project(self.folder / "project")  # where it makes an .env

        done = self.run_python("-m", "scripts.run_all", folder=project, PORT="8999")

        self.assertEqual(done.returncode, 1)
        self.assertIn("REDIS_URL is set, but no Redis answers there", done.stderr)
        self.assert_hidden(done.stdout + done.stderr)


class FileTests(RedactionCase):
    @tag("processes")
    def test_secrets_may_stand_in_files(self) -> None:
        for name, value in (("SECRET_KEY", KEY), ("DATABASE_URL", "sqlite:///elsewhere"), ("REDIS_URL", REDIS_URL)):
            (self.folder / name).write_text(f"{value}\n")
            del self.env[name]
            self.env[f"{name}_FILE"] = str(self.folder / name)

        done = self.run_python(
            "-c",
            "import budget_system.settings as s; print(s.SECRET_KEY, s.DATABASES['default']['NAME'], s.REDIS_URL)",
        )

        self.assertEqual(done.stdout, f"{KEY} elsewhere {REDIS_URL}\n")

    @tag("processes")
    def test_the_database_that_a_command_makes_is_its_owners_alone(self) -> None:
        path = self.folder / "db.sqlite3"
        old = os.umask(0o022)
        self.addCleanup(os.umask, old)

        done = self.run_python("manage.py", "migrate", "contenttypes", DATABASE_URL=f"sqlite:///{path}", REDIS_URL="")

        self.assertEqual(done.returncode, 0, done.stderr)
        for made in self.folder.iterdir():
            self.assertEqual(stat.S_IMODE(made.stat().st_mode) & 0o077, 0, made)

    def test_what_others_could_read_is_tightened_and_told(self) -> None:
        wide, narrow = self.folder / "wide", self.folder / "narrow"
        wide.touch()
        wide.chmod(0o644)
        narrow.touch()
        narrow.chmod(0o600)

        messages = restrict_permissions([wide, narrow, self.folder / "gone"])

        self.assertEqual(messages, [f"{wide} could be read by others (644); it is now 600."])
        self.assertEqual(stat.S_IMODE(wide.stat().st_mode), 0o600)
        self.assertEqual(restrict_permissions([wide]), [])

    def test_what_belongs_to_another_is_told_with_the_way_out(self) -> None:
        wide = self.folder / "wide"
        wide.touch()
        wide.chmod(0o644)

        with patch.object(Path, "chmod", side_effect=PermissionError):
            (message,) = restrict_permissions([wide])

        self.assertIn(f"chmod 600 {wide}", message)


class AddressTests(SimpleTestCase):
    def test_what_is_thrown_of_one_that_cannot_be_read_quotes_no_piece_of_the_password(self) -> None:
        for read, name, url in (
            (configured, "DATABASE_URL", "postgres://budget:topsecret#1@localhost/budget"),
            (configured, "DATABASE_URL", "postgres://budget:topsecret/1@localhost/budget"),
            (configured, "DATABASE_URL", "postgres://budget:topsecret[1@localhost/budget"),
            (for_client, "REDIS_URL", "redis://:topsecret#1@localhost/0"),
            (for_celery, "REDIS_URL", "redis://:topsecret?1@localhost/0"),
        ):
            with self.subTest(url), self.assertRaisesMessage(ValueError, f"{name} cannot be read") as caught:
                read(url)
            self.assertNotIn("topsecret", str(caught.exception))
            self.assertIsNone(caught.exception.__cause__)
            self.assertTrue(caught.exception.__suppress_context__)
