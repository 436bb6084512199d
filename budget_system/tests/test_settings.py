"""Settings: where tests get theirs, how the broker is spelled, what logs look like, and what refuses to start."""

import io
import json
import logging
import logging.config
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from django.test import SimpleTestCase, tag
from dotenv import dotenv_values

from budget_system.operations.broker import for_celery, for_client
from budget_system.operations.log_config import logging_config

FOLDER = Path(__file__).resolve().parent.parent.parent


ANSWER_EACH = """
import io, json, os, sys
from contextlib import redirect_stdout
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

given = dict(os.environ)
answers = []
for env in json.loads(sys.argv[2]):
    os.environ.clear()
    os.environ.update(given | env)
    for name in [name for name in sys.modules if name.partition(".")[0] == "budget_system"]:
        del sys.modules[name]
    said = io.StringIO()
    try:
        with redirect_stdout(said):
            exec(sys.argv[1], {})
    except (EnvError, ImproperlyConfigured, ValueError) as error:
        print(f"{type(error).__name__}: {error}", file=said)
    answers.append(said.getvalue())
print(json.dumps(answers))
"""


def each_answer(
    code: str, environments: Sequence[Mapping[str, str]], *, module: str = "budget_system.settings"
) -> list[str]:
    """Return what the code says with the settings of each environment, imported anew for each in one process."""
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            ANSWER_EACH,
            f"import {module} as settings; {code}",
            json.dumps(environments),
        ],
        cwd=FOLDER,
        env={name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"},
        capture_output=True,
        text=True,
        check=True,
    )
    answers: list[str] = json.loads(done.stdout)
    return answers


@tag("processes")
class SourceTests(SimpleTestCase):
    def test_tests_have_settings_of_their_own_whatever_the_environment_says(self) -> None:
        said = each_answer(
            "print(settings.DATABASES['default']['ENGINE'], settings.REDIS_URL, settings.SECRET_KEY)",
            [
                {
                    "DATABASE_URL": "postgres://somebody@localhost/dear",
                    "REDIS_URL": "redis://localhost/3",
                    "SECRET_KEY": "precious",
                    "SECRET_KEY_FILE": "/nowhere",
                }
            ],
            module="tests.settings",
        )

        self.assertEqual(said, ["django.db.backends.sqlite3 redis://127.0.0.1:1/0 only-for-tests\n"])

    def test_tests_have_a_value_for_every_setting_that_is_read(self) -> None:
        documented = set(re.findall(r"(?m)^(?:# )?([A-Z_]+)=", (FOLDER / "env.example").read_text()))
        given = dotenv_values(FOLDER / "tests" / "test.env").keys()
        of_the_machine = {"DATABASE_URL", "POSTGRES_BIN"}

        self.assertEqual({name for name in documented if not name.endswith("_FILE")} - of_the_machine, given)

    def test_a_wrong_value_is_named_at_the_start(self) -> None:
        wrong = (
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
        )
        environments = [{"HTTPS": "true", name: value} for name, value in wrong]
        for (name, value), answer in zip(wrong, each_answer("print('taken')", environments), strict=True):
            with self.subTest(name, value=value):
                self.assertIn(name, answer.splitlines()[-1])

    def test_probes_are_not_sent_on_to_https_whatever_the_path_of_the_system(self) -> None:
        paths = {"": "health/", "/budget": "budget/health/", "/a.b/c": "a.b/c/health/"}
        patterns = each_answer(
            "print(settings.SECURE_REDIRECT_EXEMPT[0])", [{"URL_PREFIX": prefix} for prefix in paths]
        )
        for (prefix, path), pattern in zip(paths.items(), patterns, strict=True):
            with self.subTest(prefix):
                self.assertRegex(path, pattern.strip())

    def test_https_binds_this_name_for_a_month_and_no_other_unless_that_is_chosen(self) -> None:
        chosen = {
            "SECURE_HSTS_SECONDS": "31536000",
            "SECURE_HSTS_INCLUDE_SUBDOMAINS": "true",
            "SECURE_HSTS_PRELOAD": "true",
        }
        names = ", ".join(f"settings.{name}" for name in chosen)
        environments = ({"HTTPS": "true"}, {"HTTPS": "true", **chosen}, {"HTTPS": "false", **chosen})
        self.assertEqual(
            each_answer(f"print({names})", environments),
            ["2592000 False False\n", "31536000 True True\n", "0 False False\n"],
        )

    def test_static_files_are_collected_in_production_alone(self) -> None:
        code = "print(settings.STORAGES['staticfiles']['BACKEND'].rpartition('.')[2], settings.STATIC_ROOT)"
        environments = [{"DEBUG": debug, "STATIC_ROOT": "/srv/static"} for debug in ("true", "false")]
        self.assertEqual(each_answer(code, environments), ["StaticFilesStorage /srv/static\n", "Storage /srv/static\n"])


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
