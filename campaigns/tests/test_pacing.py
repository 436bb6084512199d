"""Pacing, worked out by hand: each figure can be followed with a pencil."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.test import SimpleTestCase

from brands.calendar import Interval, interval_of
from campaigns.pacing import MonthFacts, Pacing, PacingState, PeriodFacts, pacing_of
from scheduling.windows import Window, open_intervals

HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


class DayTests(SimpleTestCase):
    """Days, which have no recommendation and no run rate."""

    def day(
        self,
        spent: str,
        budget: str | None,
        now: str,
        *,
        day: date = date(2026, 3, 11),
        tz: str = "UTC",
        windows: tuple[Window, ...] | None = None,
        unit: int = 1,
    ) -> Pacing:
        within = interval_of(day, day, tz)
        scheduled = (within,) if windows is None else open_intervals(windows, within=within, tz=tz)
        return pacing_of(PeriodFacts(at(now), within.end, scheduled, Decimal(spent), amount(budget), unit))

    def assertShows(self, got: Pacing, **expected: object) -> None:  # noqa: N802  # unittest's way
        shown = {name: getattr(got, name) for name in expected}
        texts = {
            name: value if value is None or isinstance(value, datetime) else str(value) for name, value in shown.items()
        }
        self.assertEqual(texts, expected)

    def test_exactly_on_plan_is_a_hundred_percent_and_lasts_to_the_end(self) -> None:
        self.assertShows(
            self.day("50.00", "100.00", "2026-03-11T12:00"),
            elapsed="50.0",
            expected="50.00",
            pace="100.0",
            projected_linear="100.00",
            projected_run_rate=None,
            recommended_daily=None,
            runs_out_at=None,
            state="on_track",
        )

    def test_a_cent_more_runs_out_just_before_the_end(self) -> None:
        # 49.99 at 50.01 in 12 h: 11 h 59 min 42.7 s
        got = self.day("50.01", "100.00", "2026-03-11T12:00")
        self.assertShows(got, pace="100.0", projected_linear="100.02", state="on_track")
        self.assertEqual(got.runs_out_at, at("2026-03-11T23:59:42.723455"))

    def test_ahead_of_plan(self) -> None:
        # 75 in 6 h is 12.50 an hour: the other 25 last 2 h
        self.assertShows(
            self.day("75.00", "100.00", "2026-03-11T06:00"),
            elapsed="25.0",
            expected="25.00",
            pace="300.0",
            projected_linear="300.00",
            runs_out_at=at("2026-03-11T08:00"),
            state="over",
        )

    def test_behind_plan(self) -> None:
        got = self.day("10.00", "100.00", "2026-03-11T18:00")
        self.assertShows(got, elapsed="75.0", pace="13.3", projected_linear="13.33", runs_out_at=None, state="under")

    def test_the_edges_of_the_band_are_on_track(self) -> None:
        # f = 0.5: the band is 0.25 − 0.12 = 13 %
        for spent, state in (("43.49", "under"), ("43.50", "on_track"), ("56.50", "on_track"), ("56.51", "over")):
            self.assertEqual(self.day(spent, "100.00", "2026-03-11T12:00").state, state, spent)

    def test_no_budget_still_has_a_projection(self) -> None:
        self.assertShows(
            self.day("10.00", None, "2026-03-11T12:00"),
            elapsed="50.0",
            expected=None,
            pace=None,
            projected_linear="20.00",
            runs_out_at=None,
            state="no_budget",
        )

    def test_a_budget_of_nothing(self) -> None:
        self.assertShows(
            self.day("10.00", "0.00", "2026-03-11T12:00"),
            expected="0.00",
            pace=None,
            projected_linear="20.00",
            runs_out_at=None,
            state="nothing_allowed",
        )

    def test_used_up_exactly_and_beyond(self) -> None:
        for spent, pace in (("100.00", "200.0"), ("100.01", "200.0"), ("150.00", "300.0")):
            got = self.day(spent, "100.00", "2026-03-11T12:00")
            self.assertShows(got, pace=pace, runs_out_at=None, state="used_up")

    def test_nothing_spent_never_runs_out(self) -> None:
        got = self.day("0.00", "100.00", "2026-03-11T12:00")
        self.assertShows(got, pace="0.0", projected_linear="0.00", runs_out_at=None, state="under")

    def test_the_first_instant(self) -> None:
        self.assertShows(
            self.day("0.00", "100.00", "2026-03-11T00:00"),
            elapsed="0.0",
            expected="0.00",
            pace=None,
            projected_linear=None,
            runs_out_at=None,
            state="not_started",
        )
        self.assertShows(self.day("100.00", "100.00", "2026-03-11T00:00"), pace=None, state="used_up")

    def test_half_a_cent_and_half_a_tenth_are_rounded_up(self) -> None:
        # f = 1/8: 0.04 / 8 = 0.005; 12.5 %; 0.61 of 5.00 in an eighth: 97.6 %
        self.assertShows(self.day("0.00", "0.04", "2026-03-11T03:00"), expected="0.01")
        # f = 1/16 = 6.25 %
        self.assertShows(self.day("0.61", "5.00", "2026-03-11T01:30"), elapsed="6.3", pace="195.2")

    def test_a_day_of_23_hours(self) -> None:
        # Berlin, 2026-03-29, from 23:00 UTC to 22:00; at noon on the wall (10:00 UTC) 11 of 23 h are gone
        self.assertShows(
            self.day("22.00", "46.00", "2026-03-29T10:00", day=date(2026, 3, 29), tz="Europe/Berlin"),
            elapsed="47.8",
            expected="22.00",
            pace="100.0",
            projected_linear="46.00",
        )

    def test_a_day_of_25_hours(self) -> None:
        # Berlin, 2026-10-25, from 22:00 UTC to 23:00; at noon on the wall (11:00 UTC) 13 of 25 h are gone
        self.assertShows(
            self.day("13.00", "25.00", "2026-10-25T11:00", day=date(2026, 10, 25), tz="Europe/Berlin"),
            elapsed="52.0",
            expected="13.00",
            pace="100.0",
        )

    def test_windows_over_midnight(self) -> None:
        # Tuesday 22–02 and Wednesday 22–02: of Wednesday 00–02 and 22–24
        windows = tuple(Window(day, time(22), time(2), ends_next_day=True) for day in (1, 2))
        got = self.day("30.00", "100.00", "2026-03-11T12:00", windows=windows)
        # 30 in 2 of 4 h: 15 an hour; 70 more would take 4 h 40 min
        self.assertShows(got, elapsed="50.0", expected="50.00", pace="60.0", projected_linear="60.00", runs_out_at=None)
        got = self.day("60.00", "100.00", "2026-03-11T12:00", windows=windows)
        # 30 an hour: 40 more take 1 h 20 min, from 22:00 on
        self.assertShows(got, pace="120.0", runs_out_at=at("2026-03-11T23:20"), state="over")

    def test_a_window_in_an_hour_that_is_skipped_or_repeated(self) -> None:
        night = (Window(6, time(1), time(4), ends_next_day=False),)  # Sundays
        self.assertShows(
            self.day("5.00", "10.00", "2026-03-29T00:59:59", day=date(2026, 3, 29), tz="Europe/Berlin", windows=night),
            elapsed="50.0",  # 2 h: 01–02 and 03–04
        )
        self.assertShows(
            self.day("5.00", "10.00", "2026-10-25T00:00", day=date(2026, 10, 25), tz="Europe/Berlin", windows=night),
            elapsed="25.0",  # 4 h: 01–02, twice 02–03, 03–04
        )

    def test_reached_exactly_as_a_window_closes(self) -> None:
        windows = (
            Window(2, time(9), time(13), ends_next_day=False),
            Window(2, time(15), time(18), ends_next_day=False),
        )
        # 50 in 2 h; the other 50 are gone at 13:00, not at 15:00
        self.assertEqual(
            self.day("50.00", "100.00", "2026-03-11T11:00", windows=windows).runs_out_at, at("2026-03-11T13:00")
        )

    def test_before_the_first_window_and_after_the_last(self) -> None:
        windows = (Window(2, time(9), time(18), ends_next_day=False),)
        before = self.day("5.00", "100.00", "2026-03-11T08:00", windows=windows)
        self.assertShows(before, elapsed="0.0", pace=None, projected_linear=None, runs_out_at=None, state="not_started")
        after = self.day("95.00", "100.00", "2026-03-11T20:00", windows=windows)
        self.assertShows(after, elapsed="100.0", pace="95.0", runs_out_at=None, state="under")  # the band is 1 % now
        self.assertEqual(self.day("99.00", "100.00", "2026-03-11T20:00", windows=windows).state, "on_track")

    def test_a_day_without_open_hours(self) -> None:
        sunday = (Window(6, time(9), time(18), ends_next_day=False),)
        for windows in (sunday, ()):
            got = self.day("5.00", "100.00", "2026-03-11T12:00", windows=windows)
            self.assertEqual(got, Pacing(None, None, None, None, None, None, None, PacingState.NOT_SCHEDULED))
        for spent, budget, state in (
            ("5.00", None, "no_budget"),
            ("5.00", "0.00", "nothing_allowed"),
            ("5.00", "5.00", "used_up"),
        ):
            self.assertEqual(self.day(spent, budget, "2026-03-11T12:00", windows=sunday).state, state)

    def test_a_currency_without_decimals_has_whole_figures(self) -> None:
        got = self.day("10.00", "100.00", "2026-03-11T08:00", unit=100)
        self.assertShows(got, elapsed="33.3", expected="33.00", projected_linear="30.00", pace="30.0")


class MonthTests(SimpleTestCase):
    """March of 2026 in UTC, which has 31 days, with 310.00 to spend."""

    def month(
        self,
        spent: str,
        before: str,
        now: str,
        *,
        week: str | None = "70.00",
        budget: str | None = "310.00",
        windows: tuple[Window, ...] | None = None,
        unit: int = 1,
    ) -> Pacing:
        instant = at(now)
        within = interval_of(date(2026, 3, 1), date(2026, 3, 31), "UTC")
        scheduled = (within,) if windows is None else open_intervals(windows, within=within, tz="UTC")
        days = [date(2026, 3, number) for number in range(instant.day, 32)]
        month = MonthFacts(Decimal(before), amount(week), [interval_of(day, day, "UTC") for day in days])
        facts = PeriodFacts(instant, within.end, scheduled, Decimal(spent), amount(budget), unit, month)
        return pacing_of(facts)

    def figures(self, got: Pacing) -> tuple[str, str]:
        return str(got.projected_run_rate), str(got.recommended_daily)

    def test_in_the_middle(self) -> None:
        # the 11th, noon: 100 before today, 21 days left at 10 a day; 210 over 21 days
        self.assertEqual(self.figures(self.month("105.00", "100.00", "2026-03-11T12:00")), ("310.00", "10.00"))

    def test_the_run_rate_is_never_below_what_is_spent(self) -> None:
        self.assertEqual(self.figures(self.month("400.00", "100.00", "2026-03-31T12:00"))[0], "400.00")

    def test_the_first_day_and_the_last(self) -> None:
        first = self.month("5.00", "0.00", "2026-03-01T12:00")
        self.assertEqual(self.figures(first), ("310.00", "10.00"))
        last = self.month("301.00", "300.00", "2026-03-31T12:00")
        self.assertEqual(self.figures(last), ("310.00", "10.00"))

    def test_a_recommendation_is_rounded_down(self) -> None:
        # 210.20 / 21 = 10.0095…
        self.assertEqual(self.figures(self.month("99.80", "99.80", "2026-03-11T12:00"))[1], "10.00")
        self.assertEqual(self.figures(self.month("99.80", "99.80", "2026-03-11T12:00", unit=100))[1], "10.00")
        self.assertEqual(self.figures(self.month("0.00", "0.00", "2026-03-11T12:00", unit=100))[1], "14.00")

    def test_nothing_is_recommended_where_it_was_used_up_before_today(self) -> None:
        self.assertEqual(self.figures(self.month("320.00", "310.00", "2026-03-11T12:00"))[1], "0.00")
        self.assertEqual(self.figures(self.month("1.00", "1.00", "2026-03-11T12:00", budget="0.00"))[1], "0.00")
        self.assertEqual(self.figures(self.month("1.00", "1.00", "2026-03-11T12:00", budget=None))[1], "None")

    def test_before_seven_full_days_there_is_no_run_rate(self) -> None:
        self.assertEqual(self.figures(self.month("1.00", "1.00", "2026-03-11T12:00", week=None)), ("None", "14.71"))

    def test_a_campaigns_days_are_those_with_open_time_left(self) -> None:
        weekends = tuple(Window(day, time(9), time(18), ends_next_day=False) for day in (5, 6))
        # 14, 15, 21, 22, 28, 29 are left of the 11th; of Sunday the 29th at noon one, in the evening none
        self.assertEqual(self.figures(self.month("10.00", "10.00", "2026-03-11T12:00", windows=weekends))[1], "50.00")
        self.assertEqual(self.figures(self.month("10.00", "10.00", "2026-03-29T12:00", windows=weekends))[1], "300.00")
        late = self.month("10.00", "10.00", "2026-03-29T18:00", windows=weekends)
        self.assertEqual(self.figures(late), ("40.00", "None"))  # the run rate counts every day: 3 at 10

    def test_it_runs_out_in_the_week_after(self) -> None:
        weekends = tuple(Window(day, time(9), time(18), ends_next_day=False) for day in (5, 6))
        # March 2026 begins on a Sunday: 1, 7, 8 are gone, 27 h, 270.00 in them; 40.00 more take 4 h of the 14th
        got = self.month("270.00", "270.00", "2026-03-11T12:00", windows=weekends)
        self.assertEqual((got.runs_out_at, got.state), (at("2026-03-14T13:00"), PacingState.OVER))

    def test_a_date_that_a_zone_skips_is_no_day(self) -> None:
        empty = Interval(at("2026-03-12T00:00"), at("2026-03-12T00:00"))
        within = interval_of(date(2026, 3, 1), date(2026, 3, 31), "UTC")
        month = MonthFacts(Decimal(0), Decimal(70), [interval_of(date(2026, 3, 11), date(2026, 3, 11), "UTC"), empty])
        got = pacing_of(PeriodFacts(at("2026-03-11T12:00"), within.end, [within], Decimal(0), Decimal(30), 1, month))
        self.assertEqual(self.figures(got), ("10.00", "30.00"))

    def test_a_projection_may_have_more_digits_than_decimals_are_calculated_with(self) -> None:
        within = interval_of(date(2026, 3, 1), date(2026, 3, 31), "UTC")
        moment = within.start + timedelta(microseconds=1)
        facts = PeriodFacts(moment, within.end, [within], Decimal("9999999999999999.99"), None, 1)
        cents = (10**18 - 1) * (31 * 24 * HOUR // timedelta(microseconds=1))
        self.assertEqual(str(pacing_of(facts).projected_linear), f"{cents // 100}.{cents % 100:02}")
