"""`export`: the ledger, the campaigns or the months as CSV."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand
from django.utils import timezone

from brands.models import Brand
from budget_system.commands import chosen_brands
from campaigns.models import Campaign
from spending.exports import export_campaigns, export_months, export_spends
from spending.models import Spend

PIPE_CLOSED: Final = 141
"""How a program ends whose reader, such as `head`, has had enough: 128 + SIGPIPE."""


class Command(BaseCommand):
    """Write a CSV file to standard output, line by line."""

    help = "Writes spends, campaigns with their budgets, or months per brand as CSV to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what is exported, and of which brands."""
        parser.add_argument("what", choices=["spends", "campaigns", "months"])
        parser.add_argument("--brand", action="append", metavar="NAME|UUID", help="only this brand; may be repeated")

    def handle(self, *, what: str, brand: list[str] | None, **options: object) -> None:
        """Carry it out."""
        now, brand_ids = timezone.now(), Brand.objects.ids(chosen_brands(brand))
        if what == "spends":
            lines = export_spends(Spend.objects.filter(campaign__brand__in=brand_ids))
        elif what == "campaigns":
            lines = export_campaigns(Campaign.objects.filter(brand__in=brand_ids), now=now)
        else:
            lines = export_months(Brand.objects.filter(pk__in=brand_ids), now=now)
        try:
            for line in lines:
                self.stdout.write(line, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            with Path(os.devnull).open("wb") as nowhere:  # so that nothing is written there on the way out either
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
