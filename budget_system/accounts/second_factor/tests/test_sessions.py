"""A session counts where its user gave the second factor; where one is required, nothing else goes before it."""

from django.test import Client, override_settings
from django.utils import timezone

from brands.access.tokens import issue_token
from budget_system.accounts.second_factor.tests.support import CODE, OFF, PAGE, SecondFactorTestCase
from budget_system.core.actors import Actor
from tests.access_admin import routes

API = ("/api/", "/api/brands/", "/api/docs/", "/api/schema/")


def pages() -> list[str]:
    """Return the admin's pages that need no row."""
    return sorted({f"/{path}" for _, path in routes() if not set("<(^") & set(path)})


@override_settings(API_AUTH="closed")
class UnverifiedTests(SecondFactorTestCase):
    """Ana logged in by her password alone, elsewhere, before she switched it on here."""

    def setUp(self) -> None:
        super().setUp()
        self.elsewhere = Client()
        self.elsewhere.force_login(self.ana)
        self.switch_on()

    def test_no_page_of_the_admin_takes_it(self) -> None:
        self.assertGreater(len(pages()), 30)
        for page in pages():
            for answer in (self.elsewhere.get(page), self.elsewhere.post(page)):
                if page != "/admin/login/":
                    self.assertEqual(answer.status_code, 302, page)
                    self.assertIn(answer["Location"].partition("?")[0], ("/admin/login/", "/admin/"), page)

    def test_nor_does_the_api(self) -> None:
        for page in API:
            self.assertEqual(
                (self.elsewhere.get(page).status_code, self.client.get(page).status_code), (401, 200), page
            )

    def test_a_session_that_gave_it_stays_in_when_recovery_codes_are_used_up(self) -> None:
        _, codes = self.switch_on(self.client_of_ben())
        browser = Client()
        self.give_password(browser, name="ben")
        browser.post(CODE, {"code": codes[0]})

        self.assertEqual([browser.get("/admin/").status_code for _ in range(2)], [200, 200])

    def client_of_ben(self) -> Client:
        browser = Client()
        browser.force_login(self.ben)
        return browser

    def test_tokens_are_not_asked(self) -> None:
        now = timezone.now()
        token = issue_token(user=self.ana, expires_at=None, now=now, by=Actor.command("test")).text

        with override_settings(REQUIRE_SECOND_FACTOR=True):
            answer = Client().get("/api/brands/", headers={"Authorization": f"Token {token}"})

        self.assertEqual(answer.status_code, 200)


@override_settings(API_AUTH="closed", REQUIRE_SECOND_FACTOR=True)
class RequiredTests(SecondFactorTestCase):
    def test_a_login_leads_to_setting_it_up(self) -> None:
        browser = Client()

        answer = browser.post("/admin/login/", {"username": "ana", "password": "right-17"}, follow=True)

        self.assertEqual(answer.redirect_chain[-1], (PAGE, 302))
        self.assertContains(answer, "Everybody who logs in here needs a second factor")
        self.assertNotContains(answer, "/admin/auth/user/")
        self.assertNotContains(answer, "/admin/brands/brand/")

    def test_nothing_else_in_the_admin_opens_until_it_is_on(self) -> None:
        for page in pages():
            if page in (PAGE, "/admin/login/", CODE, "/admin/logout/"):
                continue
            for answer in (self.client.get(page), self.client.post(page)):
                self.assertEqual((answer.status_code, answer.headers.get("Location")), (302, PAGE), page)
        self.switch_on()
        self.assertEqual(self.client.get("/admin/brands/brand/").status_code, 200)

    def test_the_api_says_what_to_do(self) -> None:
        for page in API:
            shown = self.client.get(page, headers={"Accept": "text/html,*/*;q=0.8"})
            refused = self.client.get(page, headers={"Accept": "application/json"})
            self.assertEqual(
                (refused.status_code, PAGE in refused.text), (406, False) if page == "/api/docs/" else (403, True)
            )
            if page != "/api/schema/":
                self.assertContains(shown, f'href="{PAGE}"', status_code=403)
        self.switch_on()
        for page in API:
            self.assertEqual(self.client.get(page).status_code, 200)

    def test_one_can_log_out_instead(self) -> None:
        self.client.post("/admin/logout/")

        self.assertRedirects(self.client.get("/admin/"), "/admin/login/?next=/admin/")

    def test_who_switches_it_off_is_led_back(self) -> None:
        self.switch_on()
        self.client.post(OFF, {"present": "right-17"})

        self.assertRedirects(self.client.get("/admin/"), PAGE)

    @override_settings(REQUIRE_SECOND_FACTOR=False)
    def test_where_it_is_not_required_nobody_is_led_anywhere(self) -> None:
        self.assertEqual(self.client.get("/admin/").status_code, 200)
        self.assertEqual(self.client.get("/api/brands/").status_code, 200)
