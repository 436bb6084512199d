"""`restore`: a backup put into an empty database."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import CommandError

from budget_system.operations.backups.copies import restore
from budget_system.operations.backups.files import BackupFailed
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Fill the empty database from a backup, and check it."""

    help = "Fills the empty database that DATABASE_URL names from a file of `backup`, then checks its totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file."""
        parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` has written")

    def handle(self, *, file: Path, **options: object) -> None:
        """Run the command; fail where totals have drifted, with everything restored."""
        try:
            unapplied = restore(file)
        except BackupFailed as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"INFO Restored: {file}")
        if unapplied:
            self.stdout.write(
                f"INFO The backup is of an older version, {len(unapplied)} migrations behind: now run "
                "`python manage.py migrate`, then `python manage.py check_totals`."
            )
            return
        call_command("check_totals", stdout=self.stdout, stderr=self.stderr)
