"""Finding what stands in the ledger, many entries at a time."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import TestCase
from django.test.utils import CaptureQueriesContext

from spending.ledger.entries import SpendValues
from spending.ledger.existing import existing_at
from spending.recording.bulk import record_many
from tests.runner import on_postgres
from tests.support import ALICE, Agency

ENTRIES = 3_000


@on_postgres
class StandingTests(Agency, TestCase):
    def test_entries_are_looked_up_one_by_one_however_few_the_ledger_has(self) -> None:
        # Nobody has counted rows this new yet, as after a first import.
        rows: list[SpendValues] = [
            {
                "campaign_id": self.campaign.pk,
                "amount": Decimal("0.01"),
                "spend_date": self.now.date() - timedelta(days=number % 60),
                "external_id": f"e{number}",
            }
            for number in range(ENTRIES)
        ]
        record_many(rows=rows, now=self.now, by=ALICE)
        with CaptureQueriesContext(connection) as asked:
            found = existing_at([(str(self.campaign.pk), f"e{number}") for number in range(ENTRIES)])
        self.assertEqual(len(found), ENTRIES)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {asked[0]['sql']}")
            plan = str(cursor.fetchall())
        self.assertIn("Index Scan using spend_external_id_unique", plan)
        self.assertNotIn("Seq Scan", plan)
