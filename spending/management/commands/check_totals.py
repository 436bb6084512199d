"""`check_totals`: compare the totals with the ledger."""

from argparse import ArgumentParser

from django.core.management.base import CommandError
from django.utils import timezone

from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand
from spending.enforcement.audit import check_totals


class Command(ServiceCommand):
    """Compare every total with the ledger."""

    help = "Compares every total of every brand with the ledger and names drift; --repair corrects it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--repair`."""
        parser.add_argument("--repair", action="store_true", help="bring drifted totals to what the ledger says")

    def handle(self, *, repair: bool, **options: object) -> None:
        """Run the command; fail where drift is left."""
        drifts, counts = check_totals(now=timezone.now(), by=Actor.command("check_totals"), repair=repair)
        for drift in drifts:
            self.stdout.write(f"{'corrected: ' if repair and drift.can_be_repaired else ''}{drift}")
        if counts.errors:
            raise CommandError(f"{counts.errors} of the brands failed and were left as they were; see the log.")
        if drifts and not repair:
            raise CommandError(f"{len(drifts)} totals drifted from the ledger; --repair corrects them.")
        if left := [drift for drift in drifts if not drift.can_be_repaired]:
            raise CommandError(
                f"{len(left)} totals cannot be corrected: their entries come to more than a total holds."
            )
        self.stdout.write(
            f"INFO Totals checked: {len(drifts)} corrected" if drifts else "INFO Totals checked: no drift"
        )
