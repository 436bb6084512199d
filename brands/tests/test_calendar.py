from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from django.test import SimpleTestCase
from hypothesis import example, given, settings
from hypothesis import strategies as st

from brands.calendar import end_of_day, first_of_month, local_date, offset_periods, start_of_day

ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("posix/", "right/")))
MINUTE = timedelta(minutes=1)
TICK = timedelta(microseconds=1)
# Zones whose clocks jump at or over midnight, in years in which they do.
AWKWARD = [
    "Africa/Cairo",
    "America/Asuncion",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Dhaka",
    "Asia/Gaza",
    "Asia/Tehran",
    "Atlantic/Azores",
    "Pacific/Apia",
]

zones = st.sampled_from(AWKWARD) | st.sampled_from(ZONES)
days = st.dates(date(1990, 1, 1), date(2037, 12, 31))
instants = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def first_minute_on_or_after(day: date, tz: str) -> datetime:
    """Walk the clock minute by minute to the first that bears the date or a later one."""
    clock = ZoneInfo(tz)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    while at.astimezone(clock).date() < day:
        at += MINUTE
    return at


class LocalDateTests(SimpleTestCase):
    def test_is_the_date_on_the_brands_own_clock(self) -> None:
        now = utc(2026, 3, 11, 12)

        self.assertEqual(local_date(now, "UTC"), date(2026, 3, 11))
        self.assertEqual(local_date(now, "Pacific/Kiritimati"), date(2026, 3, 12))
        self.assertEqual(local_date(now - timedelta(hours=5), "America/Los_Angeles"), date(2026, 3, 11))
        self.assertEqual(local_date(now - timedelta(hours=5, seconds=1), "America/Los_Angeles"), date(2026, 3, 10))

    def test_a_month_begins_on_its_first(self) -> None:
        self.assertEqual(first_of_month(date(2024, 2, 29)), date(2024, 2, 1))
        self.assertEqual(first_of_month(date(2024, 3, 1)), date(2024, 3, 1))


class StartOfDayTests(SimpleTestCase):
    def test_is_midnight_on_an_ordinary_day(self) -> None:
        self.assertEqual(start_of_day(date(2026, 3, 11), "UTC"), utc(2026, 3, 11))
        self.assertEqual(start_of_day(date(2026, 3, 11), "Asia/Kathmandu"), utc(2026, 3, 10, 18, 15))
        self.assertEqual(start_of_day(date(2026, 3, 11), "America/New_York"), utc(2026, 3, 11, 4))

    def test_is_the_end_of_the_gap_where_midnight_is_skipped(self) -> None:
        for tz, day, begins, hour in [
            ("Africa/Cairo", date(2024, 4, 26), utc(2024, 4, 25, 22), 1),
            ("America/Santiago", date(2024, 9, 8), utc(2024, 9, 8, 4), 1),
            ("Asia/Beirut", date(2024, 3, 31), utc(2024, 3, 30, 22), 1),
            ("America/Havana", date(2024, 3, 10), utc(2024, 3, 10, 5), 1),
            ("America/Nuuk", date(2024, 3, 31), utc(2024, 3, 31, 1), 0),
        ]:
            with self.subTest(tz=tz):
                self.assertEqual(start_of_day(day, tz), begins)
                self.assertEqual(begins.astimezone(ZoneInfo(tz)).hour, hour)

    def test_is_the_first_of_two_midnights(self) -> None:
        self.assertEqual(start_of_day(date(2024, 11, 3), "America/Havana"), utc(2024, 11, 3, 4))

    def test_is_the_end_of_a_gap_that_straddles_midnight(self) -> None:
        # 23:30 of the 30th was followed by 00:30 of the 31st.
        self.assertEqual(start_of_day(date(1919, 3, 31), "America/Toronto"), utc(1919, 3, 31, 4, 30))

    def test_is_the_next_dates_where_the_date_never_was(self) -> None:
        self.assertEqual(start_of_day(date(2011, 12, 30), "Pacific/Apia"), utc(2011, 12, 30, 10))
        self.assertEqual(start_of_day(date(2011, 12, 31), "Pacific/Apia"), utc(2011, 12, 30, 10))

    def test_is_the_first_time_a_date_is_borne_even_if_the_clock_then_goes_back_to_the_day_before(self) -> None:
        # At 00:01 of the 7th the clock went back to 23:01 of the 6th.
        self.assertEqual(start_of_day(date(2010, 11, 7), "America/St_Johns"), utc(2010, 11, 7, 2, 30))

    @settings(max_examples=150, deadline=None)
    @given(days, zones)
    @example(date(2024, 4, 26), "Africa/Cairo")
    @example(date(2024, 11, 1), "Africa/Cairo")
    @example(date(2024, 10, 27), "America/Nuuk")
    @example(date(2011, 12, 30), "Pacific/Apia")
    @example(date(1993, 8, 21), "Pacific/Kwajalein")
    def test_agrees_with_a_walk_along_the_clock(self, day: date, tz: str) -> None:
        self.assertEqual(start_of_day(day, tz), first_minute_on_or_after(day, tz))


class EndOfDayTests(SimpleTestCase):
    def test_is_the_start_of_the_next_day(self) -> None:
        self.assertEqual(end_of_day(utc(2026, 3, 11, 23, 59, 59), "UTC"), utc(2026, 3, 12))
        self.assertEqual(end_of_day(utc(2026, 3, 12), "UTC"), utc(2026, 3, 13))
        self.assertEqual(end_of_day(utc(2024, 4, 25, 12), "Africa/Cairo"), utc(2024, 4, 25, 22))
        self.assertEqual(end_of_day(utc(2011, 12, 30, 9), "Pacific/Apia"), utc(2011, 12, 30, 10))

    def test_passes_over_a_midnight_that_is_repeated(self) -> None:
        between = utc(2024, 11, 3, 4, 30)  # 00:30, and 00:00 comes again in half an hour

        self.assertEqual(end_of_day(between, "America/Havana"), utc(2024, 11, 4, 5))

    def test_comes_again_where_the_clock_has_gone_back_to_the_day_before(self) -> None:
        self.assertEqual(end_of_day(utc(2010, 11, 7, 2), "America/St_Johns"), utc(2010, 11, 7, 2, 30))
        self.assertEqual(end_of_day(utc(2010, 11, 7, 2, 45), "America/St_Johns"), utc(2010, 11, 7, 3, 30))

    @settings(max_examples=300, deadline=None)
    @given(instants, zones, st.floats(0, 1))
    def test_lies_ahead_and_the_date_is_later_from_there_and_not_before(
        self, now: datetime, tz: str, part: float
    ) -> None:
        today = local_date(now, tz)
        end = end_of_day(now, tz)

        self.assertEqual(end.utcoffset(), timedelta(0))
        self.assertGreater(end, now)
        self.assertGreater(local_date(end, tz), today)
        self.assertEqual(local_date(end - TICK, tz), today)
        self.assertLessEqual(local_date(now + part * (end - TICK - now), tz), today)

    @settings(max_examples=100, deadline=None)
    @given(days, zones)
    @example(date(2011, 12, 25), "Pacific/Apia")
    @example(date(2010, 11, 1), "America/St_Johns")
    @example(date(2024, 10, 28), "America/Havana")
    def test_days_tile_the_timeline(self, first: date, tz: str) -> None:
        for number in range(12):
            begins = start_of_day(first + timedelta(days=number), tz)
            borne = local_date(begins, tz)

            self.assertEqual(end_of_day(begins, tz), start_of_day(borne + timedelta(days=1), tz))


class StretchesTests(SimpleTestCase):
    @settings(max_examples=150, deadline=None)
    @given(instants, zones)
    @example(datetime(2024, 3, 28, tzinfo=UTC), "Asia/Gaza")  # whose clocks change at the end of what is looked at
    def test_tile_three_weeks_and_keep_one_offset_each(self, at: datetime, tz: str) -> None:
        found = list(offset_periods(at, tz))

        self.assertEqual(found[0].start, at)
        self.assertGreaterEqual(found[-1].end - at, timedelta(days=22))
        for before, after in pairwise(found):
            self.assertEqual(before.end, after.start)
            self.assertNotEqual(before.offset, after.offset)
        for start, end, offset in found:
            for look in (start, start + (end - start) / 2, end - TICK):
                self.assertEqual(look.astimezone(ZoneInfo(tz)).utcoffset(), offset)
