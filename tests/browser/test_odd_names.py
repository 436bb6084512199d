"""A campaign's name that is one long word, and would be markup, is shown as it is and hides nothing."""

from typing import Final

from playwright.sync_api import Page, expect

from tests.browser.agency import FERN, MANAGER
from tests.browser.walk import BrowserTestCase

NAME: Final = "<script>alert(1)</script>" + "x" * 200
TOO_WIDE: Final = """() => [...document.querySelectorAll("table")]
    .filter(one => one.offsetParent && one.offsetWidth > one.parentElement.clientWidth + 1)
    .map(one => one.innerText.slice(0, 80))"""


class OddNameTests(BrowserTestCase):
    def look(self, page: Page, address: str) -> None:
        """Open a page that shows the name, and see that its tables are no wider than their places."""
        page.goto(address)
        expect(page.get_by_text(NAME).filter(visible=True).first).to_be_visible()
        self.assertEqual(page.evaluate(TOO_WIDE), [], address)

    def test_a_long_word_leaves_the_other_columns_in_sight(self) -> None:
        page = self.window(MANAGER)
        page.goto(self.campaign("Weddings"))
        page.locator("#id_name").fill(NAME)
        page.get_by_role("button", name="Save", exact=True).click()
        for address in (self.brand(FERN.name), "/admin/spending/spend/?q=Fern", "/admin/campaigns/campaign/?q=Fern"):
            self.look(page, address)

        page.locator("input.action-select").first.check()
        page.locator("input.action-select").last.check()
        page.locator("#action-toggle").check()
        page.locator("#changelist-actions").get_by_role("button", name="Pause").click()
        expect(page.get_by_role("heading", name="Pause 5 campaigns?")).to_be_visible()
        self.assertEqual(page.evaluate(TOO_WIDE), [])

        page.goto("/admin/")
        page.keyboard.press("Control+k")
        expect(page.locator("#search-input-command")).to_be_focused()  # by a timer, some milliseconds after the keys
        page.keyboard.type("xxxx")
        found = page.locator("#command-results-list a")
        expect(found).to_contain_text(NAME)
        self.assertLessEqual(found.evaluate("one => one.scrollWidth - one.clientWidth"), 0)
