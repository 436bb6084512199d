"""Changing a budget: what it would do is said before it is saved, and what it did afterwards, by name."""

from typing import ClassVar

from playwright.sync_api import expect

from tests.browser.agency import KETTLE, MANAGER
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Size


class BudgetTests(BrowserTestCase):
    size: ClassVar[Size] = WIDE

    def test_a_raise_wakes_campaigns_and_says_so_before_and_after(self) -> None:
        page = self.window(MANAGER, self.size)
        page.goto(self.brand(KETTLE.name))

        page.get_by_role("textbox", name="Daily budget").fill("1,000")
        save = page.get_by_role("button", name="Save", exact=True)
        expect(save).to_be_in_viewport()
        save.click()
        expect(page.get_by_text("4 campaigns wake now: Brand search, Espresso machines")).to_be_visible()
        expect(page.get_by_text("2 campaigns stay paused: outside its hours")).to_be_visible()
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("Woke: Brand search, Espresso machines")).to_be_visible()
        page.goto(self.campaign("Brand search"))
        expect(page.get_by_text("Nothing blocks it").first).to_be_visible()
        page.goto(self.campaign("Evenings"))
        expect(page.get_by_text("outside its hours").first).to_be_visible()

    def test_a_slip_that_would_pause_all_is_asked_about_and_can_be_taken_back(self) -> None:
        page = self.window(MANAGER, self.size)
        page.goto(self.brand("Fern Hotels"))

        page.get_by_role("textbox", name="Daily budget").fill("90")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("5 campaigns would pause now")).to_be_visible()
        page.get_by_role("button", name="Go back").click()

        expect(page.get_by_role("textbox", name="Daily budget")).to_have_value("90")
        page.goto(self.brand("Fern Hotels"))
        expect(page.get_by_role("textbox", name="Daily budget")).to_have_value("900.00")


class BudgetPhoneTests(BudgetTests):
    size = PHONE
