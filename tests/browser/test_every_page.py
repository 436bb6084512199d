"""Every page of the admin, as its owner sees it: nothing severe is found, nothing leaves the machine."""

from tests.browser.looking import faults_of
from tests.browser.snapshots import EMPTY
from tests.browser.walk import BrowserTestCase


class EveryPageTests(BrowserTestCase):
    def test_pages_are_fit_while_there_is_nothing(self) -> None:
        self.desk.restore(EMPTY)
        page = self.window()
        for address in ("/admin/", "/admin/brands/brand/", "/admin/campaigns/campaign/", "/admin/spending/import/"):
            with self.subTest(address):
                page.goto(address)
                self.assertEqual(faults_of(page), [])

    def test_so_are_those_before_the_login(self) -> None:
        page = self.window(None)
        for address in ("/admin/login/", "/admin/password_reset/"):
            with self.subTest(address):
                page.goto(address)
                self.assertEqual(faults_of(page), [])
