"""Every page of the admin, as its owner sees it: nothing severe is found, nothing leaves the machine.

Every day those of the agency's own work, and one of each kind of the others; all of them in the long doses.
"""

from collections.abc import Hashable

from tests.browser.looking import faults_of
from tests.browser.pages import addresses, is_shown
from tests.browser.snapshots import EMPTY
from tests.browser.walk import BrowserTestCase
from tests.sampling import sample

DAILY_WORK = ("brands/brand", "campaigns/campaign", "spending/import")


def kind_of(address: str) -> Hashable:
    """Return what makes a page like others: of the daily work each is a kind of its own."""
    parts = address.strip("/").split("/")
    if len(parts) < 3 or "/".join(parts[1:3]) in DAILY_WORK:
        return address
    return "list" if len(parts) == 3 else parts[-1]


class EveryPageTests(BrowserTestCase):
    def test_pages_are_fit_for_everybody(self) -> None:
        page = self.window()
        shown = [one for one in addresses(self.desk.rows) if is_shown(page.context, one)]
        self.assertGreater(len(shown), 50)
        for address in sample(shown, kind_of):
            with self.subTest(address):
                page.goto(address)
                self.assertEqual(faults_of(page), [])

    def test_so_are_they_while_there_is_nothing(self) -> None:
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
