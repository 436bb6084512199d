"""Tokens: issued once, stored as a hash, refused when expired, revoked, or their user may not log in."""

import errno
import logging
import re
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import patch

import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext

from brands.access.tokens import issue_token
from brands.models import Token
from budget_system.core.actors import Actor
from budget_system.core.errors import Forbidden
from tests.access import Roles

TOKEN = re.compile(r"\b[0-9a-f]{64}\b")


class TokenCase(Roles, TestCase):
    """The agency, closed, at noon."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        closed = override_settings(API_AUTH="closed")
        closed.enable()
        self.addCleanup(closed.disable)

    def get(self, token: str, path: str = "/api/brands/") -> Any:
        return self.client.get(path, headers={"Authorization": f"Token {token}"})

    def command(self, *arguments: str) -> tuple[str, str]:
        out, err = StringIO(), StringIO()
        call_command(*arguments, stdout=out, stderr=err)
        return out.getvalue(), err.getvalue()


class LoginTests(TokenCase):
    def test_a_token_logs_in_and_nothing_else_does(self) -> None:
        token = self.token(self.viewer)

        self.assertEqual([brand["name"] for brand in self.get(token).json()], ["Acme"])
        for wrong in ("", token[:-1], token[::-1], token.upper(), f"{token} {token}", "é" * 64, "\x00" * 64):
            answer = self.get(wrong)
            self.assertEqual((answer.status_code, answer["WWW-Authenticate"]), (401, "Token"), wrong)
        self.assertEqual(self.client.get("/api/brands/").status_code, 401)

    def test_the_scheme_may_be_written_in_any_case_and_another_is_no_token(self) -> None:
        token = self.token(self.viewer)

        for scheme, status in {"token": 200, "TOKEN": 200, "Bearer": 401, "Basic": 401}.items():
            answer = self.client.get("/api/brands/", headers={"Authorization": f"{scheme} {token}"})
            self.assertEqual(answer.status_code, status, scheme)

    def test_what_is_stored_is_a_hash_and_no_more_than_the_first_characters(self) -> None:
        token = self.token(self.viewer)
        row = Token.objects.get()

        self.assertNotIn(token, str(row.__dict__))
        self.assertEqual((row.token_key, len(row.digest)), (token[:15], 128))

    def test_an_expired_token_is_refused_and_deleted(self) -> None:
        token = self.token(self.viewer, expires_at=self.now + timedelta(days=1))

        with time_machine.travel(self.now + timedelta(days=1, seconds=-1), tick=False):
            self.assertEqual(self.get(token).status_code, 200)
        with time_machine.travel(self.now + timedelta(days=1), tick=False):
            self.assertEqual(self.get(token).status_code, 401)
        self.assertFalse(Token.objects.exists())

    def test_a_revoked_token_is_refused_at_once(self) -> None:
        token = self.token(self.viewer)
        self.command("revoke_token", "vera")

        self.assertEqual(self.get(token).status_code, 401)

    def test_a_token_of_somebody_who_may_no_longer_log_in_is_refused(self) -> None:
        token = self.token(self.viewer)
        self.viewer.is_active = False
        self.viewer.save()

        self.assertEqual(self.get(token).status_code, 401)

    def test_a_wrong_token_is_refused_where_the_system_is_open_too(self) -> None:
        with override_settings(API_AUTH="open"):
            self.assertEqual(self.get("0" * 64).status_code, 401)
            self.assertEqual(self.client.get("/api/brands/").status_code, 200)

    def test_it_costs_two_queries_and_writes_nothing(self) -> None:
        token = self.token(self.viewer)
        with CaptureQueriesContext(connection) as queries:
            self.get(token)
        statements = [query["sql"].split()[0] for query in queries]

        self.assertEqual(set(statements), {"SELECT"})
        self.assertEqual(len(statements), 4)  # the token, the memberships, the brands, their totals

    def test_it_may_write_without_a_csrf_token_and_a_session_may_not(self) -> None:
        client = self.client_class(enforce_csrf_checks=True)
        body = {"campaign": str(self.campaign.pk), "amount": "1.00"}
        token = {"Authorization": f"Token {self.token(self.manager)}"}

        self.assertEqual(client.post("/api/spends/", body, "application/json", headers=token).status_code, 201)
        client.force_login(self.manager)
        refused = client.post("/api/spends/", body, "application/json")
        self.assertEqual(refused.status_code, 403)
        self.assertIn("CSRF", refused.json()["detail"])
        self.assertEqual(client.get("/api/spends/").status_code, 200)

    def test_an_administrators_token_shows_the_figures_of_health_and_nobody_elses_does(self) -> None:
        shows = {
            self.token(self.administrator): True,
            self.token(self.manager): False,
            "0" * 64: False,
        }
        for token, figures in shows.items():
            with patch("budget_system.health.views.parts_as_json", return_value={}) as shown:
                self.get(token, "/health/?only=web")
            self.assertEqual(shown.call_args.kwargs["figures"], figures, token)


class CommandTests(TokenCase):
    def test_a_token_is_shown_once_and_works_for_a_year(self) -> None:
        out, err = self.command("issue_token", "vera")

        self.assertEqual(self.get(out.strip()).status_code, 200)
        self.assertNotIn(out.strip(), err)
        self.assertIn("until 2027-03-11 12:00 UTC", err)

    def test_until_when_is_said_in_days_or_by_a_date_or_never(self) -> None:
        ends = {
            "1": self.now + timedelta(days=1),
            "3650": self.now + timedelta(days=3650),
            "2026-03-11": datetime(2026, 3, 12, tzinfo=UTC),
            "never": None,
        }
        for given, expected in ends.items():
            with self.subTest(given):
                out, _ = self.command("issue_token", "vera", "--expires", given)
                self.assertEqual(Token.objects.get(token_key=out[:15]).expiry, expected)

    def test_what_is_no_end_or_no_user_is_refused_and_issues_nothing(self) -> None:
        for given in ("0", "-1", "3651", "soon", "2026-03-10", "9999-12-31", "1e3", "١", "", "9" * 5000):
            with self.subTest(given[:10]), self.assertRaisesMessage(CommandError, "--expires: "):
                call_command("issue_token", "vera", f"--expires={given}")
        for user in ("nobody", "gus", ""):
            with self.subTest(user), self.assertRaises(CommandError):
                call_command("issue_token", user)
        self.assertFalse(Token.objects.exists())

    def test_a_file_is_its_owners_alone_and_no_other_is_overwritten(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "token"
            out, err = self.command("issue_token", "vera", "--output", str(path))

            self.assertEqual((out, stat.S_IMODE(path.stat().st_mode)), ("", 0o600))
            self.assertEqual(self.get(path.read_text().strip()).status_code, 200)
            self.assertIsNone(TOKEN.search(err))
            for taken in (path, Path(folder) / "none" / "token", Path(folder)):
                with self.assertRaises(CommandError):
                    call_command("issue_token", "vera", "--output", str(taken))
        self.assertEqual(Token.objects.count(), 1)

    def test_none_is_issued_where_it_cannot_be_written(self) -> None:
        full = OSError(errno.ENOSPC, "No space left on device")
        with tempfile.TemporaryDirectory() as folder, patch("os.fsync", side_effect=full):
            with self.assertRaisesMessage(CommandError, "No space left on device. No token was issued."):
                call_command("issue_token", "vera", "--output", f"{folder}/token")
            self.assertEqual(list(Path(folder).iterdir()), [])
        self.assertFalse(Token.objects.exists())

    def test_one_token_of_several_is_revoked_by_its_beginning(self) -> None:
        first, second = self.token(self.viewer), self.token(self.viewer)

        self.command("revoke_token", "vera", first[:8])

        self.assertEqual((self.get(first).status_code, self.get(second).status_code), (401, 200))
        for beginning in (first[:8], second[:7], "", "zzzzzzzz"):
            if beginning:
                with self.assertRaises(CommandError):
                    call_command("revoke_token", "vera", beginning)

    def test_only_administrators_issue(self) -> None:
        for user in (self.manager, self.viewer):
            with self.assertRaises(Forbidden):
                issue_token(user=user, expires_at=None, now=self.now, by=self.acting(user))


class AdminTests(TokenCase):
    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.administrator)

    def issue(self, **form: object) -> Any:
        return self.client.post("/admin/brands/token/add/", {"user": self.viewer.pk, "last_day": "", **form})

    def test_it_is_shown_on_the_page_after_issuing_and_nowhere_else(self) -> None:
        with self.assertLogs("budget_system.access", logging.INFO) as logged:
            answer = self.issue()
        (token,) = TOKEN.findall(answer.content.decode())

        self.assertEqual(self.get(token).status_code, 200)
        self.assertIn("no-store", answer["Cache-Control"])
        self.assertEqual(list(get_messages(answer.wsgi_request)), [])
        kept = [
            *(str(cookie) for cookie in self.client.cookies.values()),
            *(str(session.get_decoded()) for session in Session.objects.all()),
            *(f"{entry} {entry.change_message}" for entry in LogEntry.objects.all()),
            *logged.output,
            self.client.get("/admin/brands/token/").content.decode(),
            self.client.get(f"/admin/brands/token/{Token.objects.get().pk}/change/", follow=True).content.decode(),
        ]
        self.assertEqual([text for text in kept if token in text], [])

    def test_it_works_to_the_end_of_the_day_that_was_said(self) -> None:
        self.issue(last_day="2026-03-11")
        self.assertEqual(Token.objects.get().expiry, datetime(2026, 3, 12, tzinfo=UTC))

        self.assertContains(self.issue(last_day="2026-03-10"), "is over")
        self.assertEqual(Token.objects.count(), 1)

    def test_it_is_revoked_in_the_list(self) -> None:
        token = self.token(self.viewer)
        row = Token.objects.get()
        self.client.post("/admin/brands/token/", {"action": "revoke", "_selected_action": [row.pk]})

        self.assertEqual(self.get(token).status_code, 401)
        self.assertIn(token[:8], str(LogEntry.objects.get()))

    def test_the_librarys_own_page_is_gone(self) -> None:
        self.assertEqual(self.client.get("/admin/knox/authtoken/").status_code, 404)

    def test_nobody_else_sees_or_issues_them(self) -> None:
        for user in (self.manager, self.viewer):
            user.is_staff = True
            user.save()
            self.client.force_login(user)
            for path in ("/admin/brands/token/", "/admin/brands/token/add/"):
                self.assertEqual(self.client.get(path).status_code, 403, path)
            self.assertEqual(self.issue().status_code, 403)
        self.assertFalse(Token.objects.exists())


class OpenTests(Roles, TestCase):
    def test_at_the_admin_nobody_acts_without_a_name_however_open_the_api_is(self) -> None:
        self.assertEqual(self.client.post("/admin/brands/token/add/", {"user": self.viewer.pk}).status_code, 302)
        self.assertFalse(Token.objects.exists())
        self.assertTrue(Actor.api().access.administrator)
