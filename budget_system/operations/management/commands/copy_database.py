"""`copy_database`: everything of another database into the empty one of `DATABASE_URL`, of whichever kind."""

from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import CommandError

from budget_system.operations.backups.files import BackupFailed
from budget_system.operations.backups.transfers import copy_from
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Copy a whole database, and check the copy."""

    help = "Copies a whole database into the empty one of DATABASE_URL, reads it back, then checks its totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the source."""
        parser.add_argument("source", metavar="FROM", help="an SQLite file, like db.sqlite3, or an address")

    def handle(self, *, source: str, **options: object) -> None:
        """Run the command; fail where totals have drifted, with everything copied."""
        total = 0
        try:
            for table, rows in copy_from(source):
                self.stdout.write(f"INFO {table}: {rows:,} rows")
                total += rows
        except BackupFailed as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"INFO Copied and read back: {total:,} rows")
        call_command("check_totals", stdout=self.stdout, stderr=self.stderr)
