"""What the walks share: a person's browser window, and a hand whose clicks are counted."""

from collections.abc import Sequence
from typing import ClassVar, Final
from unittest import SkipTest

from django.test import SimpleTestCase, tag
from playwright.sync_api import Locator, Page, expect

from tests.browser.agency import OWNER
from tests.browser.chromium import MISSING, find_chromium
from tests.browser.desk import Desk, desk
from tests.browser.snapshots import AGENCY
from tests.browser.watching import Watcher

WIDE: Final = (1400, 900)
PHONE: Final = (390, 844)
PATIENCE: Final = 10_000
"""Milliseconds within which the page must do what is waited for."""


class Hand:
    """A mouse and a keyboard; `clicks` counts what the mouse does, a stroke as one."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Locator) -> None:
        """Click once."""
        target.click()
        self.clicks += 1

    def stroke(self, start: Locator, end: Locator) -> None:
        """Press the button on one place, move to another, and let go."""
        start.scroll_into_view_if_needed()
        for place, press in ((start, self.page.mouse.down), (end, self.page.mouse.up)):
            box = place.bounding_box()
            assert box is not None, "it is not to be seen"
            self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
            press()
        self.clicks += 1

    def choose(self, field: Locator, option: str) -> None:
        """Open a field's list of choices and choose one: two clicks."""
        field.select_option(label=option)
        self.clicks += 2

    def write(self, field: Locator, text: str) -> None:
        """Type into a field: a click into it, unless one stands in it already."""
        if not field.evaluate("field => field === document.activeElement"):
            self.click(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def next(self, text: str) -> None:
        """Go on to the next field with the Tab key, and type."""
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(text)


@tag("processes")
class BrowserTestCase(SimpleTestCase):
    """A test with the running system and a browser; `data` is what the system holds when it begins."""

    data: ClassVar[str] = AGENCY
    desk: ClassVar[Desk]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if not find_chromium():
            raise SkipTest(MISSING)
        cls.desk = desk()

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self.desk.chromium.suspend)
        self.desk.chromium.resume()
        self.desk.restore(self.data)
        self.watcher: Watcher

    def window(self, person: str | None = OWNER, size: Sequence[int] = WIDE, *, dark: bool = False) -> Page:
        """Open a window in which a person has logged in; what its pages do wrong fails the test."""
        context = self.desk.chromium.browser.new_context(
            base_url=self.desk.url,
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        self.addCleanup(context.close)
        context.set_default_timeout(PATIENCE)
        self.watcher = watcher = Watcher(context, self.desk.url)
        self.addCleanup(lambda: self.assertEqual(watcher.faults, []))
        if person is not None:
            context.add_cookies([{"name": "sessionid", "value": self.desk.sessions[person], "url": self.desk.url}])
        return context.new_page()

    def row(self, kind: str) -> str:
        """Return the id of a row of a kind, as in `brands.brand`."""
        return self.desk.rows[kind]


expect.set_options(timeout=PATIENCE)
