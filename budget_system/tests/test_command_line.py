"""What a command says where settings or database cannot be used."""

import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase, tag

from tests.sampling import SOAK


@tag("processes")
class CommandLineTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def output_of(self, url: str, *arguments: str, **variables: str) -> str:
        """Run a command that must fail; give what it says."""
        environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "only-for-tests-" * 5, "DEBUG": "true"}
        environment |= variables
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        return done.stderr

    def test_a_database_out_of_reach_is_told_in_a_sentence(self) -> None:
        urls = ("postgres://budget@127.0.0.1:1/budget", f"sqlite:///{self.folder}/gone/db.sqlite3")
        commands = ("export spends", "migrate")
        for url, command in product(urls, commands) if SOAK else zip(urls, commands, strict=True):
            with self.subTest(f"{url} {command}"):
                output = self.output_of(url, *command.split())
                self.assertEqual(output.count("\n"), 1, output)
                self.assertIn("ERROR The database is busy or out of reach; look at DATABASE_URL.", output)

    def test_a_database_without_tables_is_told_what_makes_them(self) -> None:
        output = self.output_of(f"sqlite:///{self.folder}/empty.sqlite3", "export", "spends")
        self.assertEqual(output.count("\n"), 1, output)
        self.assertIn("run python manage.py migrate", output)

    def test_a_setting_that_cannot_be_read_is_told_in_a_sentence(self) -> None:
        good = f"sqlite:///{self.folder}/empty.sqlite3"
        for url, variables, sentence in (
            ("postgres://u:p#w@x:y/db", {}, "DATABASE_URL cannot be read"),
            (good, {"REDIS_URL": "sentinel://x"}, "REDIS_URL must begin with"),
            (good, {"DEBUG": "perhaps"}, 'Environment variable "DEBUG" invalid'),
        ):
            with self.subTest(sentence):
                output = self.output_of(url, "check", **variables)
                self.assertEqual(output.count("\n"), 1, output)
                self.assertIn(f"ERROR {sentence}", output)

    def test_who_asks_for_the_traceback_gets_it(self) -> None:
        self.assertIn(
            "Traceback", self.output_of(f"sqlite:///{self.folder}/empty.sqlite3", "export", "spends", "--traceback")
        )
