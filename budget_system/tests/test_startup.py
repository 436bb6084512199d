"""Only what is safe starts; whatever is not says in a sentence what to change."""

import errno
import io
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

from celery.loaders.app import AppLoader
from django.core.exceptions import ImproperlyConfigured
from django.test import SimpleTestCase, override_settings, tag

from budget_system.celery import SettingsLoader, app, refuse_to_start
from budget_system.operations import startup_checks
from budget_system.operations.startup_checks import (
    PLACEHOLDER,
    Switches,
    check_settings,
    exit_where_unsafe,
    refusals,
    refuse_unsafe_settings,
)
from scripts.processes import COMMANDS
from tests.project import copy_project
from tests.system.migrated import copy_migrated

FOLDER = Path(__file__).resolve().parent.parent.parent
KEY = secrets.token_urlsafe(50)

MAILS: dict[str, Any] = {
    "sends_mail": True,
    "from_email": "budget@example.com",
    "site_url": "https://budget.example.com",
}

SAFE = Switches(
    debug=False,
    api_auth="closed",
    secret_key=KEY,
    allowed_hosts=("budget.example",),
    is_sqlite=False,
    allow_sqlite=False,
    redis_url="redis://127.0.0.1:6379/0",
    bind="127.0.0.1",
    behind_proxy=False,
    https=True,
)
TRYING_OUT = replace(SAFE, debug=True, api_auth="open", is_sqlite=True, secret_key=PLACEHOLDER, https=False)

KEYS = {
    "": False,
    PLACEHOLDER: False,
    "django-insecure-" + KEY: False,
    KEY[:49]: False,
    "change-me" * 8: False,
    "0123456789" * 6: False,
    KEY: True,
    secrets.token_hex(25): True,
}
"""Keys, and whether each will do where DEBUG is false."""

BROKERS = {
    "redis://127.0.0.1:6379/0": True,
    "redis://127.0.0.1:1/0": True,
    "redis://localhost/0": True,
    "redis:///0": True,
    "redis://[::1]/0": True,
    "unix:///run/redis.sock?db=0": True,
    "redis+socket:///run/redis.sock": True,
    "redis://:long@broker.example/0": True,
    "rediss://:long@broker.example/0": True,
    "redis://broker.example/0?password=long": True,
    "redis://broker.example/0": False,
    "redis://192.0.2.1:6379/0": False,
    "rediss://broker.example/0": False,
    "redis://:@broker.example/0": False,
    "redis:///0?host=broker.example": False,
    "redis://127.0.0.1.example/0": False,
}
"""Brokers, and whether strangers are kept out of each."""


def every_combination() -> Iterator[Switches]:
    for debug, api_auth, key, hosts, (sqlite, allowed), redis_url, bind, proxy, https in product(
        (False, True),
        ("closed", "open"),
        KEYS,
        ((), ("*",), ("budget.example", "*"), ("budget.example",)),
        product((False, True), repeat=2),
        ("redis://127.0.0.1:6379/0", "redis://:long@broker.example/0", "redis://broker.example/0"),
        ("127.0.0.1", "::1", "0.0.0.0", "10.1.2.3"),
        (False, True),
        (False, True),
    ):
        yield Switches(debug, api_auth, key, hosts, sqlite, allowed, redis_url, bind, proxy, https)


def is_safe(one: Switches) -> bool:
    """Judge in other words than the code does."""
    if "*" in one.allowed_hosts or not BROKERS[one.redis_url] or not one.secret_key:
        return False
    here = one.bind in ("127.0.0.1", "localhost", "::1") and not one.behind_proxy
    if one.debug:
        return here
    return (
        one.api_auth == "closed"
        and KEYS[one.secret_key]
        and bool(one.allowed_hosts)
        and (one.allow_sqlite or not one.is_sqlite)
        and (one.https or here)
    )


class RefusalTests(SimpleTestCase):
    def test_of_all_combinations_only_the_safe_ones_pass(self) -> None:
        passed = total = 0
        for one in every_combination():
            total += 1
            sentences = list(refusals(one))
            passed += not sentences
            if bool(sentences) == is_safe(one):
                self.fail(f"{one} is {'' if is_safe(one) else 'not '}safe, and it was said: {sentences}")
            if any(not sentence.endswith(".") or "\n" in sentence for sentence in sentences):
                self.fail(f"These are no sentences: {sentences}")
        self.assertEqual(total, 24576)
        self.assertGreater(passed, 1000)

    def test_mail_with_all_that_it_needs_is_safe_and_plain_http_on_ones_own_machine_is_too(self) -> None:
        here: dict[str, Any] = {"https": False, "site_url": "http://localhost:8000"}
        for change in (MAILS, MAILS | here, here):
            self.assertEqual(list(refusals(replace(SAFE, **change))), [])

    def test_a_broker_off_this_machine_needs_a_password(self) -> None:
        for url, guarded in BROKERS.items():
            with self.subTest(url):
                self.assertEqual(not list(refusals(replace(SAFE, redis_url=url))), guarded)

    def test_each_refusal_names_the_setting_and_the_way_out(self) -> None:
        for change, words in (
            ({"secret_key": ""}, ("SECRET_KEY is not set", "token_urlsafe(50)")),
            ({"secret_key": PLACEHOLDER}, ("SECRET_KEY is a sample", "token_urlsafe(50)")),
            ({"secret_key": "x" * 70}, ("SECRET_KEY is too short", "token_urlsafe(50)")),
            ({"api_auth": "open"}, ("API_AUTH is open while DEBUG is false", "API_AUTH=closed")),
            ({"allowed_hosts": ("*",)}, ("ALLOWED_HOSTS is *", "list the names")),
            ({"allowed_hosts": ()}, ("ALLOWED_HOSTS is empty", "list the names")),
            ({"is_sqlite": True}, ("DATABASE_URL is SQLite", "ALLOW_SQLITE=true")),
            ({"redis_url": "redis://far.example/0"}, ("REDIS_URL", "has no password", "redis://:password@host")),
            ({"https": False, "bind": "0.0.0.0"}, ("HTTPS is false", "HTTPS=true")),
            ({"hsts_preload": True, "hsts_seconds": 2592000}, ("SECURE_HSTS_PRELOAD", "SECURE_HSTS_SECONDS=31536000")),
            ({"hsts_preload": True, "hsts_seconds": 31536000}, ("SECURE_HSTS_INCLUDE_SUBDOMAINS=true",)),
            (MAILS | {"from_email": ""}, ("DEFAULT_FROM_EMAIL", "budget@example.com")),
            (MAILS | {"site_url": ""}, ("SITE_URL must say", "https://budget.example.com")),
            (MAILS | {"site_url": "http://budget.example"}, ("SITE_URL begins with http://", "https://")),
            ({"debug": True, "bind": "0.0.0.0"}, ("DEBUG is true while BIND is 0.0.0.0", "DEBUG=false")),
        ):
            with self.subTest(change=change):
                (sentence,) = refusals(replace(SAFE, **change))
                for word in words:
                    self.assertIn(word, sentence)

    def test_a_wildcard_that_strangers_fit_is_refused_in_production(self) -> None:
        for hosts, origins, begins in (
            ((".com",), (), "ALLOWED_HOSTS has .com"),
            ((".",), (), "ALLOWED_HOSTS has ."),
            (("budget.example",), ("*",), "CSRF_TRUSTED_ORIGINS has *"),
            (("budget.example",), ("https://*",), "CSRF_TRUSTED_ORIGINS has https://*"),
            (("budget.example",), ("https://*.com:8443",), "CSRF_TRUSTED_ORIGINS has https://*.com"),
        ):
            with self.subTest(hosts=hosts, origins=origins):
                unsafe = replace(SAFE, allowed_hosts=hosts, csrf_trusted_origins=origins)
                (sentence,) = refusals(unsafe)
                self.assertTrue(sentence.startswith(begins), sentence)
                self.assertEqual(list(refusals(replace(unsafe, debug=True))), [])
        good = ("https://budget.example.com", "https://*.example.com")
        self.assertEqual(list(refusals(replace(SAFE, allowed_hosts=(".example.com",), csrf_trusted_origins=good))), [])

    def test_trying_out_on_ones_own_machine_is_safe_and_nowhere_else(self) -> None:
        self.assertEqual(list(refusals(TRYING_OUT)), [])
        self.assertEqual(len(list(refusals(replace(TRYING_OUT, bind="0.0.0.0")))), 2)
        self.assertEqual(len(list(refusals(replace(TRYING_OUT, behind_proxy=True)))), 2)


class AskedTests(SimpleTestCase):
    """Web, worker and beat ask, and so does every command."""

    unsafe = override_settings(API_AUTH="open", DEBUG=False, SECRET_KEY=KEY, ALLOW_SQLITE=True)

    def test_what_is_unsafe_is_thrown_with_its_sentence(self) -> None:
        with self.unsafe, self.assertRaisesMessage(ImproperlyConfigured, "API_AUTH is open while DEBUG is false"):
            refuse_unsafe_settings()

    def test_without_a_key_there_is_a_sentence_too(self) -> None:
        with override_settings(SECRET_KEY=""), self.assertRaisesMessage(ImproperlyConfigured, "SECRET_KEY is not set"):
            refuse_unsafe_settings()

    def test_worker_and_beat_end_with_the_sentence(self) -> None:
        with self.unsafe, redirect_stderr(io.StringIO()) as errors, self.assertRaises(SystemExit) as ended:
            refuse_to_start()

        self.assertEqual(ended.exception.code, 1)
        self.assertRegex(errors.getvalue(), r"^\S+Z ERROR API_AUTH is open")

    def test_settings_that_may_not_be_read_end_each_with_a_sentence(self) -> None:
        denied = PermissionError(errno.EACCES, "Permission denied", "/srv/budget/.env")
        loader = SettingsLoader(app=app)
        starts: tuple[tuple[object, str, Callable[[], None]], ...] = (
            (startup_checks, "refuse_unsafe_settings", lambda: exit_where_unsafe(1)),
            (AppLoader, "config_from_object", lambda: loader.config_from_object("django.conf:settings")),
        )
        for place, name, start in starts:
            failing = patch.object(place, name, side_effect=denied)
            with self.subTest(name), redirect_stderr(io.StringIO()) as said, failing, self.assertRaises(SystemExit):
                start()
            self.assertIn("/srv/budget/.env cannot be used: Permission denied.", said.getvalue())

    def test_djangos_checks_tell_the_same(self) -> None:
        with self.unsafe:
            (message,) = check_settings()

        self.assertTrue(message.is_serious())
        self.assertIn("API_AUTH is open", message.msg)


PAIRS: tuple[tuple[dict[str, str], str], ...] = (
    # What is changed of a safe set-up, and the setting that the refusal begins with; none where it is safe.
    ({}, ""),
    ({"DEBUG": "true", "API_AUTH": "open", "SECRET_KEY": PLACEHOLDER, "ALLOW_SQLITE": "false"}, ""),
    ({"DEBUG": "true", "SECRET_KEY": "short", "ALLOW_SQLITE": "false"}, ""),
    ({"API_AUTH": "open"}, "API_AUTH"),
    ({"API_AUTH": "open", "ALLOWED_HOSTS": "*", "DEBUG": "true"}, "ALLOWED_HOSTS"),
    ({"API_AUTH": "open", "BIND": "0.0.0.0", "DEBUG": "true"}, "API_AUTH"),
    ({"DEBUG": "true", "BIND": "0.0.0.0"}, "DEBUG"),
    ({"SECRET_KEY": PLACEHOLDER}, "SECRET_KEY"),
    ({"SECRET_KEY": ""}, "SECRET_KEY"),
    ({"SECRET_KEY": "short", "BIND": "0.0.0.0"}, "SECRET_KEY"),
    ({"ALLOWED_HOSTS": "*", "BIND": "0.0.0.0"}, "ALLOWED_HOSTS"),
    ({"ALLOW_SQLITE": "false"}, "DATABASE_URL"),
    ({"ALLOW_SQLITE": "false", "ALLOWED_HOSTS": "budget.example"}, "DATABASE_URL"),
    ({"REDIS_URL": "redis://192.0.2.1:6379/0"}, "REDIS_URL"),
    ({"REDIS_URL": "redis://192.0.2.1:6379/0", "DEBUG": "true"}, "REDIS_URL"),
    ({"HTTPS": "false", "BIND": "0.0.0.0"}, "HTTPS"),
)
FEW = (1, 3)
"""What is tried in every run, one that starts and one that does not; all with BUDGET_SOAK."""

STARTS = {
    "DEBUG": ("false", "true"),
    "API_AUTH": ("closed", "open"),
    "SECRET_KEY": (KEY, PLACEHOLDER, KEY[:49]),
    "ALLOWED_HOSTS": ("localhost", "*"),
    "ALLOW_SQLITE": ("true", "false"),
    "REDIS_URL": ("redis://127.0.0.1:1/0", "redis://192.0.2.1:6379/0"),
    "BIND": ("127.0.0.1", "0.0.0.0"),
}
"""Values of which every combination is tried with the real processes, with BUDGET_SOAK."""


def as_switches(given: Mapping[str, str]) -> Switches:
    """Read one of the combinations of `STARTS`, which all are SQLite's, and without a proxy."""
    debug = given["DEBUG"] == "true"
    return Switches(
        debug=debug,
        api_auth=given["API_AUTH"],
        secret_key=given["SECRET_KEY"],
        allowed_hosts=(given["ALLOWED_HOSTS"],),
        is_sqlite=True,
        allow_sqlite=given["ALLOW_SQLITE"] == "true",
        redis_url=given["REDIS_URL"],
        bind=given["BIND"],
        behind_proxy=False,
        https=not debug,
    )


@tag("processes")
class ProcessTests(SimpleTestCase):
    """The real processes: what is safe goes on, what is not ends with its sentence."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        self.safe = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("TEST_", "DJANGO"))},
            "SECRET_KEY": KEY,
            "DEBUG": "false",
            "API_AUTH": "closed",
            "ALLOWED_HOSTS": "localhost",
            "BIND": "127.0.0.1",
            "ALLOW_SQLITE": "true",
            "DATABASE_URL": f"sqlite:///{self.folder / 'db.sqlite3'}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        }

    def ended(self, name: str, changes: dict[str, str]) -> str | None:
        """Return the last words of a process that ended by itself within the time; nothing where it goes on."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        bind = changes.get("BIND", "127.0.0.1")
        env = {**self.safe, **changes}
        log_path = self.folder / f"{name}-{port}.log"
        with log_path.open("wb") as output:
            process = subprocess.Popen(
                [part.format(address=f"{bind}:{port}") for part in COMMANDS[name]],
                cwd=FOLDER,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            process.wait(self.patience(name, port, log_path, process))
        except subprocess.TimeoutExpired:
            return None
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, 9)
            process.wait()
        self.assertNotEqual(process.returncode, 0)
        return log_path.read_text()

    def patience(self, name: str, port: int, log_path: Path, process: "subprocess.Popen[bytes]") -> float:
        """Wait until the process has plainly started or ended, 60 seconds at most."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            if name == "web":
                with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as caller:
                    # The master listens before a worker has started: only an answer shows that one has.
                    caller.settimeout(60)
                    caller.sendall(b"GET /health/?only=web HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    if caller.recv(16).startswith(b"HTTP/1.1 "):
                        return 0.5
            elif "Cannot connect to redis" in log_path.read_text() or "Connection refused" in log_path.read_text():
                return 0.5  # it looks for its broker: nothing has refused it
            time.sleep(0.2)
        return 5

    def test_only_what_is_safe_starts_and_the_rest_says_why(self) -> None:
        copy_migrated(self.folder / "db.sqlite3")
        chosen = range(len(PAIRS)) if os.environ.get("BUDGET_SOAK") else FEW
        for number in chosen:
            changes, setting = PAIRS[number]
            with ThreadPoolExecutor() as pool:
                asked = {name: pool.submit(self.ended, name, changes) for name in COMMANDS}
            for name, answer in asked.items():
                with self.subTest(process=name, **changes):
                    output = answer.result()

                    if setting:
                        self.assertIn(f"ERROR {setting} is ", output or "it started")
                        self.assertNotIn("Traceback", output or "")
                    else:
                        self.assertIsNone(output)

    @unittest.skipUnless(os.environ.get("BUDGET_SOAK"), "a long dose: ./run_tests.sh --soak")
    def test_of_every_combination_only_the_safe_ones_start(self) -> None:
        copy_migrated(self.folder / "db.sqlite3")
        every = [dict(zip(STARTS, values, strict=True)) for values in product(*STARTS.values())]
        asked = [(name, given) for given in every for name in COMMANDS]
        started = 0
        with ThreadPoolExecutor(4) as pool:
            for (name, given), output in zip(asked, pool.map(lambda one: self.ended(*one), asked), strict=True):
                with self.subTest(process=name, **given):
                    switches = as_switches(given)
                    if is_safe(switches):
                        self.assertIsNone(output)
                        started += 1
                        continue
                    self.assertNotIn("Traceback", output or "")
                    for sentence in refusals(switches):
                        self.assertIn(sentence, output or "it started")
        print(f"\nof {len(asked)} starts of {len(every)} combinations {started} were safe, and went on")
        self.assertEqual((len(every), started), (192, 14 * len(COMMANDS)))

    def test_a_value_that_makes_no_sense_is_told_in_one_sentence(self) -> None:
        for name in COMMANDS:
            with self.subTest(process=name):
                output = self.ended(name, {"ALLOW_SQLITE": "perhaps"}) or "it started"
                self.assertIn('ERROR Environment variable "ALLOW_SQLITE" invalid: Not a valid boolean.', output)
                self.assertNotIn("Traceback", output)

    def test_commands_and_run_all_refuse_with_one_plain_sentence(self) -> None:
        project = copy_project(self.folder / "project")  # where run_all makes an .env
        for command in (["manage.py", "tick"], ["-m", "scripts.run_all"]):
            with self.subTest(command):
                done = subprocess.run(
                    [sys.executable, *command],
                    cwd=project,
                    env={**self.safe, "API_AUTH": "open"},
                    capture_output=True,
                    text=True,
                    check=False,
                )
                self.assertEqual(done.returncode, 1)
                self.assertIn("API_AUTH is open while DEBUG is false: set API_AUTH=closed", done.stderr)
                self.assertNotIn("Traceback", done.stderr)
        self.assertFalse((self.folder / "db.sqlite3").exists())

    def test_the_production_profile_passes_djangos_own_checks_in_silence(self) -> None:
        for choice in ({}, {"BEHIND_PROXY": "true", "SECURE_HSTS_SECONDS": "0"}):
            done = subprocess.run(
                [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
                cwd=FOLDER,
                env={**self.safe, "BIND": "0.0.0.0", **choice},
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stderr)
