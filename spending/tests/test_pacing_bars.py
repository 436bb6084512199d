"""A budget's bar: its word, its mark, and what is said below it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.test import SimpleTestCase

from brands.calendar import Interval
from budget_system.admin.local_times import remaining, short
from campaigns.pacing import PeriodFacts, pacing_of
from spending.admin.pacing_bars import forecasts, pacing_bar, pacing_panel
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)


def of_day(spent: str, budget: str | None, *, hours: int = 12, currency: str = "EUR") -> OwnerPacing:
    """Return the pacing of a day of 24 hours, in UTC, so many hours after it began."""
    now, within = MIDNIGHT + hours * HOUR, Interval(MIDNIGHT, MIDNIGHT + 24 * HOUR)
    amount, limit = Decimal(spent), None if budget is None else Decimal(budget)
    pacing = pacing_of(PeriodFacts(now, within.end, [within], amount, limit))
    period = PeriodPacing(date(2026, 11, 23), date(2026, 11, 23), amount, limit, pacing)
    return OwnerPacing(now, "UTC", currency, period, period)


class PacingBarTests(SimpleTestCase):
    def assert_bar(self, pacing: OwnerPacing, *parts: str) -> None:
        drawn = pacing_bar(pacing, "day")
        for part in parts:
            self.assertIn(part, drawn)

    def test_says_the_state_the_pace_and_the_figures(self) -> None:
        self.assert_bar(
            of_day("520.00", "1000.00"),
            "on track",
            "pace 104\N{NO-BREAK SPACE}%",
            "520.00 of 1,000.00 EUR · 52\N{NO-BREAK SPACE}%",
            "left:50.0%",
        )
        self.assert_bar(of_day("400.00", "1000.00"), "bs-amber", "under plan", "pace 80\N{NO-BREAK SPACE}%")

    def test_says_by_how_much_a_budget_is_exceeded(self) -> None:
        self.assert_bar(of_day("1200.50", "1000.00"), "bs-red", ">used up<", "over by 200.50", "width:100%")

    def test_exactly_the_budget_is_used_up_and_over_by_nothing(self) -> None:
        drawn = pacing_bar(of_day("1000.00", "1000.00"), "day")
        self.assertIn("used up", drawn)
        self.assertNotIn("by 0", drawn)

    def test_draws_no_track_where_nothing_limits(self) -> None:
        drawn = pacing_bar(of_day("12.00", None), "day")
        self.assertIn("no limit", drawn)
        self.assertNotIn("bs-track", drawn)

    def test_a_budget_of_nothing_has_no_mark(self) -> None:
        drawn = pacing_bar(of_day("0.00", "0.00"), "day")
        self.assertIn("nothing may be spent", drawn)
        self.assertNotIn("bs-mark", drawn)

    def test_says_below_it_only_what_applies(self) -> None:
        labels = {line.label: line.value for line in forecasts(of_day("800.00", "1000.00"), "day")}
        self.assertEqual(
            labels,
            {"On plan by now": "500.00 EUR", "Projected at this rate": "1,600.00 EUR", "Runs out": "today 15:00 (UTC)"},
        )
        self.assertNotIn("<dl", pacing_panel(of_day("0.00", None, hours=0), "day"))


class SpokenTimesTests(SimpleTestCase):
    def test_days_within_a_week_are_named_and_later_ones_dated(self) -> None:
        spoken = [short(MIDNIGHT + days * 24 * HOUR + 9 * HOUR, "UTC", now=MIDNIGHT) for days in (0, 1, 6, 7, 60)]
        self.assertEqual(
            spoken, ["today 09:00", "Tue 09:00", "Sun 09:00", "Mon 30 Nov, 09:00", "Fri 22 Jan 2027, 09:00"]
        )

    def test_the_day_is_that_of_the_zone(self) -> None:
        self.assertEqual(short(MIDNIGHT + 24 * HOUR, "America/New_York", now=MIDNIGHT + 12 * HOUR), "today 19:00")

    def test_remaining_time_in_its_two_largest_units(self) -> None:
        spans = (
            timedelta(hours=3, minutes=12),
            timedelta(days=2, hours=4, minutes=30),
            timedelta(seconds=61),
            2 * HOUR,
        )
        spoken = [remaining(MIDNIGHT + span, now=MIDNIGHT) for span in spans]
        self.assertEqual(spoken, ["3 h 12 min", "2 d 4 h", "2 min", "2 h"])
