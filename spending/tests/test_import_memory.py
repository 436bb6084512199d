"""An import takes as much memory as its batches do, whatever the length of the report."""

import gc
import tracemalloc
from datetime import timedelta
from io import StringIO
from pathlib import Path
from unittest import mock

from django.core.management import call_command
from django.test import tag

from spending.imports.plan.staging import Staging
from spending.models import ImportedDay
from spending.tests.test_import_basics import ImportTestCase
from tests.sampling import IS_POSTGRES, SOAK

BATCH_SIZE = 100
LONG = (15 if IS_POSTGRES and not SOAK else 30) * BATCH_SIZE
WHERE = ("--brand", "Acme", "--platform", "google")
PARTS = (
    "cells.parsing.CACHE_SIZE",
    "plan.staging.DAYS_IN_MEMORY",
    "plan.planning.BATCH_SIZE",
    "apply.apply.BATCH_SIZE",
)


class SmallStaging(Staging):
    """One whose file cannot grow."""

    def __init__(self) -> None:
        super().__init__()
        self._db.execute("PRAGMA max_page_count = 10")


@tag("both_databases", "slow")
class MemoryTests(ImportTestCase):
    def setUp(self) -> None:
        super().setUp()
        for part in PARTS:
            patch = mock.patch(f"spending.imports.{part}", BATCH_SIZE)
            patch.start()
            self.addCleanup(patch.stop)

    def test_memory_does_not_grow_with_the_file(self) -> None:
        self.peak(LONG)  # what is compiled and remembered the first time is not the file's
        short = self.peak(2 * BATCH_SIZE)
        long = self.peak(LONG)

        self.assertEqual(ImportedDay.objects.filter(report=self.last()).count(), LONG)
        self.assertLess(long, 1.2 * short)

    def test_cells_padded_with_blanks_are_not_held(self) -> None:
        self.measured(self.padded(BATCH_SIZE // 2))
        short = self.measured(self.padded(BATCH_SIZE // 2))
        long = self.measured(self.padded(BATCH_SIZE - 1))

        self.assertEqual(self.last().rows, BATCH_SIZE - 1)
        self.assertLess(long, 1.2 * short)

    def padded(self, lines: int) -> Path:
        blanks = " " * 30_000
        return self.file(self.rows(*(f"11,2026-03-11,{line}{blanks}" for line in range(lines))), f"{lines}.csv")

    def test_where_the_sums_find_no_room_nothing_is_imported_and_a_sentence_says_so(self) -> None:
        first = self.now.date() - timedelta(days=30 * BATCH_SIZE)
        days = [f"11,{first + timedelta(days=day)},{day + 1}0000" for day in range(30 * BATCH_SIZE)]
        with mock.patch("spending.imports.plan.planning.Staging", SmallStaging):
            refusal = self.refused(self.rows(*days))
        self.assertIn("found no room in the folder for temporary files", refusal)
        self.assertEqual(self.ledger(), [])

    def peak(self, days: int) -> int:
        """Import a report of so many days, each with a new amount; give the bytes that it took at most."""
        first = self.now.date() - timedelta(days=LONG)
        cost = days + len(list(self.folder.iterdir()))
        lines = [f"11,{first + timedelta(days=day)},{cost + day}0000" for day in range(days)]
        return self.measured(self.file(self.rows(*lines), f"{cost}.csv"))

    def measured(self, path: Path) -> int:
        """Import a file; give the bytes that it took at most."""
        gc.collect()
        tracemalloc.start()
        try:
            call_command("import_spends", str(path), *WHERE, "--force", stdout=StringIO())
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
