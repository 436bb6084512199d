"""Settings: where tests get theirs, how the broker is spelled, what logs look like, and what refuses to start."""

import io
import json
import logging
import logging.config
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

from django.test import SimpleTestCase, tag
from dotenv import dotenv_values

from budget_system.operations.broker import for_celery, for_client
from budget_system.operations.log_config import logging_config

FOLDER = Path(__file__).resolve().parent.parent.parent


def in_a_process(
    code: str, module: str = "budget_system.settings as settings", **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", f"import {module}; {code}"],
        cwd=FOLDER,
        env={**{name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@tag("processes")
class SourceTests(SimpleTestCase):
    def test_tests_have_settings_of_their_own_whatever_the_environment_says(self) -> None:
        done = in_a_process(
            "print(tests.DATABASES['default']['ENGINE'], tests.REDIS_URL, tests.SECRET_KEY)",
            DATABASE_URL="postgres://somebody@localhost/dear",
            REDIS_URL="redis://localhost/3",
            SECRET_KEY="precious",
            SECRET_KEY_FILE="/nowhere",
            module="tests.settings as tests",
        )

        self.assertEqual(done.stdout, "django.db.backends.sqlite3 redis://127.0.0.1:1/0 only-for-tests\n")

    def test_tests_have_a_value_for_every_setting_that_is_read(self) -> None:
        documented = set(re.findall(r"(?m)^(?:# )?([A-Z_]+)=", (FOLDER / "env.example").read_text()))
        given = dotenv_values(FOLDER / "tests" / "test.env").keys()
        of_the_machine = {"DATABASE_URL", "POSTGRES_BIN"}

        self.assertEqual({name for name in documented if not name.endswith("_FILE")} - of_the_machine, given)

    def test_a_wrong_value_is_named_at_the_start(self) -> None:
        for name, value in (
            ("LOG_LEVEL", "loud"),
            ("LOG_FORMAT", "xml"),
            ("DEBUG", "perhaps"),
            ("REDIS_URL", "amqp://localhost"),
            ("DATABASE_URL", "mysql://localhost/budget"),
            ("HEALTH_STALE_SECONDS", "soon"),
            ("EMAIL_URL", "mail.example.com"),
            ("URL_PREFIX", "budget"),
            ("SITE_URL", "budget.example.com"),
            ("SITE_URL", "https://budget.example.com/path"),
            ("SITE_URL", "https://user@budget.example.com"),
            ("SECURE_HSTS_SECONDS", "-1"),
        ):
            with self.subTest(name):
                done = in_a_process("", **{"HTTPS": "true", name: value})

                self.assertIn(name, done.stderr.splitlines()[-1])

    def test_probes_are_not_sent_on_to_https_whatever_the_path_of_the_system(self) -> None:
        for prefix, path in {"": "health/", "/budget": "budget/health/", "/a.b/c": "a.b/c/health/"}.items():
            with self.subTest(prefix):
                code = f"import re; print(bool(re.search(settings.SECURE_REDIRECT_EXEMPT[0], {path!r})))"
                done = in_a_process(code, URL_PREFIX=prefix)
                self.assertEqual(done.stdout, "True\n")

    def test_https_binds_this_name_for_a_month_and_no_other_unless_that_is_chosen(self) -> None:
        chosen = {
            "SECURE_HSTS_SECONDS": "31536000",
            "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true",
            "SECURE_HSTS_PRELOAD": "true",
        }
        names = ", ".join(f"settings.{name}" for name in chosen)
        for https, env, expected in (
            ("true", {}, "2592000 False False\n"),
            ("true", chosen, "31536000 True True\n"),
            ("false", chosen, "0 False False\n"),
        ):
            with self.subTest(https=https, env=env):
                self.assertEqual(in_a_process(f"print({names})", HTTPS=https, **env).stdout, expected)

    def test_static_files_are_collected_in_production_alone(self) -> None:
        for debug, expected in {"true": "StaticFilesStorage", "false": "Storage"}.items():
            code = "print(settings.STORAGES['staticfiles']['BACKEND'].rpartition('.')[2], settings.STATIC_ROOT)"
            done = in_a_process(code, DEBUG=debug, STATIC_ROOT="/srv/static")
            self.assertEqual(done.stdout, f"{expected} /srv/static\n")


class BrokerAddressTests(SimpleTestCase):
    def test_each_library_gets_its_own_spelling_of_a_socket(self) -> None:
        for url, celery, client in (
            ("redis://h:6380/2", "redis://h:6380/2", "redis://h:6380/2"),
            ("rediss://u:p@h/0", "rediss://u:p@h/0", "rediss://u:p@h/0"),
            ("unix:///run/b.sock?db=2", "redis+socket:///run/b.sock?virtual_host=2", "unix:///run/b.sock?db=2"),
            ("redis+socket:///run/b.sock", "redis+socket:///run/b.sock", "unix:///run/b.sock"),
        ):
            with self.subTest(url):
                self.assertEqual((for_celery(url), for_client(url)), (celery, client))


class LogTests(SimpleTestCase):
    def logged(self, form: str) -> str:
        """Return what a line of ours looks like, without touching the logging of the test run."""
        config = logging_config(level="INFO", form=form)
        spec = dict(cast("dict[str, dict[str, str]]", config["formatters"])[form])
        formatter = logging.config.DictConfigurator({}).configure_formatter(spec)
        record = logging.LogRecord("spending", logging.INFO, "x.py", 1, "Paused %s", ("Acme",), None)
        handler = logging.StreamHandler(io.StringIO())
        handler.setFormatter(formatter)
        return handler.format(record)

    def test_the_plain_form_is_time_level_and_message(self) -> None:
        self.assertRegex(self.logged("plain"), r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO Paused Acme$")

    def test_the_other_form_is_json_with_time_level_and_logger(self) -> None:
        line = json.loads(self.logged("json"))

        self.assertEqual((line["level"], line["logger"], line["message"]), ("INFO", "spending", "Paused Acme"))
        self.assertRegex(line["at"], r"^\d{4}-\d\d-\d\dT")

    def test_celerys_chatter_is_kept_out_and_its_errors_are_not(self) -> None:
        loggers = cast("dict[str, dict[str, str]]", logging_config(level="DEBUG", form="plain")["loggers"])

        self.assertEqual(loggers["celery"]["level"], "WARNING")
        self.assertEqual(
            cast("dict[str, dict[str, str]]", logging_config(level="ERROR", form="plain")["loggers"])["celery"][
                "level"
            ],
            "ERROR",
        )

    def test_what_a_client_did_wrong_is_not_news(self) -> None:
        loggers = cast("dict[str, dict[str, str]]", logging_config(level="INFO", form="plain")["loggers"])

        self.assertEqual(loggers["django.request"]["level"], "ERROR")
        self.assertEqual(loggers["gunicorn.http.wsgi"]["level"], "ERROR")
