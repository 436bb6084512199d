"""A platform's real report: planned, its unknown campaigns created, booked, and undone."""

import re
from typing import ClassVar

from playwright.sync_api import Page, expect

from tests.browser.agency import MANAGER, NEW
from tests.browser.looking import faults_of
from tests.browser.snapshots import REPORTS
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Size

REDDIT = REPORTS / "reddit_ads_campaign_report_data.csv"
RESULT = re.compile(r"/admin/spending/import/[0-9a-f-]{36}/change/")


class ReportTests(BrowserTestCase):
    size: ClassVar[Size] = WIDE

    def plan(self, page: Page, platform: str, report: str) -> None:
        """Upload a report, and look at its plan."""
        page.goto(self.brand(NEW.name).replace("/change/", "/import/"))
        page.locator("#id_platform").select_option(label=platform)
        page.locator("input[type=file]").set_input_files(report)
        page.get_by_role("button", name="Show the plan").click()

    def test_a_report_is_planned_booked_and_undone(self) -> None:
        page = self.window(MANAGER, self.size)
        self.plan(page, "Reddit Ads", str(REDDIT))
        expect(page.get_by_text("4 campaigns of the report are not known here")).to_be_visible()
        self.assertEqual(faults_of(page), [])

        page.get_by_role("button", name="Create these 4 campaigns").click()
        expect(page.get_by_text("Nothing is booked yet.")).to_be_visible()
        self.assertEqual(faults_of(page), [])
        expect(page.get_by_text("days are above 3 × the tightest daily budget")).to_be_visible()
        page.get_by_label("I have looked at it, and it is right").check()
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page).to_have_url(RESULT, timeout=60_000)
        self.assertEqual(faults_of(page), [])
        result = page.url
        page.goto("/admin/spending/spend/?q=Tallow")
        expect(page.get_by_role("row").filter(has_text="1510393823694638543").first).to_be_visible()

        page.goto(result)
        self.order(page, "Undo…").click()
        page.get_by_role("button", name=re.compile("Undo")).click()
        page.goto(result)
        expect(page.get_by_text("undone").first).to_be_visible()


class ReportPhoneTests(ReportTests):
    size = PHONE
