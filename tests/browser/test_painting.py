"""The grid of a campaign's week: what strokes make of it, held against a week of minutes painted beside it."""

import random
from datetime import UTC, datetime, timedelta
from itertools import product

from playwright.sync_api import Page, expect

from brands.calendar import ONE_DAY, Interval
from scheduling.admin.week_parser import read_week
from scheduling.weeks import Week, WeekWindow, active_windows, week_text
from scheduling.windows import MIDNIGHT, open_intervals
from tests.browser.walk import BrowserTestCase
from tests.sampling import SOAK

Cell = tuple[int, int]
"""A day and an hour."""
HOURS_OF_WEEK = 7 * 24
MINUTE = timedelta(minutes=1)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
BEGINNINGS = (
    "Mon 09:07–18:30, Tue 09:00–18:00 (off), Sat 22:00–02:00, Sun 20:10–03:00",
    "Daily 00:00–24:00",
    "Always",
    "Wed 10:20–10:40, Fri 12:00–12:00, Sun 22:00–22:00",
)
STROKES = 15 if SOAK else 5
TALL = (1500, 1500)
"""A window in which the whole grid is seen."""


def open_minutes(week: Week) -> list[bool]:
    """Return of each minute of the week whether it is open."""
    minutes = [False] * (HOURS_OF_WEEK * 60)
    for start, end in open_intervals(active_windows(week), within=Interval(MONDAY, MONDAY + 7 * ONE_DAY), tz="UTC"):
        first, last = (start - MONDAY) // MINUTE, (end - MONDAY) // MINUTE
        minutes[first:last] = [True] * (last - first)
    return minutes


def hours_touched(one: WeekWindow) -> set[int]:
    """Return the hours of the week of which a window has some part."""
    window = one.window
    start = window.day_of_week * 1440 + window.start.hour * 60 + window.start.minute
    over = window.ends_next_day or window.end == MIDNIGHT
    end = window.day_of_week * 1440 + window.end.hour * 60 + window.end.minute + over * 1440
    return {minute // 60 % HOURS_OF_WEEK for minute in range(start, end)}


class PaintingTests(BrowserTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.page: Page = self.window(size=TALL)
        self.page.goto(f"/admin/campaigns/campaign/{self.row('campaigns.campaign')}/change/")
        expect(self.page.locator("#week-grid[data-ready]")).to_be_visible()
        self.page.locator("#week-words").scroll_into_view_if_needed()

    def type(self, text: str) -> None:
        self.page.locator("#week-text").fill(text)
        for one in read_week(text):
            expect(self.page.locator(f"[data-window='{week_text([one])}']").first).to_be_visible()
        expect(self.page.locator("[data-window]")).to_have_count(self.bars_of(read_week(text)))

    def bars_of(self, week: Week) -> int:
        """Return how many bars a week has: one for each day on which a window is."""
        return sum(len({hour // 24 for hour in hours_touched(one)}) for one in week)

    def middle(self, day: int, hour: int, minute: int = 0) -> tuple[float, float]:
        cell = self.page.locator(f"[data-day='{day}'][data-hour='{hour}'][data-minute='{minute}']")
        box = cell.bounding_box()
        assert box is not None, "the cell is not there"
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def stroke(self, *places: tuple[float, float]) -> None:
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        self.page.mouse.move(*places[-1], steps=2)
        self.page.mouse.up()

    def painted(self) -> str:
        return self.page.locator("#week-text").input_value()

    def test_strokes_open_and_close_what_they_cover_and_nothing_else(self) -> None:
        chance = random.Random(18)
        for beginning in BEGINNINGS:
            self.type(beginning)
            places = {cell: self.middle(*cell) for cell in product(range(7), range(24))}
            for _ in range(STROKES):
                first, last = (chance.randrange(7), chance.randrange(24)), (chance.randrange(7), chance.randrange(24))
                with self.subTest(before=self.painted(), first=first, last=last):
                    self.check_stroke(first, chance.choice([first, last]), places)

    def check_stroke(self, first: Cell, last: Cell, places: dict[Cell, tuple[float, float]]) -> None:
        before = read_week(self.painted())
        expected = open_minutes(before)
        days, hours = sorted((first[0], last[0])), sorted((first[1], last[1]))
        cells = {day * 24 + hour for day in range(days[0], days[1] + 1) for hour in range(hours[0], hours[1] + 1)}
        begun = (first[0] * 24 + first[1]) * 60
        opens = not all(expected[begun : begun + 60])
        for cell in cells:
            expected[cell * 60 : cell * 60 + 60] = [opens] * 60

        self.stroke(places[first], places[last])

        text = self.painted()
        after = read_week(text)
        self.assertEqual(text, week_text(after))
        self.assertEqual(open_minutes(after), expected)
        untouched = {one for one in before if not hours_touched(one) & cells}
        odd = {one for one in untouched if one.window.start.minute or one.window.end.minute or not one.is_active}
        self.assertLessEqual(odd, after)

    def test_a_window_that_does_not_fit_is_drawn_to_scale(self) -> None:
        self.type("Mon 09:07–18:30")

        bar = self.page.locator("[data-window='Mon 09:07–18:30']").bounding_box()
        track = self.page.locator(".bs-week-track").first.bounding_box()
        assert bar is not None
        assert track is not None
        self.assertAlmostEqual((bar["x"] - track["x"]) / track["width"], (9 * 60 + 7) / 1440, places=2)
        self.assertAlmostEqual(bar["width"] / track["width"], (18 * 60 + 30 - 9 * 60 - 7) / 1440, places=2)

    def test_quarter_hours_are_painted_where_they_are_shown(self) -> None:
        self.type("Always")
        self.page.get_by_role("button", name="Quarter hours").click()

        self.stroke(self.middle(0, 9, 15), self.middle(1, 10, 15))

        self.assertEqual(self.painted(), "Mon–Tue 09:15–10:30")

    def test_escape_drops_a_stroke_and_put_back_what_was_painted(self) -> None:
        before = self.painted()
        self.page.mouse.move(*self.middle(2, 3))
        self.page.mouse.down()
        self.page.keyboard.press("Escape")
        self.page.mouse.up()
        self.assertEqual(self.painted(), before)

        self.stroke(self.middle(2, 3))
        self.assertNotEqual(self.painted(), before)
        self.page.get_by_role("button", name="Put back").click()
        self.assertEqual(self.painted(), before)
