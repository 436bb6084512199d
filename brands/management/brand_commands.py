"""What the management commands share."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from brands.models import Brand
from budget_system.core.validation import fold, parse_uuid
from budget_system.operations.service_command import ServiceCommand


class BrandCommand(ServiceCommand):
    """A command that works on all brands, or on those given with `--brand`."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--brand` and `--dry-run`."""
        parser.add_argument("--brand", action="append", metavar="NAME|UUID", help="only this brand; may be repeated")
        parser.add_argument("--dry-run", action="store_true", help="show what would be done, and do nothing")

    def started(self, what: str) -> None:
        """Print what begins."""
        self.stdout.write(f"INFO Starting {what}")

    def completed(self, what: str, counts: Mapping[str, int], *, dry_run: bool) -> None:
        """Print the counts; fail the command where a brand failed."""
        self.stdout.write(f"INFO {what[0].upper()}{what[1:]} completed: {dict(counts)}")
        if dry_run:
            self.stdout.write("INFO Dry run: nothing was changed")
        if counts["errors"]:
            raise CommandError(f"{counts['errors']} of the brands failed and were left as they were; see the log.")


def chosen_brands(named: Sequence[str | UUID] | UUID | None) -> list[UUID] | None:
    """Return the ids of the brands given by name or UUID; `None`, for all of them, where none is given.

    A single one is what `call_command(…, brand="Acme")` passes. Raise `CommandError` where one is unknown.
    """
    if named is None:
        return None
    return [_brand(str(one)) for one in ([named] if isinstance(named, str | UUID) else named)]


def _brand(text: str) -> UUID:
    if (found := find_brand(text)) is None:
        raise CommandError(f"No brand has the name or id “{text}”.")
    return found


def find_brand(text: str) -> UUID | None:
    """Return the id of the brand with this name or UUID; `None` where there is none."""
    found = Brand.objects.filter(name_key=fold(text)).first()
    if found is None:
        try:
            found = Brand.objects.filter(pk=parse_uuid(text)).first()
        except ValidationError:
            found = None
    return None if found is None else found.pk
