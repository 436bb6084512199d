"""`backup`: a copy of the database, taken while the system runs."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import CommandError
from django.utils import timezone

from budget_system.operations.backups.copies import back_up
from budget_system.operations.backups.files import BackupFailed
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Copy the database into a new file."""

    help = "Copies the database, while everything runs, into a new file of a folder; its name is the time in UTC."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the folder."""
        parser.add_argument("folder", type=Path, metavar="DIR", help="where the file goes; nothing is overwritten")

    def handle(self, *, folder: Path, **options: object) -> None:
        """Run the command."""
        try:
            path = back_up(folder, now=timezone.now())
        except BackupFailed as error:
            raise CommandError(error.message) from error
        self.stdout.write(f"INFO Backup written: {path} ({path.stat().st_size:,} bytes)")
