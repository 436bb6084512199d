"""A person switches a second factor on and off, and makes recovery codes; what is secret is shown once."""

import re
from base64 import b32decode
from unittest.mock import patch
from urllib.parse import unquote

from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.test import Client
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from brands.models import Change
from budget_system.accounts.second_factor import devices
from budget_system.accounts.second_factor.tests.support import (
    CODES,
    OFF,
    PAGE,
    Phone,
    SecondFactorTestCase,
    codes_of,
    secret_of,
)


class SwitchingOnTests(SecondFactorTestCase):
    def test_it_counts_once_a_code_has_confirmed_it(self) -> None:
        phone = Phone(secret_of(self.client.get(PAGE)))
        self.assertFalse(TOTPDevice.objects.exists())

        refused = self.client.post(PAGE, {"code": phone.wrong()})
        self.assertContains(refused, "This code is not right")
        self.assertFalse(TOTPDevice.objects.exists())

        self.assertEqual(len(codes_of(self.client.post(PAGE, {"code": phone.code()}))), 10)
        self.assertEqual(TOTPDevice.objects.get().user, self.ana)

    def test_the_secret_stays_the_same_until_it_is_confirmed(self) -> None:
        self.assertEqual(secret_of(self.client.get(PAGE)), secret_of(self.client.post(PAGE, {"code": ""})))

    def test_a_code_may_be_typed_with_a_gap(self) -> None:
        code = Phone(secret_of(self.client.get(PAGE))).code()

        self.assertEqual(len(codes_of(self.client.post(PAGE, {"code": f" {code[:3]} {code[3:]}"}))), 10)

    def test_the_picture_is_of_our_own_making_and_black_on_white(self) -> None:
        page = self.client.get(PAGE)
        found = re.search(r'<img src="data:image/svg\+xml;charset=utf-8,([^"]+)"', page.content.decode())
        assert found is not None

        drawing = unquote(found[1])
        self.assertIn("<svg", drawing)
        self.assertIn("#fff", drawing)
        self.assertIn("img-src 'self' data:", page["Content-Security-Policy"])

    def test_recovery_codes_are_shown_once(self) -> None:
        _, codes = self.switch_on()

        self.assertEqual(len(set(codes)), 10)
        page = self.client.get(PAGE)
        self.assertContains(page, "<dd>10</dd>")
        self.assertEqual([code for code in codes if code in page.content.decode()], [])

    def test_no_browser_keeps_a_page_of_it(self) -> None:
        phone = Phone(secret_of(self.client.get(PAGE)))
        for page in (self.client.get(PAGE), self.client.post(PAGE, {"code": phone.code()}), self.client.get(CODES)):
            self.assertIn("no-store", page["Cache-Control"])

    def test_recovery_codes_can_be_saved_as_a_file(self) -> None:
        phone = Phone(secret_of(self.client.get(PAGE)))
        page = self.client.post(PAGE, {"code": phone.code()}).content.decode()
        file = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)" download', page)
        assert file is not None

        self.assertEqual(unquote(file[1]).split(), re.findall(r"<li><code>([^<]+)<", page))

    def test_the_session_that_switches_it_on_goes_on_and_the_others_end(self) -> None:
        elsewhere = Client()
        elsewhere.force_login(self.ana)
        self.assertEqual(elsewhere.get("/admin/").status_code, 200)

        self.switch_on()

        self.assertEqual(self.client.get("/admin/").status_code, 200)
        self.assertRedirects(elsewhere.get("/admin/"), "/admin/login/?next=/admin/")

    def test_one_that_is_on_is_not_replaced(self) -> None:
        first = self.client.get(PAGE)
        self.switch_on()
        device = TOTPDevice.objects.get()

        again = self.client.post(PAGE, {"code": Phone(secret_of(first)).code()})

        self.assertEqual((TOTPDevice.objects.get(), codes_of(again)), (device, []))

    def test_the_log_tells_of_it_and_knows_no_secret_nor_does_any_history(self) -> None:
        with self.assertLogs("budget_system.access", "INFO") as log:
            secret = secret_of(self.client.get(PAGE))
            phone, codes = Phone(secret), codes_of(self.client.post(PAGE, {"code": Phone(secret).code()}))
            self.later()
            codes += codes_of(self.client.post(CODES, {"present": phone.code()}))
            self.client.post(OFF, {"present": "right-17"})

        self.assertEqual(
            [getattr(one, "event", "") for one in log.records],
            ["second_factor_on", "recovery_codes_renewed", "second_factor_off"],
        )
        kept = " ".join([*log.output, *map(str, LogEntry.objects.values()), *map(str, Change.objects.values())]).lower()
        stored = b32decode(secret.replace(" ", "")).hex()
        spellings = [secret.lower(), secret.replace(" ", "").lower(), stored]
        for spelling in (*spellings, *codes, *(code.replace("-", "") for code in codes)):
            self.assertNotIn(spelling, kept)


class ChangingTests(SecondFactorTestCase):
    def test_new_recovery_codes_take_the_place_of_the_old_ones(self) -> None:
        phone, old = self.switch_on()

        self.assertEqual(codes_of(self.client.get(CODES)), [])
        self.assertContains(self.client.post(CODES, {"present": "guess"}), "not your present password")
        new = codes_of(self.client.post(CODES, {"present": phone.code()}))

        self.assertEqual(len(new), 10)
        self.assertFalse(set(new) & set(old))
        self.assertEqual(StaticToken.objects.count(), 10)

    def test_one_that_is_reset_at_that_moment_gets_no_codes(self) -> None:
        self.switch_on()

        with patch.object(devices, "renew_recovery_codes", side_effect=ValidationError(devices.IS_OFF)):
            answer = self.client.post(CODES, {"present": "right-17"}, follow=True)

        self.assertRedirects(answer, PAGE)
        self.assertContains(answer, devices.IS_OFF)

    def test_whether_it_is_on_is_asked_again_under_the_lock(self) -> None:
        with self.assertRaisesMessage(ValidationError, devices.IS_OFF):
            devices.renew_recovery_codes(user=self.ana)
        secret = secret_of(self.client.get(PAGE))
        self.switch_on()

        key, code = b32decode(secret.replace(" ", "")).hex(), Phone(secret).code()
        with self.assertRaisesMessage(ValidationError, devices.IS_ON):
            devices.switch_on(user=self.ana, key=key, code=code)

    def test_it_is_switched_off_by_the_password(self) -> None:
        self.switch_on()

        self.client.get(OFF)
        self.client.post(OFF, {"present": "guess"})
        self.assertTrue(TOTPDevice.objects.exists())
        self.assertRedirects(self.client.post(OFF, {"present": "right-17"}), PAGE)

        self.assertFalse(TOTPDevice.objects.exists() or StaticToken.objects.exists())
        self.assertEqual(self.client.get("/admin/").status_code, 200)

    def test_it_is_switched_off_by_a_code(self) -> None:
        phone, _ = self.switch_on()

        self.client.post(OFF, {"present": phone.wrong()})
        self.assertTrue(TOTPDevice.objects.exists())
        self.later()
        self.client.post(OFF, {"present": phone.code()})

        self.assertFalse(TOTPDevice.objects.exists())

    def test_where_it_is_off_there_is_nothing_to_change(self) -> None:
        for page in (CODES, OFF):
            for answer in (self.client.get(page), self.client.post(page, {"present": "right-17"})):
                self.assertRedirects(answer, PAGE, fetch_redirect_response=False)

    def test_who_guesses_at_an_open_screen_is_locked_out(self) -> None:
        self.switch_on()

        statuses = [self.client.post(OFF, {"present": "guess"}).status_code for _ in range(5)]

        self.assertEqual(statuses, [200, 200, 200, 200, 429])
        self.assertEqual(self.client.post(OFF, {"present": "right-17"}).status_code, 429)
        self.assertTrue(TOTPDevice.objects.exists())

    def test_the_menu_of_the_account_leads_there(self) -> None:
        page = self.client.get("/admin/")

        self.assertContains(page, f'href="{PAGE}"')
        self.assertContains(page, 'href="/admin/password_change/"')
