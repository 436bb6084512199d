"""Who has lost the second factor is let in again by an administrator, or by a command."""

from io import StringIO

from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from brands.access.memberships import actor_of
from budget_system.accounts.second_factor.devices import reset
from budget_system.accounts.second_factor.tests.support import SecondFactorTestCase
from budget_system.core.errors import Forbidden


class ResetTests(SecondFactorTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.switch_on()
        self.helper = Client()
        self.helper.force_login(self.ben)
        self.form = f"/admin/auth/user/{self.ana.pk}/change/"
        self.page = f"/admin/auth/user/{self.ana.pk}/reset_second_factor/"

    def test_an_administrator_resets_it_and_the_history_says_who_did(self) -> None:
        self.assertContains(self.helper.get(self.form), self.page)
        self.assertContains(self.helper.get(self.page), "Reset the second factor of “ana”")
        self.assertTrue(TOTPDevice.objects.exists())

        with self.assertLogs("budget_system.access", "INFO") as log:
            self.assertRedirects(self.helper.post(self.page, {"confirmed": "yes"}), self.form)

        self.assertFalse(TOTPDevice.objects.exists() or StaticDevice.objects.exists())
        self.assertRedirects(self.give_password(Client()), "/admin/")
        history = self.helper.get(f"/admin/auth/user/{self.ana.pk}/history/")
        self.assertContains(history, "Reset the second factor.")
        self.assertContains(history, "ben")
        fields = log.records[-1].__dict__
        self.assertEqual((fields["event"], fields["user"], fields["by"]), ("second_factor_reset", "ana", "user ben"))

    def test_it_is_offered_where_there_is_something_to_reset(self) -> None:
        self.assertContains(self.helper.get(self.form), "10 recovery codes left")
        self.helper.post(self.page, {"confirmed": "yes"})

        self.assertNotContains(self.helper.get(self.form), self.page)
        again = self.helper.post(self.page, {"confirmed": "yes"}, follow=True)
        self.assertContains(again, "has no second factor; nothing was reset.")

    def test_ones_own_is_not_reset_past_the_question_who_asks(self) -> None:
        self.assertNotContains(self.client.get(self.form), self.page)
        self.assertRedirects(self.client.post(self.page, {"confirmed": "yes"}), "/admin/second_factor/")

        self.assertTrue(TOTPDevice.objects.exists())

    def test_nobody_else_resets_it(self) -> None:
        mona = User.objects.create_user("mona", password="right-17")
        member = Client()
        member.force_login(mona)

        self.assertEqual(member.post(self.page, {"confirmed": "yes"}).status_code, 403)
        with self.assertRaises(Forbidden):
            reset(user=self.ana, by=actor_of(mona))
        self.assertTrue(TOTPDevice.objects.exists())

    def test_a_command_does(self) -> None:
        output = StringIO()
        call_command("reset_second_factor", "ana", stdout=output)

        self.assertEqual(output.getvalue(), "INFO Second factor of ana reset\n")
        self.assertRedirects(self.give_password(Client()), "/admin/")

    def test_it_says_where_it_can_do_nothing(self) -> None:
        for name, message in (("nobody", "There is no user “nobody”"), ("ben", "“ben” has no second factor")):
            with self.assertRaisesMessage(CommandError, message):
                call_command("reset_second_factor", name)

    def test_the_librarys_own_pages_which_show_secrets_are_not_there(self) -> None:
        for page in ("otp_totp/totpdevice", "otp_static/staticdevice"):
            self.assertEqual(self.helper.get(f"/admin/{page}/").status_code, 404)
