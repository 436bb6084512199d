"""What the walks share: a person's browser window, and a hand whose clicks are counted."""

from typing import ClassVar, Final
from unittest import SkipTest

from django.test import SimpleTestCase, tag
from playwright.sync_api import Locator, Page, expect

from tests.browser.agency import OWNER
from tests.browser.chromium import MISSING, find_chromium
from tests.browser.desk import Desk, desk
from tests.browser.snapshots import AGENCY
from tests.browser.watching import Watcher

Size = tuple[int, int]
WIDE: Final[Size] = (1400, 900)
PHONE: Final[Size] = (390, 844)
MOST_TABS: Final = 12
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

    def write(self, field: Locator, text: str) -> None:
        """Type into a field: a click into it, unless one stands in it already."""
        if not field.evaluate("field => field === document.activeElement"):
            self.click(field)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)

    def reach(self, field: Locator, text: str) -> None:
        """Go on to a field with the Tab key, as people do in a form, and type; where it is far away, click into it."""
        for _ in range(MOST_TABS):
            if field.evaluate("field => field === document.activeElement"):
                break
            if self.page.evaluate("document.activeElement === document.body"):
                break
            self.page.keyboard.press("Tab")
        self.write(field, text)


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

    def window(self, person: str | None = OWNER, size: Size = WIDE, *, dark: bool = False) -> Page:
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

    def order(self, page: Page, name: str) -> Locator:
        """Return one of the orders at the head of a row's page; on a phone they are in a menu, which is opened."""
        link = page.get_by_role("link", name=name)
        menu = page.locator("a", has_text="more_horiz").filter(visible=True)
        expect(link.filter(visible=True).or_(menu).first).to_be_visible()
        if not link.is_visible():
            menu.click()
        return link

    def row(self, kind: str) -> str:
        """Return the id of a row of a kind, as in `brands.brand`."""
        return self.desk.rows[kind]

    def brand(self, name: str) -> str:
        """Return the address of a brand's page."""
        return f"/admin/brands/brand/{self.desk.rows[name]}/change/"

    def campaign(self, name: str) -> str:
        """Return the address of a campaign's page."""
        return f"/admin/campaigns/campaign/{self.desk.rows[name]}/change/"


expect.set_options(timeout=PATIENCE)
