"""An import takes as much memory as its portions do, whatever the length of the report."""

import gc
import tracemalloc
from datetime import timedelta
from unittest import mock

from django.test import tag

from spending.importing.staging import Staging
from spending.models import ImportedDay
from spending.tests.test_import_basics import ImportTestCase

PORTION = 100
PARTS = ("lines.REMEMBERED", "staging.DAYS_IN_MEMORY", "planning.PORTION", "carry_out.PORTION")


class SmallStaging(Staging):
    """One whose file cannot grow."""

    def __init__(self) -> None:
        super().__init__()
        self._db.execute("PRAGMA max_page_count = 10")


@tag("both_databases")
class MemoryTests(ImportTestCase):
    def setUp(self) -> None:
        super().setUp()
        for part in PARTS:
            patch = mock.patch(f"spending.importing.{part}", PORTION)
            patch.start()
            self.addCleanup(patch.stop)

    def test_memory_does_not_grow_with_the_file(self) -> None:
        self.peak(30 * PORTION)  # what is compiled and remembered the first time is not the file's
        short = self.peak(2 * PORTION)
        long = self.peak(30 * PORTION)

        self.assertEqual(ImportedDay.objects.filter(report=self.last()).count(), 30 * PORTION)
        self.assertLess(long, 1.2 * short)

    def test_where_the_sums_find_no_room_nothing_is_imported_and_a_sentence_says_so(self) -> None:
        first = self.now.date() - timedelta(days=30 * PORTION)
        days = [f"11,{first + timedelta(days=day)},{day + 1}0000" for day in range(30 * PORTION)]
        with mock.patch("spending.importing.planning.Staging", SmallStaging):
            said = self.refused(self.rows(*days))
        self.assertIn("found no room in the folder for temporary files", said)
        self.assertEqual(self.ledger(), [])

    def peak(self, days: int) -> int:
        """Import a report of so many days, each with a new amount; give the bytes that it took at most."""
        first = self.now.date() - timedelta(days=30 * PORTION)
        cost = days + len(list(self.folder.iterdir()))
        lines = [f"11,{first + timedelta(days=day)},{cost + day}0000" for day in range(days)]
        text = self.rows(*lines)
        self.file(text, f"{cost}.csv")
        gc.collect()
        tracemalloc.start()
        try:
            self.load(text, "--force")
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
