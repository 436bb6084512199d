from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from django.test import SimpleTestCase, tag
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from brands.calendar import Interval
from scheduling.windows import Window, is_open, next_open, next_transition, normal_end, open_intervals

MONDAY, TUESDAY, FRIDAY, SATURDAY, SUNDAY = 0, 1, 4, 5, 6
MINUTE = timedelta(minutes=1)
NINE_DAYS = 9 * 24 * 60


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def window(day: int, start: str, end: str, *, ends_next_day: bool = False) -> Window:
    return Window(day, time.fromisoformat(start), time.fromisoformat(end), ends_next_day)


# Nine days around a change of the clock (or, at the end, without one).
SPANS = [
    ("Europe/Berlin", utc(2026, 3, 25)),  # 02:00 -> 03:00
    ("Europe/Berlin", utc(2026, 10, 21)),  # 03:00 -> 02:00
    ("America/New_York", utc(2026, 3, 4)),
    ("America/New_York", utc(2026, 10, 28)),
    ("Africa/Cairo", utc(2024, 4, 21)),  # 00:00 -> 01:00
    ("Africa/Cairo", utc(2024, 10, 27)),  # 24:00 -> 23:00 of the day before
    ("America/Santiago", utc(2024, 9, 3)),
    ("America/Santiago", utc(2024, 4, 2)),
    ("America/Havana", utc(2024, 10, 30)),  # 01:00 -> 00:00
    ("America/Nuuk", utc(2024, 3, 27)),  # 23:00 -> 00:00 of the next day
    ("Australia/Lord_Howe", utc(2026, 4, 1)),  # half an hour
    ("Antarctica/Troll", utc(2026, 3, 25)),  # two hours
    ("America/St_Johns", utc(2010, 11, 3)),  # 00:01 -> 23:01 of the day before
    ("Pacific/Apia", utc(2011, 12, 26)),  # a date left out
    ("Asia/Kathmandu", utc(2026, 3, 25)),
]

# Minutes that edges and clock changes like, and any other.
minutes = st.sampled_from([0, 1, 30, 60, 90, 120, 150, 180, 540, 1380, 1410, 1439]) | st.integers(0, 1439)


@st.composite
def some_window(draw: st.DrawFn) -> Window:
    """Draw a window as the rules let it in, to the minute."""
    start, end = draw(minutes), draw(minutes)
    overnight = (end <= start and end != 0) or (end == 0 and draw(st.booleans()))
    return Window(
        draw(st.integers(0, 6)), time(start // 60, start % 60), time(end // 60, end % 60), ends_next_day=overnight
    )


@cache
def walls(tz: str, begin: datetime) -> list[datetime]:
    """Read the wall clock at every minute of nine days."""
    return [(begin + number * MINUTE).astimezone(ZoneInfo(tz)) for number in range(NINE_DAYS)]


def open_on_the_wall(windows: Sequence[Window], wall: datetime) -> bool:
    """Return what the rules say, window by window, of what a clock on the wall shows."""
    for each in windows:
        own_day = wall.weekday() == each.day_of_week
        day_after = wall.weekday() == (each.day_of_week + 1) % 7
        if each.ends_next_day:
            if (own_day and wall.time() >= each.start) or (day_after and wall.time() < each.end):
                return True
        elif own_day and wall.time() >= each.start and (each.end == time(0) or wall.time() < each.end):
            return True
    return False


@tag("slow")
class BruteForceTests(SimpleTestCase):
    # Not shrunk: nine days by the minute are slow to look at again and again, and six windows are read at a glance.
    @settings(max_examples=150, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(st.sampled_from(SPANS), st.lists(some_window(), max_size=6), st.data())
    def test_agree_with_a_look_at_the_wall_clock_every_minute(
        self, span: tuple[str, datetime], windows: list[Window], data: st.DataObject
    ) -> None:
        tz, begin = span
        end = begin + NINE_DAYS * MINUTE
        expected = [open_on_the_wall(windows, wall) for wall in walls(tz, begin)]
        flips = [begin + number * MINUTE for number in range(1, NINE_DAYS) if expected[number] != expected[number - 1]]

        found: list[datetime] = []
        at = next_transition(windows, at=begin, tz=tz)
        while at is not None and at < end and len(found) <= len(flips):
            found.append(at)
            at = next_transition(windows, at=at, tz=tz)
        self.assertEqual(found, flips)

        for number in data.draw(st.lists(st.integers(0, NINE_DAYS - 1), min_size=20, max_size=20)):
            now = begin + number * MINUTE
            opens = next((begin + later * MINUTE for later in range(number, NINE_DAYS) if expected[later]), None)
            self.assertEqual(is_open(windows, at=now, tz=tz), expected[number])
            self.assertEqual(next_open(windows, at=now, tz=tz, until=end), opens)
            self.assertEqual(next_transition(windows, at=now, tz=tz), next((f for f in flips if f > now), at))


class IsOpenTests(SimpleTestCase):
    def assert_hours(self, windows: list[Window], *, open_at: list[datetime], closed_at: list[datetime]) -> None:
        for at in open_at:
            self.assertTrue(is_open(windows, at=at, tz="UTC"), at)
        for at in closed_at:
            self.assertFalse(is_open(windows, at=at, tz="UTC"), at)

    def test_opens_at_the_start_and_closes_at_the_end(self) -> None:
        self.assert_hours(
            [window(MONDAY, "09:00", "18:00:30")],
            open_at=[utc(2026, 3, 9, 9), utc(2026, 3, 9, 18, 0, 29)],
            closed_at=[utc(2026, 3, 9, 8, 59, 59), utc(2026, 3, 9, 18, 0, 30), utc(2026, 3, 10, 12)],
        )

    def test_midnight_and_the_last_second_mean_the_end_of_the_day(self) -> None:
        for end in ("00:00", "23:59:59"):
            self.assert_hours(
                [window(SUNDAY, "22:00", end)],
                open_at=[utc(2026, 3, 15, 23, 59, 59)],
                closed_at=[utc(2026, 3, 16), utc(2026, 3, 15), utc(2026, 3, 15, 21, 59, 59)],
            )

    def test_runs_over_midnight_and_from_sunday_into_monday(self) -> None:
        self.assert_hours(
            [window(SUNDAY, "22:00", "02:00", ends_next_day=True)],
            open_at=[utc(2026, 3, 15, 22), utc(2026, 3, 16), utc(2026, 3, 16, 1, 59, 59)],
            closed_at=[utc(2026, 3, 16, 2), utc(2026, 3, 15, 1), utc(2026, 3, 15, 21, 59, 59)],
        )

    def test_a_midnight_end_on_the_next_day_is_the_midnight_between(self) -> None:
        self.assert_hours(
            [window(FRIDAY, "22:00", "00:00", ends_next_day=True)],
            open_at=[utc(2026, 3, 13, 23, 59, 59)],
            closed_at=[utc(2026, 3, 14), utc(2026, 3, 14, 23)],
        )

    def test_the_last_second_is_itself_where_the_window_ends_the_next_day(self) -> None:
        self.assertEqual(normal_end(time(23, 59, 59), ends_next_day=False), time(0))
        self.assertEqual(normal_end(time(23, 59, 59), ends_next_day=True), time(23, 59, 59))
        self.assertEqual(normal_end(time(18), ends_next_day=False), time(18))
        self.assert_hours(
            [window(FRIDAY, "23:59:59", "23:59:59", ends_next_day=True)],
            open_at=[utc(2026, 3, 13, 23, 59, 59), utc(2026, 3, 14, 23, 59, 58)],
            closed_at=[utc(2026, 3, 13, 23, 59, 58), utc(2026, 3, 14, 23, 59, 59)],
        )

    def test_a_window_that_ends_before_it_starts_holds_no_time(self) -> None:
        backwards = window(MONDAY, "18:00", "09:00")

        self.assert_hours([backwards], open_at=[], closed_at=[utc(2026, 3, 9, hour) for hour in (8, 9, 12, 18)])
        self.assertIsNone(next_transition([backwards], at=utc(2026, 3, 9), tz="UTC"))

    def test_no_windows_are_never_open(self) -> None:
        self.assert_hours([], open_at=[], closed_at=[utc(2026, 3, 9, 9)])
        self.assertIsNone(next_transition([], at=utc(2026, 3, 9), tz="UTC"))


class NextTransitionTests(SimpleTestCase):
    def test_is_strictly_after_the_instant_asked_about(self) -> None:
        windows = [window(MONDAY, "09:00", "18:00")]

        self.assertEqual(next_transition(windows, at=utc(2026, 3, 9, 8, 59, 59), tz="UTC"), utc(2026, 3, 9, 9))
        self.assertEqual(next_transition(windows, at=utc(2026, 3, 9, 9), tz="UTC"), utc(2026, 3, 9, 18))
        self.assertEqual(next_transition(windows, at=utc(2026, 3, 9, 18), tz="UTC"), utc(2026, 3, 16, 9))

    def test_windows_that_touch_or_overlap_have_none_between_them(self) -> None:
        touching = [window(MONDAY, "12:00", "18:00"), window(MONDAY, "09:00", "12:00")]
        overlapping = [window(MONDAY, "09:00", "18:00"), window(MONDAY, "10:00", "11:00")]
        over_midnight = [window(SUNDAY, "09:00", "00:00"), window(MONDAY, "00:00", "18:00")]

        for windows in (touching, overlapping):
            self.assertEqual(next_transition(windows, at=utc(2026, 3, 9, 9), tz="UTC"), utc(2026, 3, 9, 18))
        self.assertEqual(next_transition(over_midnight, at=utc(2026, 3, 15, 9), tz="UTC"), utc(2026, 3, 16, 18))

    def test_there_is_none_where_all_hours_of_the_week_are_open(self) -> None:
        whole = [window(day, "00:00", "23:59:59") for day in range(7)]
        shifted = [window(day, "08:00", "08:00", ends_next_day=True) for day in range(7)]

        for windows in (whole, shifted):
            self.assertIsNone(next_transition(windows, at=utc(2026, 3, 25), tz="Europe/Berlin"))
            self.assertTrue(is_open(windows, at=utc(2026, 3, 25), tz="Europe/Berlin"))

    def test_a_window_half_in_the_skipped_hour_opens_when_the_clock_jumps(self) -> None:
        windows = [window(SUNDAY, "02:30", "03:30")]

        opens = next_transition(windows, at=utc(2026, 3, 28), tz="Europe/Berlin")

        self.assertEqual(opens, utc(2026, 3, 29, 1))
        self.assertEqual(next_transition(windows, at=utc(2026, 3, 29, 1), tz="Europe/Berlin"), utc(2026, 3, 29, 1, 30))

    def test_a_window_wholly_in_the_skipped_hour_waits_for_the_week_after(self) -> None:
        windows = [window(SUNDAY, "02:15", "02:45")]
        closed = utc(2026, 3, 22, 1, 45)  # the Sunday before

        self.assertEqual(next_transition(windows, at=closed, tz="Europe/Berlin"), utc(2026, 4, 5, 0, 15))

    def test_a_repeated_hour_is_open_both_times(self) -> None:
        windows = [window(SUNDAY, "02:00", "02:30")]
        flips = [utc(2026, 10, 24)]
        for _ in range(5):
            following = next_transition(windows, at=flips[-1], tz="Europe/Berlin")
            assert following is not None
            flips.append(following)

        self.assertEqual(flips[1:5], [utc(2026, 10, 25, hour, minute) for hour in (0, 1) for minute in (0, 30)])
        self.assertEqual(flips[5], utc(2026, 11, 1, 1))

    def test_a_window_to_the_end_of_a_day_whose_last_hour_is_repeated_stays_open_through_it(self) -> None:
        windows = [window(SATURDAY, "22:00", "00:00")]

        closes = next_transition(windows, at=utc(2024, 4, 7, 1), tz="America/Santiago")

        self.assertEqual(closes, utc(2024, 4, 7, 4))

    def test_a_date_that_was_left_out_had_no_windows(self) -> None:
        windows = [window(FRIDAY, "09:00", "17:00")]

        opens = next_transition(windows, at=utc(2011, 12, 29), tz="Pacific/Apia")

        self.assertEqual(opens, utc(2012, 1, 5, 19))

    @settings(max_examples=150, deadline=None)
    @given(
        st.lists(some_window(), min_size=1, max_size=5),
        st.datetimes(datetime(2000, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
        st.sampled_from([tz for tz, _ in SPANS]),
    )
    @example([window(MONDAY, "00:00", "00:00")], utc(2013, 2, 3, 23) - timedelta(microseconds=4), "Europe/Berlin")
    def test_each_flips_the_state_and_nothing_flips_before(self, windows: list[Window], at: datetime, tz: str) -> None:
        flips = [at]
        while len(flips) < 8 and (following := next_transition(windows, at=flips[-1], tz=tz)) is not None:
            flips.append(following)

        for before, after in pairwise(flips):
            state = is_open(windows, at=before, tz=tz)
            self.assertGreater(after, before)
            self.assertEqual(after.utcoffset(), timedelta(0))
            self.assertNotEqual(is_open(windows, at=after, tz=tz), state)
            for part in range(1, 8):
                self.assertEqual(is_open(windows, at=before + (after - before) // 8 * part, tz=tz), state)


class NextOpenTests(SimpleTestCase):
    windows = (window(MONDAY, "09:00", "18:00"), window(FRIDAY, "09:00", "18:00"))

    def test_is_the_instant_itself_where_it_is_open(self) -> None:
        at = utc(2026, 3, 9, 12)

        self.assertEqual(next_open(self.windows, at=at, tz="UTC", until=at + MINUTE), at)

    def test_is_the_next_opening_before_the_limit(self) -> None:
        after_hours = utc(2026, 3, 9, 18)
        opening = utc(2026, 3, 13, 9)

        self.assertEqual(next_open(self.windows, at=after_hours, tz="UTC", until=opening + MINUTE), opening)
        self.assertIsNone(next_open(self.windows, at=after_hours, tz="UTC", until=opening))

    def test_an_empty_stretch_of_time_holds_none(self) -> None:
        at = utc(2026, 3, 9, 12)

        self.assertIsNone(next_open(self.windows, at=at, tz="UTC", until=at))


class OpenIntervalsTests(SimpleTestCase):
    day = Interval(utc(2026, 3, 9), utc(2026, 3, 10))  # a Monday

    def open(self, *windows: Window) -> list[Interval]:
        return list(open_intervals(windows, within=self.day, tz="UTC"))

    def test_windows_that_touch_or_overlap_are_one(self) -> None:
        windows = [window(MONDAY, "09:00", "12:00"), window(MONDAY, "12:00", "14:00"), window(MONDAY, "13:00", "15:00")]
        self.assertEqual(self.open(*windows), [(utc(2026, 3, 9, 9), utc(2026, 3, 9, 15))])

    def test_they_are_cut_at_the_edges(self) -> None:
        nights = [
            window(SUNDAY, "22:00", "02:00", ends_next_day=True),
            window(MONDAY, "22:00", "02:00", ends_next_day=True),
        ]
        self.assertEqual(
            self.open(*nights),
            [(self.day.start, utc(2026, 3, 9, 2)), (utc(2026, 3, 9, 22), self.day.end)],
        )

    def test_what_opens_as_the_time_ends_or_is_never_open_is_none(self) -> None:
        self.assertEqual(self.open(window(TUESDAY, "00:00", "09:00")), [])
        self.assertEqual(self.open(), [])

    def test_all_day(self) -> None:
        self.assertEqual(self.open(*(window(day, "00:00", "00:00") for day in range(7))), [self.day])
