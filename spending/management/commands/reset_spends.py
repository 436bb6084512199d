"""`reset_spends`: clear counters, as a person orders."""

import sys
from argparse import ArgumentParser
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone

from brands.management.brand_commands import BrandCommand, chosen_brands
from budget_system.core.actors import Actor
from budget_system.core.money import in_currency
from budget_system.core.validation import clean_text
from spending.enforcement.resets import preview, reset
from spending.models import Period

PERIODS = {
    "daily": (Period.DAY,),
    "monthly": (Period.MONTH,),
    "both": (Period.DAY, Period.MONTH),
}
NAMES = {"daily": "daily reset", "monthly": "monthly reset", "both": "daily and monthly reset"}


class Command(BrandCommand):
    """Clear the current day's or month's counters; the ledger stays."""

    help = "Clears the current counters, leaves the ledger alone, and wakes what may run again. On a terminal it asks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add which periods, and the switches of an order."""
        super().add_arguments(parser)
        which = parser.add_mutually_exclusive_group()
        for name, periods in PERIODS.items():
            labels = " and ".join(f"the {period.label}'s" for period in periods)
            which.add_argument(f"--{name}", action="store_true", help=f"clear {labels} counters")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--note", default="", help="why; it is kept with the reset")

    def handle(self, *, brand: list[str] | None, dry_run: bool, yes: bool, note: str, **options: object) -> None:
        """Run the command, once it is confirmed."""
        asked = [name for name in PERIODS if options[name]]
        if not asked:
            raise CommandError("Say what to reset: --daily, --monthly or --both.")
        which = asked[0] if len(asked) == 1 else "both"
        try:
            note = clean_text(note)
        except ValidationError as error:
            raise CommandError(f"--note: {error.messages[0]}") from error
        brand_ids, now, periods = chosen_brands(brand), timezone.now(), PERIODS[which]
        if dry_run or (not yes and sys.stdin.isatty()):
            self._show(periods, brand_ids, now)
            if not dry_run and input("Clear these counters? [y/N] ").strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was cleared.")
        self.started(NAMES[which])
        counts = reset(
            periods=periods,
            brand_ids=brand_ids,
            note=note,
            now=now,
            by=Actor.command("reset_spends"),
            dry_run=dry_run,
        )
        self.completed(NAMES[which], counts.reset_counts(), dry_run=dry_run)

    def _show(self, periods: Collection[Period], brand_ids: list[UUID] | None, now: datetime) -> None:
        clearings = preview(periods=periods, brand_ids=brand_ids, now=now)
        for clearing in clearings:
            currency = clearing.brand.currency
            self.stdout.write(
                f"{clearing.brand}: {clearing.period.label} of {clearing.start}, "
                f"{in_currency(clearing.amount, currency)} {currency} of {clearing.campaigns} campaigns"
            )
        if not clearings:
            self.stdout.write("There is nothing to clear.")
