"""A platform's real report: planned, its unknown campaigns created, booked, and undone."""

import re
from pathlib import Path
from typing import ClassVar

from playwright.sync_api import Page, Route, expect

from tests.browser.agency import MANAGER, NEW
from tests.browser.looking import faults_of
from tests.browser.snapshots import REPORTS
from tests.browser.walk import PHONE, WIDE, BrowserTestCase, Size

REDDIT = REPORTS / "reddit_ads_campaign_report_data.csv"
RESULT = re.compile(r"/admin/spending/import/[0-9a-f-]{36}/change/")


class ReportTestCase(BrowserTestCase):
    size: ClassVar[Size] = WIDE

    def plan(self, page: Page, platform: str, report: str) -> None:
        """Upload a report, and look at its plan."""
        page.goto(self.brand(NEW.name).replace("/change/", "/import/"))
        page.locator("#id_platform").select_option(label=platform)
        page.locator("input[type=file]").set_input_files(report)
        page.get_by_role("button", name="Show the plan").click()


class ReportTests(ReportTestCase):
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
        expect(page).to_have_url(RESULT)
        self.assertEqual(faults_of(page), [])
        result = page.url
        page.goto("/admin/spending/spend/?q=Tallow")
        expect(page.get_by_role("row").filter(has_text="1510393823694638543").first).to_be_visible()

        page.goto(result)
        self.order(page, "Undo…").click()
        expect(page.get_by_role("button", name="Undo", exact=True)).to_be_visible()
        self.assertEqual(faults_of(page), [])
        page.get_by_role("button", name="Undo", exact=True).click()
        expect(page).to_have_url(result)
        expect(page.get_by_text("is undone.")).to_be_visible()


class ReportPhoneTests(ReportTests):
    size = PHONE


class WaitingTests(ReportTestCase):
    """A report that is not done within the second."""

    def long_report(self) -> Path:
        """Write a report of 6,000 lines."""
        path = self.desk.stack.folder / "long.csv"
        lines = (f"{number},2026-01-02,1.00\n" for number in range(6_000))
        path.write_text("campaign_id,date,cost\n" + "".join(lines))
        return path

    def test_a_page_that_is_closed_is_found_again_with_its_plan(self) -> None:
        page = self.window(MANAGER, self.size)
        self.plan(page, "Google Ads", str(self.long_report()))
        expect(page.get_by_text("This page shows by itself how far it is")).to_be_visible()
        window = page.context
        page.close()

        page = window.new_page()
        page.goto("/admin/spending/import/import/")
        page.get_by_role("link", name="Import “long.csv”").click()
        expect(page.get_by_text("Nothing is booked yet.")).to_be_visible()
        expect(page.get_by_text("6,000, 6,000 of them bad")).to_be_visible()

    def test_an_outcome_that_loads_slowly_is_opened_once(self) -> None:
        page = self.window(MANAGER, self.size)
        opened: list[str] = []

        def open_slowly(route: Route) -> None:
            if route.request.is_navigation_request():
                opened.append(route.request.url)
                page.wait_for_timeout(1_000)
            route.continue_()

        page.route("**/import/job/*/", open_slowly)
        self.plan(page, "Reddit Ads", str(REDDIT))
        expect(page.get_by_text("Nothing is booked yet.")).to_be_visible()
        self.assertEqual(len(opened), 1)

    def test_a_worker_that_stands_still_is_told_of_and_nothing_is_lost(self) -> None:
        page = self.window(MANAGER, self.size)
        with self.desk.stack.frozen("worker"):
            self.plan(page, "Reddit Ads", str(REDDIT))
            expect(page.get_by_role("alert").filter(has_text="No worker is running")).to_be_visible()
            self.assertEqual(faults_of(page), [])
        expect(page.get_by_text("Nothing is booked yet.")).to_be_visible()
