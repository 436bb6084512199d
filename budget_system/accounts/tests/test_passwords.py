"""Changing a password ends tokens and sessions; tokens may be kept, whichever way it is changed."""

import re
from datetime import timedelta
from io import StringIO
from unittest.mock import patch

import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, TestCase, override_settings

from brands.models import Token
from budget_system.accounts.passwords import note_password_change
from budget_system.core.errors import Forbidden
from tests.access import Roles

NEW = "new-17-new"
LOG = "budget_system.access"


@override_settings(API_AUTH="closed")
class PasswordCase(Roles, TestCase):
    """A viewer with two tokens that work and one that has expired."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.texts = [self.token(self.viewer), self.token(self.viewer)]
        self.token(self.viewer, expires_at=self.now - timedelta(days=1))
        self.others = self.token(self.manager)

    def statuses(self) -> list[int]:
        """Return how the viewer's tokens are answered."""
        headers = [{"Authorization": f"Token {text}"} for text in self.texts]
        return [Client().get("/api/brands/", headers=header).status_code for header in headers]

    def assert_ended(self) -> None:
        self.assertEqual(self.statuses(), [401, 401])
        self.assertEqual(list(Token.objects.values_list("user__username", flat=True)), ["mona"])
        self.assertTrue(User.objects.get(pk=self.viewer.pk).check_password(NEW))

    def assert_kept(self) -> None:
        self.assertEqual(self.statuses(), [200, 200])
        self.assertTrue(User.objects.get(pk=self.viewer.pk).check_password(NEW))

    def revoked(self) -> list[str]:
        """Return what the admin's history says of tokens that ended."""
        return list(LogEntry.objects.filter(object_repr__endswith="… of vera").values_list("user__username", flat=True))


class OwnPasswordTests(PasswordCase):
    def change(self, client: Client, **more: str) -> int:
        form = {"old_password": "vera", "new_password1": NEW, "new_password2": NEW, **more}
        return client.post("/admin/password_change/", form).status_code

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.viewer)

    def test_it_ends_the_tokens_and_says_so(self) -> None:
        with self.assertLogs(LOG, "INFO") as logged:
            answer = self.client.post(
                "/admin/password_change/",
                {"old_password": "vera", "new_password1": NEW, "new_password2": NEW},
                follow=True,
            )

        self.assertContains(answer, "2 API tokens revoked.")
        self.assert_ended()
        self.assertEqual(self.revoked(), ["vera"] * 3)
        events = [record.__dict__["event"] for record in logged.records]
        self.assertEqual(events.count("token_revoked"), 3)
        self.assertEqual(events.count("password_changed"), 1)

    def test_the_box_says_how_many_and_is_off(self) -> None:
        page = self.client.get("/admin/password_change/").content.decode()

        self.assertIn("Keep my API tokens", page)
        self.assertIn("2 tokens work now and end with the old password", page)
        (box,) = re.findall(r'<input[^>]*name="keep_tokens"[^>]*>', page)
        self.assertNotRegex(box, r"\bchecked(=|>| )")

    def test_ticked_it_keeps_them(self) -> None:
        self.assertEqual(self.change(self.client, keep_tokens="on"), 302)
        self.assert_kept()
        self.assertEqual(self.revoked(), [])

    def test_a_wrong_password_ends_nothing(self) -> None:
        self.assertEqual(self.change(self.client, old_password="guess"), 200)
        self.assertEqual(self.statuses(), [200, 200])

    def test_without_tokens_there_is_no_box(self) -> None:
        self.client.force_login(self.loner)
        self.assertNotContains(self.client.get("/admin/password_change/"), "keep_tokens")

    def test_the_persons_other_sessions_end_and_this_one_goes_on(self) -> None:
        elsewhere = Client()
        elsewhere.force_login(self.viewer)
        self.assertEqual(elsewhere.get("/admin/").status_code, 200)

        self.assertEqual(self.change(self.client), 302)

        self.assertEqual([one.get("/admin/").status_code for one in (self.client, elsewhere)], [200, 302])


class SetPasswordTests(PasswordCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.administrator)
        self.path = f"/admin/auth/user/{self.viewer.pk}/password/"

    def change(self, **more: str) -> int:
        return self.client.post(self.path, {"password1": NEW, "password2": NEW, **more}).status_code

    def test_an_administrator_ends_them_too(self) -> None:
        session = Client()
        session.force_login(self.viewer)

        self.assertContains(self.client.get(self.path), "2 tokens work now and end with the old password")
        self.assertEqual(self.change(), 302)

        self.assert_ended()
        self.assertEqual(self.revoked(), ["ada"] * 3)
        self.assertEqual(session.get("/admin/").status_code, 302)
        history = self.client.get(f"/admin/auth/user/{self.viewer.pk}/history/")
        self.assertContains(history, "2 API tokens revoked.")

    def test_or_keeps_them(self) -> None:
        self.assertEqual(self.change(keep_tokens="on"), 302)
        self.assert_kept()

    def test_nobody_else_may(self) -> None:
        self.client.force_login(self.manager)
        self.assertEqual(self.change(), 403)
        self.assertEqual(self.statuses(), [200, 200])

    def test_the_rule_itself_asks_who_it_is(self) -> None:
        for somebody in (self.manager, self.stranger):
            with self.assertRaises(Forbidden):
                note_password_change(user=self.viewer, keep_tokens=False, now=self.now, by=self.acting(somebody))
        self.assertEqual(self.statuses(), [200, 200])


class CommandTests(PasswordCase):
    def command(self, *arguments: str) -> str:
        out = StringIO()
        with patch("getpass.getpass", return_value=NEW):
            call_command("changepassword", "vera", *arguments, stdout=out)
        return out.getvalue()

    def test_it_ends_them_and_says_so(self) -> None:
        output = self.command()

        self.assertIn("2 API tokens revoked", output)
        self.assertIn("Password changed successfully", output)
        self.assert_ended()

    def test_they_are_kept_where_that_is_said(self) -> None:
        self.assertIn("2 API tokens go on working", self.command("--keep-tokens"))
        self.assert_kept()

    def test_a_password_that_is_refused_ends_nothing(self) -> None:
        with patch("getpass.getpass", return_value="vera"), self.assertRaisesMessage(Exception, "Aborting"):
            call_command("changepassword", "vera", stdout=StringIO(), stderr=StringIO())
        self.assertEqual(self.statuses(), [200, 200])
