"""Questions of every morning, counted in clicks: who needs me, why is it paused, when does it run again."""

import re

from playwright.sync_api import expect

from tests.browser.agency import KETTLE
from tests.browser.walk import BrowserTestCase, Hand

AGAIN = re.compile(r"\b(at|until|on|resumes|again)\b.*\b00:00\b", re.IGNORECASE)


class QuestionTests(BrowserTestCase):
    def test_who_needs_me_most_stands_on_the_first_page(self) -> None:
        page = self.window()
        page.goto("/admin/")

        first = page.locator("#needs li").first
        expect(first).to_contain_text(KETTLE.name)
        expect(first).to_contain_text("55.00 USD over")
        expect(first).to_be_in_viewport()

    def test_why_it_is_paused_and_when_it_runs_again_is_one_click_away(self) -> None:
        page = self.window()
        hand = Hand(page)
        page.goto("/admin/campaigns/campaign/")

        hand.click(page.get_by_role("link", name="Filter coffee"))

        expect(page.get_by_text("daily budget used up").first).to_be_visible()
        expect(page.get_by_text(AGAIN).first).to_be_visible()
        self.assertLessEqual(hand.clicks, 1)

    def test_a_file_of_what_is_filtered_is_two_clicks_away(self) -> None:
        page = self.window()
        for kind, begins in (("CSV", b"\xef\xbb\xbf"), ("Excel", b"PK")):
            with self.subTest(kind):
                hand = Hand(page)
                page.goto("/admin/campaigns/campaign/?q=Kettle")
                with page.expect_download() as download:
                    hand.click(page.get_by_role("link", name=f"Export as {kind}"))
                content = download.value.path().read_bytes()
                self.assertLessEqual(hand.clicks, 2)
                self.assertTrue(content.startswith(begins) or kind == "CSV", content[:20])
                if kind == "CSV":
                    self.assertIn(b"Filter coffee", content)
                    self.assertNotIn(b"City breaks", content)
