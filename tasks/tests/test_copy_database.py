"""A whole database moves to one of another kind, to the cent and with its ids; whatever fails leaves nothing there."""

import sqlite3
from contextlib import closing
from decimal import Decimal
from io import StringIO

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import tag

from spending.enforcement.resets import reset
from spending.models import Period, Spend
from tasks.tests.test_backup import IS_SQLITE, Elsewhere
from tests.support import ALICE

SPENDS = 4_321
"""More than two batches."""

OLDER = """
CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TIMESTAMP);
INSERT INTO django_migrations (app, name, applied) VALUES ('tasks', '0001_initial', '2026-01-01 00:00:00');
"""
"""All that is looked at of a source of another version."""

NEXT = """
from django.contrib.auth.models import User
from django.core.management import call_command
call_command("issue_token", "root")
print(User.objects.create(username="next").pk)
"""


@tag("processes")
@tag("both_databases")
class CopyTests(Elsewhere):
    def setUp(self) -> None:
        super().setUp()
        self.spend("12.34")
        reset(periods=[Period.DAY], note="at\nnoon “Möbel”", now=self.now, by=ALICE)
        Spend.objects.bulk_create(
            Spend(campaign=self.campaign, amount=Decimal("0.01") * (number % 7 + 1), spend_date=self.now.date())
            for number in range(SPENDS)
        )
        call_command("check_totals", "--repair", stdout=StringIO())
        self.user = User.objects.create_superuser("root", password="a-long-one-17")

    def address(self) -> str:
        """Return the address of the database that the tests use."""
        here = connection.get_connection_params()
        if IS_SQLITE:
            return str(here["database"]).removeprefix("file:").partition("?")[0]
        login = f"{here.get('user') or 'postgres'}:{here.get('password') or ''}"
        port = f"&port={here['port']}" if here.get("port") else ""
        return f"postgres://{login}@/{connection.settings_dict['NAME']}?host={here.get('host') or ''}{port}"

    def test_after_a_copy_that_does_not_read_back_everything_is_there_and_what_comes_next_gets_a_new_number(
        self,
    ) -> None:
        with self.new_database() as database:
            self.assert_leaves_nothing(database)

            source = self.address()
            if not IS_SQLITE:  # there, and back again: from PostgreSQL to SQLite to PostgreSQL
                source = f"{self.folder}/between.sqlite3"
                done = self.run_on(f"sqlite:///{source}", "copy_database", self.address())
                self.assertEqual(done.returncode, 0, done.stderr)
            done = self.run_on(database, "copy_database", source)

            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(f"INFO spending_spend: {SPENDS + 1:,} rows", done.stdout)
            self.assertIn("INFO Totals checked: no drift", done.stdout)
            self.assertEqual(self.spends_in(database), {str(pk) for pk in Spend.objects.values_list("pk", flat=True)})
            new = self.run_on(database, "shell", "-c", NEXT)
            self.assertEqual(new.returncode, 0, new.stderr)
            self.assertGreater(int(new.stdout.split()[-1]), self.user.pk, new.stderr)

            again = self.run_on(database, "copy_database", source)
            self.assertIn("is not empty", again.stderr)
            self.assertNotEqual(again.returncode, 0)

    def assert_leaves_nothing(self, database: str) -> None:
        """Make a copy of which one value does not read back."""
        code = (
            "from django.core.management import call_command\n"
            "from budget_system.operations.backups import transfers\n"
            "good = transfers._prepared\n"
            "note = 'at\\nnoon “Möbel”'\n"
            "bad = lambda fields, row: tuple('x' if one == note else one for one in good(fields, row))\n"
            "transfers._prepared = bad\n"
            f"call_command('copy_database', {self.address()!r})\n"
        )
        done = self.run_on(database, "shell", "-c", code)
        self.assertIn("spending_reset does not read back as it was written", done.stderr)
        self.assertEqual(self.spends_in(database), set())


@tag("processes")
class SourceTests(Elsewhere):
    """The source is looked at before anything is done to the target, of whichever kind that is."""

    def test_a_source_that_is_none_or_of_another_version_is_refused_in_a_sentence(self) -> None:
        for source, sentence in (
            (f"{self.folder}/nothing.sqlite3", "There is no file"),
            ("mysql://somewhere", "The address of the source must begin with"),
        ):
            with self.assertRaisesRegex(CommandError, sentence):
                self.in_process("copy_database", source)
        older = self.folder / "older.sqlite3"
        with closing(sqlite3.connect(older)) as made:
            made.executescript(OLDER)
        with self.new_database() as database:
            done = self.run_on(database, "copy_database", str(older))
            self.assertRegex(done.stderr, r"lacks \d+ migrations of this version; run")
            self.assertNotIn("Traceback", done.stderr)
