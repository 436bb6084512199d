"""What is in force on a connection, asked of the database itself."""

import os
import subprocess
import sys
from unittest import skipIf, skipUnless

from django.conf import settings
from django.db import connection
from django.test import SimpleTestCase, TestCase, tag

from budget_system.core.chunks import is_pooled
from budget_system.operations.databases import configured, replica, shorten_timeouts
from tests.runner import on_postgres

ON_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]
URL = "postgres://budget:secret@db.example/budget"


def answer(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


@tag("both_databases")
class KeptConnectionTests(SimpleTestCase):
    def test_connections_are_kept_and_one_that_died_is_noticed(self) -> None:
        config = connection.settings_dict
        self.assertEqual(config["CONN_MAX_AGE"], 60)
        self.assertEqual(config["CONN_HEALTH_CHECKS"], not ON_SQLITE)
        self.assertFalse(config["ATOMIC_REQUESTS"])


@skipUnless(ON_SQLITE, "asks SQLite")
class SqliteTests(TestCase):
    def test_the_pragmas_are_in_force(self) -> None:
        wanted = {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "busy_timeout": 20_000,
            "foreign_keys": 1,
            "journal_size_limit": 64 * 1024 * 1024,
        }
        self.assertEqual({name: answer(f"PRAGMA {name}") for name in wanted}, wanted)

    def test_a_transaction_takes_its_turn_at_its_begin(self) -> None:
        self.assertEqual(connection.transaction_mode, "IMMEDIATE")  # type: ignore[attr-defined]  # SQLite's own


@on_postgres
class PostgresTests(TestCase):
    def test_the_timeouts_are_in_force(self) -> None:
        wanted = {
            "statement_timeout": "5min",
            "lock_timeout": "10s",
            "random_page_cost": "1.1",
            "idle_in_transaction_session_timeout": "1min",
            "application_name": "budget_system",
            "synchronous_commit": "on",
        }
        self.assertEqual({name: answer(f"SHOW {name}") for name in wanted}, wanted)

    def test_a_server_that_vanished_is_noticed(self) -> None:
        connection.ensure_connection()
        used = connection.connection.info.get_parameters()
        wanted = {
            "connect_timeout": "5",
            "keepalives": "1",
            "keepalives_idle": "10",
            "keepalives_interval": "5",
            "keepalives_count": "3",
            "tcp_user_timeout": "25000",
        }
        self.assertEqual({name: used.get(name) for name in wanted}, wanted)

    @tag("processes")
    @skipIf(is_pooled(connection), "behind a pooler all processes have what the database's user is given")
    def test_the_web_process_waits_less_for_a_statement(self) -> None:
        code = (
            "import budget_system.wsgi; from django.db import connection; cursor = connection.cursor()\n"
            "cursor.execute('SHOW statement_timeout'); print(cursor.fetchone()[0])"
        )
        environment = {
            **os.environ,
            "DATABASE_URL": os.environ["TEST_DATABASE_URL"],
            "SECRET_KEY": "only-for-tests-" * 5,
            "DEBUG": "true",
        }
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
        )
        self.assertEqual(done.stdout, "30s\n", done.stderr)


class AddressTests(SimpleTestCase):
    def test_what_the_address_says_goes_before(self) -> None:
        options = configured(f"{URL}?options=-c%20statement_timeout%3D0&connect_timeout=2")["OPTIONS"]

        self.assertEqual(options["connect_timeout"], 2)
        self.assertTrue(options["options"].startswith("-c statement_timeout=300s "))
        self.assertTrue(options["options"].endswith(" -c statement_timeout=0"))

    def test_only_our_own_timeout_is_shortened_not_one_in_the_address(self) -> None:
        config = configured(f"{URL}?options=-c%20statement_timeout%3D300s")
        shorten_timeouts(config)

        self.assertEqual(config["OPTIONS"]["options"].count("statement_timeout=30s"), 1)
        self.assertTrue(config["OPTIONS"]["options"].endswith(" -c statement_timeout=300s"))

    def test_on_sqlite_there_is_no_timeout_to_shorten(self) -> None:
        config = configured("sqlite:///x.sqlite3")
        before = dict(config["OPTIONS"])
        shorten_timeouts(config)

        self.assertEqual(config["OPTIONS"], before)

    def test_behind_a_pooler_nothing_is_kept_from_one_transaction_to_the_next(self) -> None:
        for url, pooler in ((URL, False), (f"{URL}?pooler=false", False), (f"{URL}?pooler=true", True)):
            with self.subTest(url):
                config = configured(url)
                options = config["OPTIONS"]
                self.assertEqual(config["DISABLE_SERVER_SIDE_CURSORS"], pooler)
                self.assertEqual(options["prepare_threshold"] is None, pooler)
                self.assertEqual("options" not in options, pooler)
                self.assertNotIn("pooler", options)

    def test_a_pooler_that_keeps_prepared_statements_apart_can_have_them(self) -> None:
        self.assertEqual(configured(f"{URL}?pooler=true&prepare_threshold=2")["OPTIONS"]["prepare_threshold"], 2)

    def test_a_pooler_is_there_or_not(self) -> None:
        with self.assertRaisesMessage(ValueError, "pooler must be true or false"):
            configured(f"{URL}?pooler=perhaps")

    def test_a_replica_is_postgres_as_its_database_is_and_waited_for_less(self) -> None:
        ours, less = configured(URL), replica(URL, of=URL)
        for name in ("connect_timeout", "keepalives_idle", "keepalives_interval", "tcp_user_timeout"):
            self.assertLess(less["OPTIONS"].pop(name), ours["OPTIONS"].pop(name))
        self.assertEqual(less, ours)
        self.assertEqual(replica(f"{URL}?connect_timeout=9", of=URL)["OPTIONS"]["connect_timeout"], 9)
        for url, of in (("sqlite:///x.sqlite3", URL), (URL, "sqlite:///x.sqlite3"), ("mysql://x", URL)):
            with (
                self.subTest(url),
                self.assertRaisesMessage(ValueError, "REPLICA_DATABASE_URL must begin with postgres"),
            ):
                replica(url, of=of)
        with self.assertRaisesMessage(ValueError, "In REPLICA_DATABASE_URL, pooler must be true or false"):
            replica(f"{URL}?pooler=perhaps", of=URL)
