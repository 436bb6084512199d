"""From an empty system to the first campaign that is paused, counted in clicks."""

from typing import ClassVar

from playwright.sync_api import expect

from tests.browser.snapshots import EMPTY
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Hand, Size


class FirstRunTests(BrowserTestCase):
    data: ClassVar[str] = EMPTY
    size: ClassVar[Size] = WIDE

    def test_the_first_campaign_is_paused_in_under_five_clicks(self) -> None:
        page = self.window(size=self.size)
        hand = Hand(page)
        page.goto("/admin/")

        hand.click(page.get_by_role("link", name="Create your first brand"))
        hand.reach(page.get_by_role("textbox", name="Name"), "Copper Kettle")
        hand.reach(page.get_by_role("textbox", name="Daily budget"), "100")
        hand.reach(page.get_by_role("textbox", name="Monthly budget"), "3,000")
        hand.click(page.get_by_role("button", name="Save", exact=True))
        hand.reach(page.get_by_role("textbox", name="Name"), "Spring sale")
        hand.click(page.get_by_role("button", name="Save", exact=True))
        hand.reach(page.get_by_role("textbox", name="Amount"), "120")
        hand.click(page.get_by_role("button", name="Save", exact=True))

        expect(page.get_by_text("daily budget used up").first).to_be_visible()
        expect(page.get_by_role("link", name="Copper Kettle").first).to_be_visible()
        self.assertLess(hand.clicks, 5)


class FirstRunPhoneTests(FirstRunTests):
    size = PHONE
