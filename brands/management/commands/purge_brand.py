"""`purge_brand`: destroy a brand and its ledger."""

import shlex
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from brands.models import Brand
from brands.purging import contents_of, purge_brand
from budget_system.core.actors import Actor
from budget_system.core.validation import fold, parse_uuid
from budget_system.operations.service_command import ServiceCommand


class Command(ServiceCommand):
    """Destroy a brand; everybody who may run commands on this machine is an administrator."""

    help = "Destroys a brand, archived or not, with its ledger and all else. There is no way back but a backup."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the brand and the options."""
        parser.add_argument("brand", metavar="NAME|UUID", help="the brand, archived or not")
        parser.add_argument("--confirm", metavar="NAME", help="the brand's name once more, exactly as it is shown")
        parser.add_argument("--dry-run", action="store_true", help="show what would be destroyed, and do nothing")

    def handle(self, *, brand: str, confirm: str | None, dry_run: bool, **options: object) -> None:
        """Show what would be deleted, and delete it once confirmed."""
        row = _brand(brand)
        there_is = contents_of(row)
        self.stdout.write(f"INFO Brand {row.pk} holds: {asdict(there_is)}")
        if dry_run:
            self.stdout.write("INFO Dry run: nothing was changed")
            return
        if confirm != row.name:
            raise CommandError(
                f"Nothing was removed. To destroy all this for good, add --confirm {shlex.quote(row.name)}"
            )
        gone = purge_brand(brand_id=row.pk, now=timezone.now(), by=Actor.command("purge_brand"))
        self.stdout.write(f"INFO Brand purged: {asdict(gone)}")


def _brand(text: str) -> Brand:
    """Return a brand, archived or not; one that is not archived comes before archived ones of the same name."""
    named = list(Brand.everything.filter(name_key=fold(text)))
    living = [brand for brand in named if brand.archived_at is None]
    found = living or named
    if not found:
        try:
            found = list(Brand.everything.filter(pk=parse_uuid(text)))
        except ValidationError:
            found = []
    if not found:
        raise CommandError(f"No brand has the name or id “{text}”.")
    if len(found) > 1:
        ids = ", ".join(str(brand.pk) for brand in found)
        raise CommandError(f"{len(found)} archived brands are named “{text}”; name one by its id: {ids}.")
    return found[0]
