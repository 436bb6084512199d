"""A month as a curve and the last days as columns, by hand."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

from django.test import SimpleTestCase

from brands.calendar import days_between, first_of_month, interval_of, last_of_month, local_date
from campaigns.pacing import MonthFacts, PeriodFacts, pacing_of
from spending.reports.curves import CurvePoint, day_columns, month_curve
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing


def of_month(
    now: datetime,
    spent: str,
    budget: str | None,
    *,
    tz: str = "UTC",
    before: str = "0.00",
    week: str | None = None,
    currency: str = "EUR",
) -> OwnerPacing:
    """Return the pacing of a month at an instant."""
    today = local_date(now, tz)
    first, last = first_of_month(today), last_of_month(today)
    within = interval_of(first, last, tz)
    days = [interval_of(day, day, tz) for day in days_between(today, last)]
    more = MonthFacts(Decimal(before), None if week is None else Decimal(week), days)
    amount, limit = Decimal(spent), None if budget is None else Decimal(budget)
    facts = PeriodFacts(now, within.end, [within], amount, limit, 1 if currency == "EUR" else 100, more)
    period = PeriodPacing(first, last, amount, limit, pacing_of(facts))
    return OwnerPacing(now, tz, currency, period, period)


class MonthCurveTests(SimpleTestCase):
    """November 2026 has 30 days; at noon of the 3rd 2.5 of them are gone."""

    now = datetime(2026, 11, 3, 12, tzinfo=UTC)
    daily: ClassVar = {date(2026, 11, 1): Decimal(100), date(2026, 11, 2): Decimal(50), date(2026, 11, 3): Decimal(30)}

    def curve(self, pacing: OwnerPacing, cleared: str = "0.00") -> dict[int, CurvePoint]:
        today = local_date(pacing.at, pacing.timezone)
        points = month_curve(pacing, today=today, daily=self.daily, cleared=Decimal(cleared))
        return {point.day.day: point for point in points}

    def test_adds_up_what_was_spent_and_knows_nothing_of_days_to_come(self) -> None:
        points = self.curve(of_month(self.now, "180.00", "3000.00"))

        self.assertEqual([points[day].total for day in (1, 2, 3)], [Decimal(100), Decimal(150), Decimal(180)])
        self.assertEqual([points[day].spent for day in (1, 3, 4)], [Decimal(100), Decimal(30), None])
        self.assertIsNone(points[4].total)
        self.assertEqual(len(points), 30)

    def test_the_plan_is_the_budget_by_the_time_that_is_gone(self) -> None:
        points = self.curve(of_month(self.now, "180.00", "3000.00"))

        self.assertEqual([points[day].plan for day in (1, 15, 30)], [Decimal(100), Decimal(1500), Decimal(3000)])
        self.assertIsNone(self.curve(of_month(self.now, "180.00", None))[1].plan)

    def test_a_day_of_25_hours_has_a_larger_part_of_the_plan(self) -> None:
        now = datetime(2026, 11, 3, 17, tzinfo=UTC)  # New York sets its clocks back on the 1st: 721 hours
        points = self.curve(of_month(now, "180.00", "7210.00", tz="America/New_York"))

        self.assertEqual([points[day].plan for day in (1, 2)], [Decimal("250.00"), Decimal("490.00")])

    def test_the_rate_so_far_leads_from_today_to_its_projection(self) -> None:
        pacing = of_month(self.now, "180.00", "3000.00")
        points = self.curve(pacing)

        self.assertIsNone(points[2].linear)
        self.assertEqual(points[3].linear, Decimal(180))
        self.assertEqual(points[4].linear, Decimal("288.00"))  # 72.00 a day
        self.assertEqual(points[30].linear, Decimal("2160.00"))
        self.assertEqual(points[30].linear, pacing.month.pacing.projected_linear)

    def test_the_last_seven_days_lead_from_yesterday_to_theirs(self) -> None:
        pacing = of_month(self.now, "180.00", "3000.00", before="150.00", week="490.00")
        points = self.curve(pacing)

        self.assertEqual(points[3].run_rate, Decimal(180))
        self.assertEqual(points[4].run_rate, Decimal("290.00"))  # 150.00, today and tomorrow with 70.00 each
        self.assertEqual(points[30].run_rate, pacing.month.pacing.projected_run_rate)
        self.assertIsNone(points[2].run_rate)

    def test_never_leads_below_what_is_spent(self) -> None:
        points = self.curve(of_month(self.now, "180.00", "3000.00", before="150.00", week="7.00"))

        self.assertEqual([points[day].run_rate for day in (3, 4, 5)], [Decimal(180)] * 3)

    def test_what_a_reset_has_cleared_is_taken_off_the_beginning(self) -> None:
        points = self.curve(of_month(self.now, "60.00", "3000.00"), cleared="120.00")

        self.assertEqual([points[day].total for day in (1, 2, 3)], [Decimal(0), Decimal(30), Decimal(60)])

    def test_the_last_day_ends_with_the_projections(self) -> None:
        now = datetime(2026, 11, 30, 12, tzinfo=UTC)
        pacing = of_month(now, "180.00", "3000.00", before="180.00", week="0.00")
        points = self.curve(pacing)

        self.assertEqual(points[30].total, Decimal(180))
        self.assertEqual(points[30].linear, pacing.month.pacing.projected_linear)

    def test_whole_amounts_stay_whole(self) -> None:
        points = self.curve(of_month(self.now, "180.00", "1000.00", currency="JPY"))

        self.assertEqual(points[1].plan, Decimal("33.00"))


class DayColumnTests(SimpleTestCase):
    def test_tells_what_is_past_each_days_own_budget(self) -> None:
        days = days_between(date(2026, 11, 1), date(2026, 11, 3))
        columns = day_columns(
            days,
            daily={days[0]: Decimal(120), days[1]: Decimal(120)},
            budgets={days[0]: Decimal(100), days[1]: None, days[2]: Decimal(150)},
        )

        self.assertEqual([column.overshoot for column in columns], [Decimal(20), Decimal(0), Decimal(0)])
        self.assertEqual(columns[2].spent, Decimal(0))
