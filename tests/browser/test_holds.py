"""Holding a brand with a note, and releasing it."""

from typing import ClassVar

from playwright.sync_api import expect

from tests.browser.agency import FERN, MANAGER, VIEWER
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Size

NOTE = "The client asked to stop until Monday."


class HoldTests(BrowserTestCase):
    size: ClassVar[Size] = WIDE

    def test_a_brand_is_held_with_a_note_and_released(self) -> None:
        page = self.window(MANAGER, self.size)
        page.goto(self.brand(FERN.name))

        self.order(page, "Hold…").click()
        page.get_by_label("Note").fill(NOTE)
        page.get_by_role("button", name="Hold").click()
        page.goto(self.brand(FERN.name))
        expect(page.get_by_text(NOTE).first).to_be_visible()
        expect(page.get_by_text(f"Held by {MANAGER} since")).to_be_visible()

        self.order(page, "Release…").click()
        page.get_by_role("button", name="Release").click()
        page.goto(self.brand(FERN.name))
        expect(self.order(page, "Hold…")).to_be_visible()

    def test_a_viewer_is_not_offered_it(self) -> None:
        page = self.window(VIEWER, self.size)
        page.goto(self.brand(FERN.name))

        expect(page.get_by_role("heading", name=FERN.name).first).to_be_visible()
        expect(page.get_by_role("link", name="Hold…")).to_have_count(0)


class HoldPhoneTests(HoldTests):
    size = PHONE
