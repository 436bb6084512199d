"""The client's month: a picture two clicks away, and a link that shows it to who has not logged in."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.agency import FERN, KETTLE
from tests.browser.looking import faults_of
from tests.browser.walk import PHONE, BrowserTestCase, Hand


class MonthTests(BrowserTestCase):
    def test_a_link_shows_the_month_to_who_has_not_logged_in_until_it_is_revoked(self) -> None:
        page = self.window()
        page.goto(self.brand(FERN.name))
        page.get_by_role("link", name=re.compile("month", re.IGNORECASE)).first.click()
        expect(page.get_by_role("heading", name=FERN.name, exact=True)).to_be_visible()
        month = page.url
        self.assertEqual(faults_of(page), [])
        page.get_by_role("button", name="Create a link").click()
        path = urlsplit(page.locator("#link").inner_text()).path

        for size in ((1400, 900), PHONE):
            client = self.window(None, size)
            client.goto(path)
            expect(client.get_by_role("heading", name=FERN.name)).to_be_visible()
            expect(client.get_by_text("City breaks").first).to_be_visible()
            expect(client.get_by_text(KETTLE.name)).to_have_count(0)
            self.assertEqual(faults_of(client), [])
        with client.expect_download() as download:
            client.get_by_role("link", name="Download as CSV").click()
        self.assertIn("City breaks", download.value.path().read_text())

        page.goto(month)
        page.get_by_role("button", name=re.compile("Revoke the link")).click()
        self.watcher.expected = {404, 410}
        answer = client.goto(path)
        assert answer is not None
        self.assertIn(answer.status, self.watcher.expected)
        expect(client.get_by_text("City breaks")).to_have_count(0)

    def test_the_month_is_a_picture_two_clicks_from_today(self) -> None:
        page = self.window()
        hand = Hand(page)
        page.goto("/admin/")

        hand.click(page.get_by_role("link", name=FERN.name, exact=True).first)
        expect(page.locator("canvas, svg[role=img]").first).to_be_visible()

        self.assertLessEqual(hand.clicks, 2)
