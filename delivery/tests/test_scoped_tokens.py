"""Tokens that may only ask what is wanted of campaigns and acknowledge it."""

import logging
from io import StringIO
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from brands.access.tokens import issue_token
from brands.models import Scope, Token, TokenScope
from budget_system.core.actors import Actor
from tests.access_api import ApiAccess
from tests.browsing import AdminTestCase

ALLOWED = {("GET", "api/delivery/"), ("HEAD", "api/delivery/"), ("POST", "api/delivery/ack/")}


class ScopeTests(ApiAccess):
    def scope(self) -> None:
        for user in (self.manager, self.administrator):
            self.tokens[user.pk] = issue_token(
                user=user, expires_at=None, only=Scope.DELIVERY, now=self.now, by=Actor.command("test")
            ).text

    def test_everything_else_is_refused_with_a_sentence_and_writes_nothing(self) -> None:
        self.scope()
        refused = 0
        for route, method, expected in self.cells():
            for user in (self.manager, self.administrator):
                answer, written = self.call(method, route, self.acme, user)
                if (method, route) in ALLOWED:
                    self.assertEqual(answer.status_code, expected.manager, answer.text)
                    continue
                with self.subTest(route=route, method=method):
                    self.assertIn(answer.status_code, (403, 405), answer.text[:200])
                    self.assertEqual(written, [])
                    if answer.status_code == 403 and method != "HEAD" and route != "api/docs/":
                        self.assertIn("This token may only ask what is wanted", answer.text)
                        refused += 1
        self.assertGreater(refused, 100)

    def test_it_sees_no_more_than_its_user(self) -> None:
        self.scope()
        answer, _ = self.call("GET", "api/delivery/", self.acme, self.manager)
        self.assertIn(str(self.acme["campaign"]), answer.text)
        self.assertNotIn(str(self.zephyr["campaign"]), answer.text)

    def test_it_costs_one_query_to_know_it(self) -> None:
        self.scope()
        headers = {"Authorization": f"Token {self.tokens[self.administrator.pk]}"}
        with CaptureQueriesContext(connection) as queries:
            self.client.get("/api/brands/", headers=headers)
        self.assertEqual(len(queries), 1)

    def test_an_administrators_shows_no_figures_of_the_system(self) -> None:
        self.scope()
        headers = {"Authorization": f"Token {self.tokens[self.administrator.pk]}"}
        self.assertEqual(self.client.get("/metrics", headers=headers, REMOTE_ADDR="203.0.113.7").status_code, 403)
        with patch("budget_system.health.views.parts_as_json", return_value={}) as shown:
            self.client.get("/health/?only=web", headers=headers)
        self.assertIs(shown.call_args.kwargs["figures"], False)

    def test_it_is_gone_with_its_token(self) -> None:
        self.scope()
        Token.objects.filter(user=self.manager).delete()
        self.assertEqual(TokenScope.objects.count(), 1)


@override_settings(API_AUTH="closed")
class IssueTests(AdminTestCase):
    def test_the_command_issues_one(self) -> None:
        out, err = StringIO(), StringIO()
        call_command("issue_token", "ana", "--only", "delivery", stdout=out, stderr=err)
        self.assertIn("works for delivery only until", err.getvalue())
        headers = {"Authorization": f"Token {out.getvalue().strip()}"}
        self.client.logout()
        self.assertEqual(self.client.get("/api/delivery/", headers=headers).status_code, 200)
        self.assertEqual(self.client.get("/api/brands/", headers=headers).status_code, 403)
        with self.assertRaises(CommandError):
            call_command("issue_token", "ana", "--only", "everything", stdout=out, stderr=err)

    def test_the_admin_issues_one_and_the_list_says_what_it_may(self) -> None:
        url = self.url(Token, "add")
        form = self.open(url, "token")
        with self.assertLogs("budget_system.access", logging.INFO) as logs:
            page = self.send(url, {**form, "user": str(self.admin.pk), "only": "delivery"})
        self.assertContains(page, "Who has it can ask what is wanted of campaigns at their platforms")
        self.assertIn("for delivery only", logs.output[0])
        self.send(url, {**form, "user": str(self.admin.pk)})
        shown = self.client.get(self.url(Token, "changelist"))
        self.assertContains(shown, "ask what is wanted of campaigns at their platforms, and acknowledge it")
        self.assertContains(shown, "whatever its user may")
