"""The second step of a login: a code, used once, counted as a password is."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.test import Client, tag
from django_otp.plugins.otp_static.models import StaticToken

from budget_system.accounts.second_factor.tests.support import CODE, LOGIN, PAGE, SecondFactorTestCase


@tag("both_databases")
class LoginTests(SecondFactorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.phone, self.codes = self.switch_on()
        self.browser = Client()

    def log_in(self, code: str, browser: Client | None = None) -> int:
        """Return the answer's status to the code: 302 in, 200 the form again, 429 locked out."""
        browser = browser or self.browser
        self.give_password(browser)
        return browser.post(CODE, {"code": code}).status_code

    def is_in(self) -> bool:
        return self.browser.get("/admin/").status_code == 200

    def test_after_the_password_a_code_is_asked_for_and_until_then_nobody_is_in(self) -> None:
        self.assertRedirects(self.give_password(self.browser), f"{CODE}?next=/admin/")
        self.assertFalse(self.is_in())
        self.assertEqual(self.browser.get(PAGE).status_code, 302)

        self.assertRedirects(self.browser.post(CODE, {"code": self.phone.code()}), "/admin/")
        self.assertTrue(self.is_in())

    def test_who_has_none_is_asked_for_nothing_more(self) -> None:
        self.assertRedirects(self.give_password(self.browser, name="ben"), "/admin/")

    def test_a_wrong_password_says_nothing_of_it(self) -> None:
        with_one, without = (self.give_password(Client(), "guess", name) for name in ("ana", "ben"))

        self.assertEqual((with_one.status_code, without.status_code), (200, 200))
        self.assertContains(with_one, "Please enter the correct")

    def test_it_leads_back_to_the_page_that_was_asked_for_and_to_no_other_site(self) -> None:
        for asked, led in (("/api/docs/", "/api/docs/"), ("https://elsewhere.example/", "/admin/")):
            with self.subTest(asked):
                browser = Client()
                step = self.give_password(browser, address=f"{LOGIN}?next={asked}")
                answer = browser.post(step["Location"], {"code": self.phone.code()})
                self.assertRedirects(answer, led, fetch_redirect_response=False)
                self.later()

    def test_a_code_lets_in_once(self) -> None:
        code = self.phone.code()

        self.assertEqual(self.log_in(code), 302)
        again = Client()
        self.assertEqual(self.log_in(code, again), 200)
        self.assertEqual(again.get("/admin/").status_code, 302)

    def test_a_recovery_code_lets_in_once_and_is_told(self) -> None:
        with self.assertLogs("budget_system.access", "WARNING") as log:
            self.assertEqual(self.log_in(self.codes[0].upper()), 302)
        self.assertTrue(self.is_in())
        self.assertEqual([getattr(one, "event", "") for one in log.records], ["recovery_code_used"])
        self.assertEqual(StaticToken.objects.count(), 9)

        self.assertEqual(self.log_in(self.codes[0], Client()), 200)
        self.later()
        self.assertEqual(self.log_in(self.codes[1].replace("-", ""), Client()), 302)

    def test_another_persons_code_lets_nobody_in(self) -> None:
        browser = Client()
        browser.force_login(self.ben)
        phone, codes = self.switch_on(browser)
        self.later()

        self.assertEqual(self.log_in(phone.code()), 200)
        self.assertEqual(self.log_in(codes[0]), 200)

    def test_wrong_codes_lock_out_as_wrong_passwords_do(self) -> None:
        self.give_password(self.browser)
        answers = []
        for _ in range(5):
            answers.append(self.browser.post(CODE, {"code": self.phone.wrong()}))
            self.later(60)

        self.assertEqual([one.status_code for one in answers], [200, 200, 200, 200, 429])
        self.assertContains(answers[-1], "Too many wrong codes", status_code=429)
        self.assertEqual(answers[-1]["Retry-After"], "900")
        self.assertEqual(self.log_in(self.phone.code()), 429)
        self.assertFalse(self.is_in())

    def test_a_right_password_between_does_not_take_the_failures_back(self) -> None:
        for _ in range(4):
            self.assertEqual(self.log_in(self.phone.wrong()), 200)
            self.later(60)

        self.assertEqual(self.log_in(self.phone.wrong()), 429)

    def test_a_login_does(self) -> None:
        for _ in range(2):
            self.assertEqual(self.log_in(self.phone.wrong()), 200)
            self.later(60)
        self.assertEqual(self.log_in(self.phone.code()), 302)

        self.assertFalse(AccessAttempt.objects.exists())

    def test_no_code_is_looked_at_right_after_a_wrong_one_nor_counted(self) -> None:
        self.log_in(self.phone.wrong())

        self.give_password(self.browser)
        answer = self.browser.post(CODE, {"code": self.phone.code()})

        self.assertContains(answer, "try again in 1 second.")
        self.assertEqual(AccessAttempt.objects.get().failures_since_start, 1)
        self.later(2)
        self.assertEqual(self.log_in(self.phone.code()), 302)

    def test_a_failed_code_is_told_with_name_and_address_and_without_the_code(self) -> None:
        wrong = self.phone.wrong()
        self.give_password(self.browser)

        with self.assertLogs("budget_system.access", "WARNING") as log:
            self.browser.post(CODE, {"code": wrong})

        fields = log.records[-1].__dict__
        self.assertEqual(
            (fields["event"], fields["user"], fields["address"], fields["locked_out"]),
            ("second_factor_failed", "ana", "127.0.0.1", False),
        )
        self.assertNotIn(wrong, str(log.output) + str(AccessAttempt.objects.values().get()))

    def test_the_password_holds_for_ten_minutes(self) -> None:
        self.give_password(self.browser)
        self.later(timedelta(minutes=10, seconds=1).total_seconds())

        self.assertRedirects(self.browser.post(CODE, {"code": self.phone.code()}), "/admin/login/?next=/admin/")
        self.assertFalse(self.is_in())

    def test_it_no_longer_holds_once_it_was_changed_or_the_account_closed(self) -> None:
        for change in ({"password": "!"}, {"is_active": False}):
            with self.subTest(change):
                self.give_password(self.browser)
                type(self.ana).objects.filter(pk=self.ana.pk).update(**change)
                for answer in (self.browser.get(CODE), self.browser.post(CODE, {"code": self.phone.code()})):
                    self.assertRedirects(answer, "/admin/login/?next=/admin/")
                self.assertFalse(self.is_in())
                self.ana.save()

    def test_without_a_password_there_is_no_second_step(self) -> None:
        self.assertRedirects(self.browser.get(CODE), "/admin/login/?next=/admin/")
        self.browser.post(CODE, {"code": self.phone.code()})

        self.assertFalse(self.is_in())
