"""A lock that somebody keeps, and a disk that is full: answered 503, nothing half written, over with their cause."""

import os
import secrets
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest import skipIf, skipUnless
from unittest.mock import patch

import psutil
import psycopg
from django.conf import settings
from django.db import OperationalError, connection
from django.test import TransactionTestCase

from budget_system.core.chunks import is_pooled
from spending.enforcement.audit import check_totals
from spending.enforcement.passes import run_for_brands
from spending.models import Spend
from tests.runner import on_postgres
from tests.support import ALICE, Agency

ON_SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]
BOOKED, BUSY = (201, ""), (503, "5")
"""Statuses with their `Retry-After`."""


class FaultTestCase(Agency, TransactionTestCase):
    def post(self, **values: str) -> tuple[int, str]:
        """Book a spend; give the answer's status, and when to ask again."""
        body = {"campaign": str(self.campaign.pk), "amount": "1.00", **values}
        answer = self.client.post("/api/spends/", body, "application/json")
        return answer.status_code, answer.headers.get("Retry-After", "")

    def run_sql(self, statement: str) -> object:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None

    def assertNothingHalfWritten(self, booked: int) -> None:  # noqa: N802  # unittest's way
        self.assertEqual(Spend.objects.count(), booked)
        self.assertEqual([str(drift) for drift in check_totals(now=self.now, by=ALICE)[0]], [])


@skipUnless(ON_SQLITE, "locks and fills a file of SQLite")
class SqliteTests(FaultTestCase):
    def test_a_writer_that_does_not_end_makes_it_503_and_its_end_makes_it_work(self) -> None:
        self.run_sql("PRAGMA busy_timeout = 100")
        self.addCleanup(connection.close)
        with closing(sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with self.assertLogs("budget_system.web.database_errors"):
                self.assertEqual(self.post(), BUSY)
            other.execute("ROLLBACK")
            self.assertEqual(self.post(), BOOKED)
        self.assertNothingHalfWritten(1)

    def test_a_full_disk_leaves_nothing_half_written(self) -> None:
        self.run_sql("VACUUM")  # no room is left over from what was deleted
        pages = self.run_sql("PRAGMA page_count")
        self.addCleanup(connection.close)
        self.run_sql(f"PRAGMA max_page_count = {pages}")
        booked = 0
        # How much still fits into the pages that are there is not ours to know; each kind of row may be the first
        # for which there is no room, so the texts have many lengths.
        with self.assertLogs("budget_system.web.database_errors"):
            for number in range(300):
                answer = self.post(description="x" * (number * 97 % 2000), external_id=f"line-{number}")
                if answer != BOOKED:
                    break
                booked += 1
        self.assertEqual(answer, BUSY)
        self.assertNothingHalfWritten(booked)
        for number in range(5):
            with self.assertLogs("budget_system.web.database_errors"):
                self.assertEqual(self.post(description="x" * 2000, external_id=f"more-{number}"), BUSY)
        self.assertNothingHalfWritten(booked)

        self.run_sql("PRAGMA max_page_count = 1073741823")
        self.assertEqual(self.post(), BOOKED)
        self.assertNothingHalfWritten(booked + 1)


@on_postgres
class PostgresTests(FaultTestCase):
    @contextmanager
    def locked_brand(self) -> Iterator[None]:
        parameters = connection.get_connection_params()
        names = ("host", "port", "user", "password", "dbname")
        with psycopg.connect(**{name: parameters[name] for name in names if name in parameters}) as other:
            other.execute("SELECT 1 FROM brands_brand FOR UPDATE")
            yield
            other.rollback()

    @skipIf(is_pooled(connection), "behind a pooler no setting of a session stays")
    def test_a_lock_or_a_statement_that_does_not_end_makes_it_503_and_its_end_makes_it_work(self) -> None:
        self.addCleanup(connection.close)
        for setting in ("lock_timeout", "statement_timeout"):
            with self.subTest(setting):
                self.run_sql(f"SET {setting} = '200ms'")
                before = time.monotonic()
                with self.locked_brand(), self.assertLogs("budget_system.web.database_errors"):
                    self.assertEqual(self.post(), BUSY)
                self.assertLess(time.monotonic() - before, 5)
                self.run_sql(f"RESET {setting}")
        self.assertNothingHalfWritten(0)
        self.assertEqual(self.post(), BOOKED)

    def test_a_process_that_stands_still_in_a_transaction_loses_its_locks(self) -> None:
        parameters = connection.get_connection_params()
        names = ("host", "port", "user", "password", "dbname", "options")
        with closing(psycopg.connect(**{name: parameters[name] for name in names if name in parameters})) as other:
            self.assertEqual(other.execute("SHOW idle_in_transaction_session_timeout").fetchone(), ("1min",))
            other.execute("SET idle_in_transaction_session_timeout = '300ms'")
            other.execute("SELECT 1 FROM brands_brand FOR UPDATE")
            self.assertEqual(self.post(), BOOKED)

    def test_a_full_disk_leaves_nothing_half_written(self) -> None:
        with self.small_disk() as place:
            connection.close()
            # What the ledger needs to grow lies on a disk of 2 MB; the log of what was done has room enough.
            self.run_sql(f"CREATE TABLESPACE small LOCATION '{place}'")
            try:
                self.run_sql("ALTER TABLE spending_spend SET TABLESPACE small")
                booked = self.book_until_full()
                self.assertNothingHalfWritten(booked)
            finally:
                self.run_sql("ALTER TABLE spending_spend SET TABLESPACE pg_default")
                self.run_sql("DROP TABLESPACE small")
        self.assertEqual(self.post(), BOOKED)
        self.assertNothingHalfWritten(booked + 1)

    def book_until_full(self) -> int:
        booked = 0
        with self.assertLogs("budget_system.web.database_errors"):
            for _ in range(30):
                rows = [
                    {"campaign": str(self.campaign.pk), "amount": "1.00", "description": secrets.token_hex(900)}
                    for _ in range(200)
                ]
                answer = self.client.post("/api/spends/bulk/", rows, "application/json")
                if answer.status_code != 200:
                    break
                booked += len(rows)
        self.assertEqual((answer.status_code, answer.headers.get("Retry-After")), BUSY)
        return booked

    @contextmanager
    def small_disk(self) -> Iterator[Path]:
        """Mount a disk of 2 MB that the server may write to; skips where we may not, or the server is elsewhere."""
        server = psutil.Process(int(str(self.run_sql("SELECT pg_backend_pid()")))) if os.geteuid() == 0 else None
        if server is None or not str(connection.get_connection_params().get("host", "")).startswith("/"):
            self.skipTest("needs root, and the server on this machine")
        place = Path(tempfile.mkdtemp(prefix="budget-disk-"))
        try:
            mount = ["mount", "-t", "tmpfs", "-o", f"size=2m,mode=700,uid={server.uids().real}", "tmpfs", str(place)]
            if subprocess.run(mount, check=False, capture_output=True).returncode:
                self.skipTest("may not mount a disk")
            try:
                yield place
            finally:
                subprocess.run(["umount", "--lazy", str(place)], check=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)


class SweepTests(FaultTestCase):
    def test_a_sweep_ends_where_the_database_is_gone_and_does_not_fail_brand_by_brand(self) -> None:
        brands = [self.brand.pk, self.make_brand("Globex").pk, self.make_brand("Initech").pk]
        gone = OperationalError("gone")
        with (
            patch("spending.enforcement.passes.enforcing_brands", side_effect=gone) as tried,
            patch.object(connection, "ensure_connection", side_effect=gone),
            self.assertNoLogs("budget_system.sweeps"),
            self.assertRaises(OperationalError),
        ):
            run_for_brands(dict.fromkeys(brands, 0), lambda gate, counts: None, now=self.now, by=ALICE)
        self.assertEqual(tried.call_count, 1)
