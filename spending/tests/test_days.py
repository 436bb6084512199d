"""What a brand spent on each day, and the daily budget that was in force then."""

from datetime import date, timedelta
from decimal import Decimal

from brands.services import change_brand
from spending.models import SpendType
from spending.recording.services import record
from spending.reports.days import daily_budgets, daily_spend
from tests.support import ALICE, AgencyTestCase


class DailySpendTests(AgencyTestCase):
    def test_entries_of_the_month_alone_count_in_no_day_but_in_the_curve(self) -> None:
        self.spend("10.00")
        self.spend("5.00", days=-1)
        record(
            campaign_id=self.campaign.pk,
            amount=Decimal("250.00"),
            spend_date=date(2026, 3, 10),
            spend_type=SpendType.MONTHLY,
            now=self.now,
            by=ALICE,
        )

        with self.assertNumQueries(2):
            found = daily_spend(self.brand, first=date(2026, 2, 10), today=date(2026, 3, 11))

        self.assertEqual(found.counted, {date(2026, 3, 10): Decimal(5), date(2026, 3, 11): Decimal(10)})
        self.assertEqual(found.dated[date(2026, 3, 10)], Decimal(255))
        self.assertEqual(found.cleared, Decimal(0))

    def test_other_brands_and_days_do_not_come_in(self) -> None:
        self.spend("10.00", self.make_campaign("Sale", self.make_brand("Other")))
        self.spend("5.00", days=-40)

        found = daily_spend(self.brand, first=date(2026, 2, 10), today=date(2026, 3, 11))

        self.assertEqual(dict(found.dated), {})


class DailyBudgetTests(AgencyTestCase):
    def test_each_day_has_the_budget_with_which_it_ended(self) -> None:
        for later, budget in ((1, "200.00"), (2, None), (2, "300.00")):
            values = {"daily_budget": None if budget is None else Decimal(budget)}
            change_brand(brand_id=self.brand.pk, values=values, now=self.now + timedelta(days=later), by=ALICE)  # type: ignore[arg-type]  # one of its values
        self.brand.refresh_from_db()
        days = [date(2026, 3, day) for day in (10, 11, 12, 13, 14)]

        with self.assertNumQueries(1):
            budgets = daily_budgets(self.brand, days)

        expected = ["100.00", "100.00", "200.00", "300.00", "300.00"]
        self.assertEqual([budgets[day] for day in days], [Decimal(one) for one in expected])
