"""A backup is of one moment, taken while others write; restored elsewhere it is all there, and nothing by halves."""

import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from unittest import skipIf, skipUnless
from urllib.parse import quote
from uuid import UUID

import psycopg
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import SimpleTestCase, TransactionTestCase, override_settings, tag

from budget_system.core.chunks import is_pooled
from budget_system.operations.backups import sqlite
from budget_system.operations.backups.copies import back_up, migrations_beyond
from budget_system.operations.backups.files import BackupFailed, written_atomically
from budget_system.operations.backups.postgres import Tools
from scripts.postgres import EMBEDDED
from spending.models import Spend
from spending.recording.services import record
from tests.support import ALICE, Agency
from tests.threads import threads

IS_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]
EMBEDDED_PROGRAMS = sorted((Path(sys.prefix) / "lib").glob(f"python3*/site-packages/{EMBEDDED}/pginstall*/bin"))
WRITERS = 3


@skipIf(is_pooled(connection), "backups need the database itself, and say so")
class Elsewhere(Agency, TransactionTestCase):
    """A folder for backups, and a database elsewhere."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.backups = self.folder / "backups"
        self.backups.mkdir()
        try:
            back_up(self.backups, now=datetime(2000, 1, 1, tzinfo=UTC)).unlink()
        except BackupFailed:
            embedded = override_settings(POSTGRES_BIN=str(EMBEDDED_PROGRAMS[-1]))
            embedded.enable()
            self.addCleanup(embedded.disable)

    @contextmanager
    def new_database(self) -> Iterator[str]:
        """Yield the address of a database in which nothing is."""
        if IS_SQLITE:
            yield f"sqlite:///{self.folder}/new.sqlite3"
            return
        name = f"restored_{os.getpid()}"
        here = connection.get_connection_params()
        with psycopg.connect(
            host=here.get("host"), port=here.get("port"), user=here.get("user"), password=here.get("password"),
            dbname="postgres", autocommit=True,
        ) as server:  # fmt: skip
            server.execute(f'CREATE DATABASE "{name}"')
            try:
                port = f"&port={here['port']}" if here.get("port") else ""
                login = f"{quote(here.get('user') or 'postgres')}:{quote(here.get('password') or '')}"
                yield f"postgres://{login}@/{name}?host={here.get('host') or ''}{port}"
            finally:
                server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def run_on(self, database: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a management command on another database."""
        kept = {name: value for name, value in os.environ.items() if name != "TEST_DATABASE_URL"}
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env={**kept, "DATABASE_URL": database, "SECRET_KEY": "x" * 60, "DEBUG": "true", "API_AUTH": "open"},
            capture_output=True,
            text=True,
            check=False,
        )

    def spends_in(self, database: str) -> set[str]:
        """Read the ids of the spends in another database."""
        if IS_SQLITE:
            with closing(sqlite3.connect(database.removeprefix("sqlite:///"))) as new:
                return {str(UUID(hex=row[0])) for row in new.execute("SELECT id FROM spending_spend")}
        with psycopg.connect(database) as server:
            return {str(row[0]) for row in server.execute("SELECT id FROM spending_spend")}

    def in_process(self, *command: str) -> str:
        out = StringIO()
        call_command(*command, stdout=out)
        return out.getvalue()


@tag("processes")
@tag("both_databases")
class BackupTests(Elsewhere):
    def test_taken_under_load_and_restored_elsewhere_no_acknowledged_spend_is_missing(self) -> None:
        acknowledged: list[str] = []
        stop = threading.Event()

        def post() -> None:
            while not stop.is_set():
                spend = record(campaign_id=self.campaign.pk, amount=Decimal("0.01"), now=self.now, by=ALICE).spend
                acknowledged.append(str(spend.pk))

        with threads(WRITERS) as pool:
            work = [pool.start(post) for _ in range(WRITERS)]
            try:
                while len(acknowledged) < 50:
                    self.assertFalse(any(one.done() for one in work))
                before = set(acknowledged)
                path = back_up(self.backups, now=datetime.now(UTC))
                meanwhile = len(acknowledged) - len(before)
            finally:
                stop.set()
            for one in work:
                one.result()

        self.assertGreater(meanwhile, 0)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(list(self.backups.iterdir()), [path])
        with self.new_database() as database:
            done = self.run_on(database, "restore", str(path))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("INFO Totals checked: no drift", done.stdout)
            restored = self.spends_in(database)
            self.assertEqual(before - restored, set())
            self.assertLessEqual(restored, set(acknowledged))
            again = self.run_on(database, "restore", str(path))
            self.assertNotEqual(again.returncode, 0)
            self.assertIn("The database is not empty", again.stderr)
            self.assertNotIn("Traceback", again.stderr)
            self.assertEqual(self.spends_in(database), restored)

    def test_a_file_that_is_damaged_or_none_at_all_is_refused_and_the_database_stays_empty(self) -> None:
        if IS_SQLITE:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")  # damage to pages that are free would be none
        whole = back_up(self.backups, now=self.now).read_bytes()
        middle = len(whole) // 2
        for name, content in (("text", b"id,amount\n1,2\n"), ("nothing", b"")):
            path = self.folder / name
            path.write_bytes(content)
            with self.subTest(name), self.assertRaisesRegex(CommandError, "is no backup"):
                self.in_process("restore", str(path))
        with self.assertRaisesRegex(CommandError, "cannot be read: No such file"):
            self.in_process("restore", str(self.folder / "missing"))
        path = self.folder / "backup"
        with self.new_database() as database:
            path.write_bytes(whole[: middle - 4_000] + b"\xff" * 8_000 + whole[middle + 4_000 :])
            done = self.run_on(database, "restore", str(path))
            self.assertNotEqual(done.returncode, 0, done.stdout)
            self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
            path.write_bytes(whole)
            self.assertEqual(self.run_on(database, "restore", str(path)).returncode, 0)

    def test_the_command_names_the_file_by_the_time_and_overwrites_none(self) -> None:
        output = self.in_process("backup", str(self.backups))
        (path,) = self.backups.iterdir()
        self.assertRegex(path.name, r"^budget-\d{8}T\d{6}Z\.(sqlite3|dump)$")
        self.assertIn(str(path), output)
        self.assertTrue(Spend.objects.count() == 0)

        first = back_up(self.backups, now=self.now)
        content = first.read_bytes()
        with self.assertRaisesRegex(BackupFailed, "not overwritten"):
            back_up(self.backups, now=self.now)
        self.assertEqual(first.read_bytes(), content)
        with self.assertRaisesRegex(CommandError, "There is no folder"):
            self.in_process("backup", str(self.folder / "missing"))


@tag("processes")
@skipUnless(IS_SQLITE, "a file of SQLite's own")
class SqliteTests(Elsewhere):
    def test_a_copy_that_is_damaged_is_not_kept(self) -> None:
        path = self.folder / "damaged.sqlite3"
        with closing(sqlite3.connect(path)) as database:
            database.execute("CREATE TABLE t (a TEXT)")
            database.executemany("INSERT INTO t VALUES (?)", [("x" * 1_000,)] * 100)
            database.commit()
        content = path.read_bytes()
        path.write_bytes(content[:20_000] + b"\xff" * 8_000 + content[28_000:])

        with self.assertRaises(BackupFailed):
            sqlite.back_up(path, self.backups / "copy")
        self.assertEqual(list(self.backups.iterdir()), [])

    def test_what_stood_beside_an_empty_database_does_not_stay_beside_the_restored_one(self) -> None:
        self.spend("1.00")
        backup, target = back_up(self.backups, now=self.now), self.folder / "new.sqlite3"
        for name in ("new.sqlite3", "new.sqlite3-wal", "new.sqlite3-shm"):
            (self.folder / name).write_bytes(b"")
        sqlite.restore(backup, target)

        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), ["backups", "new.sqlite3"])
        self.assertEqual(stat.S_IMODE(target.stat().st_mode), 0o600)


class VersionTests(SimpleTestCase):
    def setUp(self) -> None:
        self.ours = set(MigrationLoader(None).disk_migrations)

    def test_one_of_a_newer_version_is_refused(self) -> None:
        with self.assertRaisesRegex(BackupFailed, r"newer version of this system \(migration spending.9999_later\)"):
            migrations_beyond(self.ours | {("spending", "9999_later")}, Path("backup"))

    def test_one_of_an_older_version_says_what_it_lacks(self) -> None:
        first = ("spending", "0001_initial")

        self.assertEqual(migrations_beyond(self.ours - {first}, Path("backup")), {first})

    def test_a_database_of_something_else_is_refused(self) -> None:
        with self.assertRaisesRegex(BackupFailed, "something else"):
            migrations_beyond({("blog", "0001_initial")}, Path("backup"))


class WholeFileTests(SimpleTestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "file"

    def test_nothing_is_left_where_the_disk_is_full(self) -> None:
        with self.assertRaisesRegex(BackupFailed, "No space left"), written_atomically(self.path) as part:
            part.write_bytes(b"half")
            raise OSError(28, "No space left on device")

        self.assertEqual(list(self.path.parent.iterdir()), [])

    def test_one_that_another_made_meanwhile_is_not_overwritten(self) -> None:
        with self.assertRaisesRegex(BackupFailed, "not overwritten"), written_atomically(self.path) as part:
            part.write_bytes(b"mine")
            self.path.write_bytes(b"theirs")

        self.assertEqual([path.read_bytes() for path in self.path.parent.iterdir()], [b"theirs"])


class ToolsTests(SimpleTestCase):
    """What is asked of PostgreSQL's programs, shown with programs that only say what they were asked."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def program(self, name: str, version: int) -> None:
        path = self.folder / name
        version_reply = f'[ "$1" = --version ] && {{ echo "{name} (PostgreSQL) {version}.1"; exit; }}'
        path.write_text(
            f'#!/bin/sh\n{version_reply}\necho "$@" >> {self.folder}/asked\necho "$PGPASSWORD" > {self.folder}/word\n'
        )
        path.chmod(0o700)

    def tools(self, server: int) -> Tools:
        parameters = {"dbname": "budget", "user": "ana", "password": "hush hush", "host": "db", "cursor_factory": None}
        return Tools(parameters, server=server, folder=str(self.folder))

    def test_the_password_is_in_the_environment_and_never_on_the_command_line(self) -> None:
        for name in ("pg_dump", "pg_restore"):
            self.program(name, 17)
        self.tools(17).back_up(self.folder / "copy")
        self.tools(17).restore(self.folder / "copy")

        asked = (self.folder / "asked").read_text()
        self.assertIn("dbname=budget user=ana host=db", asked.replace("'", ""))
        self.assertNotIn("hush", asked)
        self.assertEqual((self.folder / "word").read_text(), "hush hush\n")

    def test_one_that_is_missing_or_older_than_the_server_is_named_in_a_sentence(self) -> None:
        with self.assertRaisesRegex(BackupFailed, "PostgreSQL 17 and there is no pg_dump here; install"):
            self.tools(17).back_up(self.folder / "copy")
        self.program("pg_dump", 15)
        with self.assertRaisesRegex(BackupFailed, "the newest pg_dump found is of 15; install .*POSTGRES_BIN"):
            self.tools(17).back_up(self.folder / "copy")

        self.assertFalse((self.folder / "copy").exists())
