"""A week as one text: written, read, and compared."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scheduling.admin.week_effects import describe_week
from scheduling.admin.week_parser import read_week
from scheduling.weeks import Week, WeekWindow, active_windows, normal_window, week_difference, week_text
from scheduling.windows import Window, is_open, weekly_time

MONDAY = datetime(2026, 3, 9, tzinfo=UTC)


def window(day: int, start: str, end: str, *, ends_next_day: bool = False, is_active: bool = True) -> WeekWindow:
    return WeekWindow(Window(day, time.fromisoformat(start), time.fromisoformat(end), ends_next_day), is_active)


def days(first: int, last: int, start: str, end: str) -> list[WeekWindow]:
    return [window(day, start, end) for day in range(first, last + 1)]


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Windows as they are stored: to the second, over midnight, 24 hours long."""
    clock = st.one_of(
        st.sampled_from([time(0), time(9), time(18), time(22, 30), time(23, 59, 59)]),
        st.times().map(lambda one: one.replace(microsecond=0)),
    )
    start, end = draw(clock), draw(clock)
    return normal_window(Window(draw(st.integers(0, 6)), start, end, end <= start))


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    """Weeks as they are stored: no window twice, some of them off."""
    found = draw(st.sets(windows(), max_size=8))
    return frozenset(WeekWindow(one, draw(st.booleans())) for one in sorted(found, key=repr))


class WrittenTests(SimpleTestCase):
    def test_days_with_the_same_hours_stand_together(self) -> None:
        for week, text in (
            ([], "Always"),
            ([*days(0, 4, "09:00", "18:00"), window(5, "22:00", "02:00", ends_next_day=True)], WORKDAYS_AND_A_NIGHT),
            ([*days(0, 6, "08:00", "20:00")], "Daily 08:00–20:00"),
            ([*days(0, 0, "09:00", "18:00"), *days(2, 3, "09:00", "18:00")], "Mon, Wed–Thu 09:00–18:00"),
            ([*days(0, 1, "09:00", "12:00"), *days(0, 1, "13:00", "00:00")], "Mon–Tue 09:00–12:00 and 13:00–24:00"),
            (
                [window(2, "09:00", "18:00:30", is_active=False)],
                "Wed 09:00:00–18:00:30 (off)".replace("09:00:00", "09:00"),
            ),
        ):
            with self.subTest(text=text):
                self.assertEqual(week_text(week), text)

    @settings(max_examples=100, deadline=None)
    @given(weeks())
    @example(frozenset())
    @example(frozenset({window(6, "23:59:59", "23:59:59", ends_next_day=True)}))
    def test_what_is_written_is_read_back(self, week: Week) -> None:
        self.assertEqual(read_week(week_text(week)), week)

    @settings(max_examples=100, deadline=None)
    @given(weeks(), st.lists(st.integers(0, 7 * 24 * 3600 - 1), min_size=1, max_size=20))
    def test_what_is_read_is_open_at_the_same_times(self, week: Week, seconds: list[int]) -> None:
        stored, read = active_windows(week), active_windows(read_week(week_text(week)))
        for second in seconds:
            at = MONDAY + timedelta(seconds=second)
            self.assertEqual(is_open(read, at=at, tz="UTC"), is_open(stored, at=at, tz="UTC"))


WORKDAYS_AND_A_NIGHT = "Mon–Fri 09:00–18:00, Sat 22:00–02:00"


class ReadTests(SimpleTestCase):
    def test_reads_what_people_write(self) -> None:
        workdays = frozenset(days(0, 4, "09:00", "18:00"))
        daily = frozenset(days(0, 6, "08:00", "20:00"))
        night = window(5, "22:00", "02:00", ends_next_day=True)
        cases: Sequence[tuple[str, Week]] = (
            ("Mon–Fri 09:00–18:00, Sat 22:00–02:00", workdays | {night}),
            ("Mon-Fri 9-18", workdays),
            ("mon - fri 9:00 - 18:00", workdays),
            ("Mo–Fr 9–18", workdays),
            ("Monday to Friday: 9am to 6pm", workdays),
            ("weekdays 9am-6 p.m.", workdays),
            ("Mon, Tue, Wed, Thu and Fri 9-18", workdays),
            ("Mon 9-18; Tue-Fri 9.00-18.00", workdays),
            ("Montag bis Freitag 9 bis 18", workdays),
            ("daily 8-20", daily),
            ("Mon–Sun 0800-2000", daily),
            ("Daily 8–20.", daily),
            ("Sa 10pm-2am", frozenset({night})),
            ("Sat 22-2", frozenset({night})),
            ("Fri 20–24:00", frozenset({window(4, "20:00", "00:00")})),
            ("Fri 20–24", frozenset({window(4, "20:00", "00:00")})),
            ("Fri 20:00–00:00", frozenset({window(4, "20:00", "00:00")})),
            ("Fri 20:00–23:59:59", frozenset({window(4, "20:00", "00:00")})),
            ("Fri 0-24", frozenset({window(4, "00:00", "00:00")})),
            ("Fri 09:00–09:00", frozenset({window(4, "09:00", "09:00", ends_next_day=True)})),
            ("Mon 9-12 and 13-18", frozenset({window(0, "09:00", "12:00"), window(0, "13:00", "18:00")})),
            ("Mon 9-12, 13-18", frozenset({window(0, "09:00", "12:00"), window(0, "13:00", "18:00")})),
            ("Sat–Mon 10-11", frozenset(window(day, "10:00", "11:00") for day in (5, 6, 0))),
            ("Mon 9-12 (off)", frozenset({window(0, "09:00", "12:00", is_active=False)})),
            (
                "Mon 9-12, 13-18 off",
                frozenset({window(0, "09:00", "12:00"), window(0, "13:00", "18:00", is_active=False)}),
            ),
            ("Mon 9-18, Mon 9-18", frozenset({window(0, "09:00", "18:00")})),
            ("", frozenset()),
            ("  always ", frozenset()),
            ("never", frozenset(window(day, "00:00", "00:00", is_active=False) for day in range(7))),
        )
        for text, week in cases:
            with self.subTest(text=text):
                self.assertEqual(read_week(text), week)

    def test_says_in_words_which_part_was_not_understood(self) -> None:
        for text, says in (
            ("Mon–Fri 9–25", "“25” is not a time"),
            ("Mox 9–18", "“Mox” was not understood; days are Mon"),
            ("Mon–Fri", "“Mon–Fri” has no hours"),
            ("Mon 9-18, Tue", "“Tue” has no hours"),
            ("9–18", "“9–18” has no day; write the days before it, like Mon–Fri 9–18 or daily 9–18."),
            ("Mon 9", "“9” is one time"),
            ("Mon 9–", "“9–” is half a range of hours"),
            ("Mon– 9–18", "“Mon– 9” is half a range of days"),
            ("Mon 24:00–2", "the end of a day"),
            ("Mon 9–5", "“9–5” can be read in two ways; write 09:00–17:00, or 09:00–05:00 for an end on the next day."),
            ("Mon 9-18 !", "“!” was not understood"),
            ("(off) Mon 9-18", "stands behind no hours"),
            ("Mon 9-18, Mon 9-18 off", "Mon 09:00–18:00 stands there twice"),
            ("Mon 9-18 off, Mon 9-18", "Mon 09:00–18:00 stands there twice"),
            ("Mon 09:30:70–18", "“09:30:70” is not a time"),
            ("x" * 3000, "was not understood"),
        ):
            with self.subTest(text=text), self.assertRaises(ValidationError) as refused:
                read_week(text)
            self.assertIn(says, " ".join(refused.exception.messages))

    @settings(max_examples=100, deadline=None)
    @given(st.text(st.sampled_from("MonFri 0123456789:-–,;.()ofamp!äß\n"), max_size=40))
    def test_reads_or_refuses_whatever_is_typed(self, text: str) -> None:
        try:
            week = read_week(text)
        except ValidationError as error:
            self.assertTrue(error.messages[0].endswith("."))
        else:
            self.assertEqual(read_week(week_text(week)), week)


class DifferenceTests(SimpleTestCase):
    def test_leaves_alone_what_is_in_both(self) -> None:
        present = {*days(0, 4, "09:00", "18:00"), window(5, "22:00", "02:00", ends_next_day=True)}
        difference = week_difference(present, present - {window(5, "22:00", "02:00", ends_next_day=True)})

        self.assertEqual((difference.changed, difference.added), ([], []))
        self.assertEqual(difference.removed, [window(5, "22:00", "02:00", ends_next_day=True)])

    def test_a_window_that_moves_on_its_day_is_the_same_window(self) -> None:
        old, new = window(0, "09:00", "18:00"), window(0, "10:00", "18:00")
        other, off = window(1, "09:00", "18:00"), window(1, "09:00", "18:00", is_active=False)

        difference = week_difference({old, other, window(0, "06:00", "07:00")}, {new, off})

        self.assertEqual(difference.changed, [(other, off), (old, new)])
        self.assertEqual((difference.removed, difference.added), ([window(0, "06:00", "07:00")], []))

    @settings(max_examples=100, deadline=None)
    @given(weeks(), weeks())
    def test_leads_from_one_week_to_the_other(self, present: Week, wanted: Week) -> None:
        difference = week_difference(present, wanted)
        after = set(present) - set(difference.removed) - {old for old, _ in difference.changed}
        after |= set(difference.added) | {new for _, new in difference.changed}

        self.assertEqual(after, wanted)
        self.assertFalse((set(present) & set(wanted)) & {old for old, _ in difference.changed})


class WordsTests(SimpleTestCase):
    def test_counts_hours_that_overlap_once(self) -> None:
        for text, hours in (
            ("Mon–Fri 9–18, Sat 22–2", 49),
            ("Mon 9–12, Mon 11–13", 4),
            ("Sun 22–2", 4),
            ("Daily 0–24", 168),
            ("Daily 12:00–12:00", 168),
            ("Sat–Sun 0–24", 48),
        ):
            with self.subTest(text=text):
                self.assertEqual(weekly_time(active_windows(read_week(text))), timedelta(hours=hours))

    def test_says_what_no_windows_and_none_that_are_on_mean(self) -> None:
        self.assertIn("may run at any hour", describe_week(frozenset()))
        self.assertIn("does not run at all", describe_week(read_week("never")))
        self.assertEqual(
            describe_week(read_week("Mon 9–12:30, Tue 9–10 off"), tz="UTC", now=MONDAY),
            "3 h 30 min a week. 1 window is off and kept. Closed now; opens today 09:00.",
        )
