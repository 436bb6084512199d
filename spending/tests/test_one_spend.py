"""What one spend costs: how many statements it takes, and that their text is the same for each."""

from decimal import Decimal
from unittest import skipIf
from uuid import uuid4

from django.db import connection, transaction
from django.test import tag
from django.test.utils import CaptureQueriesContext

from brands.access.memberships import EveryBrand
from budget_system.core.actors import FULL_ACCESS, BrandAccess
from budget_system.core.chunks import is_pooled
from spending.enforcement.locking import lock_campaigns
from spending.recording.services import record
from tests.runner import on_postgres
from tests.support import ALICE, AgencyTestCase


@tag("both_databases")
class OneSpendTests(AgencyTestCase):
    def book(self) -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            record(campaign_id=self.campaign.pk, amount=Decimal("0.01"), now=self.now, by=ALICE)
        return [query["sql"] for query in captured.captured_queries]

    def test_one_that_changes_no_status_takes_five_statements_at_most(self) -> None:
        self.book()
        sent = [sql for sql in self.book() if not sql.startswith(("SAVEPOINT", "RELEASE"))]  # the test's transaction
        self.assertEqual(
            len(sent), 2 if connection.vendor == "postgresql" else 4, sent
        )  # and where it begins, on SQLite

    def test_locks_what_the_author_may_write(self) -> None:
        other = self.make_campaign("Other")
        ids = [self.campaign.pk, other.pk, uuid4()]
        brand, nothing = self.brand.pk, BrandAccess(reads=None, writes=frozenset())
        cases = (
            ("all there is", FULL_ACCESS, 2),
            ("every brand", BrandAccess(reads=None, writes=EveryBrand()), 2),
            ("named brands", BrandAccess(reads=None, writes=frozenset({uuid4(), brand})), 2),
            ("others", BrandAccess(reads=None, writes=frozenset({uuid4()})), 0),
            ("none", nothing, 0),
        )
        for case, access, found in cases:
            with self.subTest(case), transaction.atomic():
                brands, campaigns = lock_campaigns(ids, access)
                self.assertEqual(len(campaigns), found)
                self.assertEqual(set(brands), {brand} if found else set())

    def test_what_is_locked_is_what_stands_there(self) -> None:
        with transaction.atomic():
            brands, campaigns = lock_campaigns([self.campaign.pk], FULL_ACCESS)
        for row, stands in ((brands[self.brand.pk], self.brand), (campaigns[self.campaign.pk], self.campaign)):
            stands.refresh_from_db()
            for field in row._meta.concrete_fields:
                self.assertEqual(getattr(row, field.attname), getattr(stands, field.attname), field.attname)
        self.assertIs(campaigns[self.campaign.pk].brand, brands[self.brand.pk])


@on_postgres
@skipIf(is_pooled(connection), "behind a pooler nothing is prepared")
class PreparedTests(AgencyTestCase):
    def test_the_server_plans_each_statement_of_a_spend_once(self) -> None:
        for _ in range(6):
            record(campaign_id=self.campaign.pk, amount=Decimal("0.01"), now=self.now, by=ALICE)
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements WHERE statement NOT LIKE '%SAVEPOINT%'")
            prepared = "\n".join(statement for (statement,) in cursor.fetchall())
        for table in ("campaigns_campaign", "spending_spend", "spending_brandtotal", "spending_campaigntotal"):
            self.assertIn(f'"{table}"', prepared)
