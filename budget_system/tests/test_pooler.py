"""Behind a real PgBouncer: what is said where the address does not tell of it, and what cannot be done through it."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import ClassVar
from unittest import SkipTest
from unittest.mock import patch

import psycopg
from django.conf import settings
from django.test import SimpleTestCase, tag

from scripts.pgbouncer import main, pooled
from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable


class MissingTests(SimpleTestCase):
    def test_where_there_is_no_pgbouncer_that_is_said_and_nothing_fails(self) -> None:
        with patch("shutil.which", return_value=None), redirect_stdout(StringIO()) as said:
            self.assertEqual(main(), 0)

        self.assertRegex(said.getvalue(), r"^Skipped, because there is no pgbouncer here .*\.\n$")


@tag("processes")
class PoolerTests(SimpleTestCase):
    cluster: ClassVar[Cluster]
    url: ClassVar[str]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        try:
            cls.cluster = last.enter_context(temporary_cluster())
            cls.url = last.enter_context(pooled(cls.cluster, "ignore_startup_parameters = options"))
        except ServerUnavailable as error:
            raise SkipTest(str(error)) from error

    def said(self, url: str, *command: str) -> str:
        environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "only-for-tests-" * 5, "DEBUG": "true"}
        command = (sys.executable, "manage.py", *command)
        done = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
        return done.stderr + done.stdout

    def test_a_pooler_that_the_address_does_not_tell_of_is_told(self) -> None:
        untold = self.said(self.url.replace("&pooler=true", ""), "check", "--database", "default")

        self.assertIn("add pooler=true", untold)
        for address in (self.url, self.cluster.url):
            self.assertNotIn("WARNINGS", self.said(address, "check", "--database", "default"))

    def test_waits_that_do_not_end_are_told_with_what_ends_them(self) -> None:
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute("ALTER ROLE postgres RESET lock_timeout")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

            said = self.said(self.url, "check", "--database", "default")
            order = "ALTER ROLE postgres SET lock_timeout = '10s';"
            connection.execute(order)

        self.assertIn(f"is given: {order}\n", said)

    def test_a_backup_is_refused_for_what_it_would_leave_in_the_poolers_connections(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            said = self.said(self.url, "backup", folder)
            self.assertEqual(list(Path(folder).iterdir()), [])

        self.assertIn("give this command the address of the database itself", said)
