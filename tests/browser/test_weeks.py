"""A campaign's week: painted, copied to others, typed; counted in clicks."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.walk import PHONE, BrowserTestCase, Hand

WEEK = "Mon–Fri 09:00–18:00, Sat 22:00–02:00"


def cell(page: Page, day: int, hour: int) -> Locator:
    """Return a cell of the grid; Monday is 0."""
    return page.locator(f"#week-grid[data-ready] [data-day='{day}'][data-hour='{hour}'][data-minute='0']")


class WeekTests(BrowserTestCase):
    def test_a_week_is_painted_in_six_clicks_and_copied_to_three_in_six_more(self) -> None:
        page = self.window()
        painting, copying = Hand(page), Hand(page)
        page.goto(self.campaign("City breaks"))

        painting.stroke(cell(page, 0, 9), cell(page, 4, 17))
        painting.stroke(cell(page, 5, 22), cell(page, 5, 23))
        painting.stroke(cell(page, 6, 0), cell(page, 6, 1))
        expect(page.locator("#week-text")).to_have_value(WEEK)
        painting.click(page.get_by_role("button", name="Save", exact=True))
        page.wait_for_load_state()
        self.assertLessEqual(painting.clicks, 6)
        page.goto(self.campaign("City breaks"))
        expect(page.locator("#week-text")).to_have_value(WEEK)

        copying.click(page.get_by_role("link", name="Copy hours…"))
        for name in ("Conferences", "Spa weeks", "Weddings"):
            copying.click(page.get_by_role("checkbox", name=name))
        copying.click(page.get_by_role("button", name="Copy hours"))
        expect(page.locator(".bs-week-results li")).to_have_count(3)
        self.assertLessEqual(copying.clicks, 6)
        page.goto(self.campaign("Weddings"))
        expect(page.locator("#week-text")).to_have_value(WEEK)
        page.goto(self.campaign("Restaurants"))
        expect(page.locator("#week-text")).to_have_value("Always")

    def test_a_week_is_typed_on_a_phone_and_read_as_people_write_it(self) -> None:
        page = self.window(size=PHONE)
        page.goto(self.campaign("Spa weeks"))

        page.locator("#week-text").fill("mon-fri 9-18, sat 25-26")
        expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("25")
        page.locator("#week-text").fill("mon-fri 9-18, sat 10pm-2am")
        expect(page.locator("[data-window='Sat 22:00–02:00']").first).to_be_visible()
        page.get_by_role("button", name="Save", exact=True).click()
        page.wait_for_load_state()

        page.goto(self.campaign("Spa weeks"))
        expect(page.locator("#week-text")).to_have_value(WEEK)
