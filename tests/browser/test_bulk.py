"""Campaigns paused and activated together, with a note, as a person does it: counted in clicks."""

from typing import ClassVar

from playwright.sync_api import Page, expect

from tests.browser.agency import FERN, MANAGER
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Hand, Size

CAMPAIGNS = "/admin/campaigns/campaign/?q=Fern"
NOTE = "Closed for the season."


class BulkTests(BrowserTestCase):
    size: ClassVar[Size] = WIDE

    def give(self, page: Page, verb: str) -> int:
        """Choose five campaigns in the list, and give an order with a note; return the clicks."""
        hand = Hand(page)
        page.goto(CAMPAIGNS)
        for name in FERN.campaigns:
            hand.click(page.get_by_role("row").filter(has_text=name).get_by_role("checkbox"))
        hand.click(page.locator("#changelist-actions").get_by_role("button", name=verb))
        expect(page.get_by_role("heading", name=f"{verb} 5 campaigns?")).to_be_visible()
        hand.write(page.get_by_label("Note"), NOTE)
        hand.click(page.get_by_role("button", name=f"{verb} 5 campaigns"))
        return hand.clicks

    def test_five_are_paused_with_a_note_and_activated_in_nine_clicks_each(self) -> None:
        page = self.window(MANAGER, self.size)

        self.assertLessEqual(self.give(page, "Pause"), 9)
        expect(page.get_by_text("5 campaigns: 5 paused")).to_be_visible()
        page.goto(self.campaign("Weddings"))
        expect(page.get_by_text(NOTE).first).to_be_visible()

        self.assertLessEqual(self.give(page, "Activate"), 9)
        expect(page.get_by_text("5 campaigns: 5 running")).to_be_visible()
        page.goto(self.campaign("Weddings"))
        expect(page.get_by_text("Nothing blocks it").first).to_be_visible()

    def test_the_last_row_is_reached_though_the_orders_lie_upon_the_page(self) -> None:
        page = self.window(MANAGER, self.size)
        page.goto("/admin/campaigns/campaign/")
        rows = page.get_by_role("row").get_by_role("checkbox", name="Select record")
        rows.first.check()
        rows.last.check()


class BulkPhoneTests(BulkTests):
    size = PHONE
