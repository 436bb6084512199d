"""`export`: the ledger, the campaigns or the months as a file."""

import os
import sys
from argparse import ArgumentParser
from codecs import BOM_UTF8
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Final, cast

from django.core.management.base import CommandError
from django.utils import timezone

from brands.management.brand_commands import chosen_brands
from brands.models import Brand
from budget_system.exports.csv_files import csv_lines
from budget_system.exports.tables import Table, TooManyRows
from budget_system.exports.workbooks import MAX_ROWS, write_workbook
from budget_system.operations.service_command import ServiceCommand
from campaigns.models import Campaign
from spending.models import Spend
from spending.reports.exports import campaign_table, month_table, spend_table
from spending.reports.pacing.brands import pacing_table

PIPE_CLOSED: Final = 141
"""The exit status of a program whose reader, such as `head`, has closed the pipe: 128 + SIGPIPE."""


class Command(ServiceCommand):
    """Write a file to standard output, a batch at a time."""

    help = (
        "Writes spends, campaigns with their budgets, or brands' months or pacing to standard output, as CSV or xlsx."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what to export, of which brands, and in which format."""
        parser.add_argument("what", choices=["spends", "campaigns", "months", "pacing"])
        parser.add_argument("--brand", action="append", metavar="NAME|UUID", help="only this brand; may be repeated")
        form = parser.add_mutually_exclusive_group()
        form.add_argument(
            "--excel", action="store_true", help="CSV with the byte order mark by which Excel knows UTF-8"
        )
        form.add_argument("--xlsx", action="store_true", help="a workbook instead of CSV")

    def handle(self, *, what: str, brand: list[str] | None, excel: bool, xlsx: bool, **options: object) -> None:
        """Run the command."""
        if xlsx and self.stdout.isatty():
            raise CommandError(f"A workbook is no text for a terminal; write it into a file: … --xlsx > {what}.xlsx")
        table = _table(what, brand)
        out = cast(IO[bytes], self.stdout.buffer)  # bytes, whatever the terminal's encoding is
        try:
            for batch in _workbook(table) if xlsx else _csv(table, marked=excel):
                out.write(batch)
            out.flush()
        except BrokenPipeError:
            with Path(os.devnull).open("wb") as nowhere:  # so that nothing is written there on the way out either
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)


def _table(what: str, brand: list[str] | None) -> Table:
    now, brand_ids = timezone.now(), Brand.objects.ids(chosen_brands(brand))
    if what == "spends":
        return spend_table(Spend.objects.filter(campaign__brand__in=brand_ids))
    if what == "campaigns":
        return campaign_table(Campaign.objects.filter(brand__in=brand_ids), now=now)
    if what == "pacing":
        return pacing_table(Brand.objects.filter(pk__in=brand_ids), now=now)
    return month_table(Brand.objects.filter(pk__in=brand_ids), now=now)


def _csv(table: Table, *, marked: bool) -> Iterator[bytes]:
    if marked:
        yield BOM_UTF8
    for line in csv_lines(table):
        yield line.encode()


def _workbook(table: Table) -> Iterator[bytes]:
    with TemporaryFile() as file:
        try:
            write_workbook(table, file, most=MAX_ROWS)
        except TooManyRows as refusal:
            raise CommandError(
                f"{refusal} A sheet holds {refusal.most:,}: export brand by brand, or without --xlsx."
            ) from refusal
        file.seek(0)
        yield from iter(partial(file.read, 64 * 1024), b"")
