"""Every route of the API × every method × everybody: the exact answer, and no write that should not be."""

from unittest.mock import patch

from django.test import TestCase, override_settings

from budget_system.health.checks import CACHED_HEALTH, HEALTHY, PartHealth
from tests.access_api import ApiAccess, body_of
from tests.access_table import ELSEWHERE, FOR_EVERYBODY, TABLE
from tests.routes import METHODS, routes


class RouteTests(TestCase):
    def test_every_route_is_classified(self) -> None:
        known = {*TABLE, *FOR_EVERYBODY}
        unknown = [route for route in routes() if route not in known and not route.startswith(ELSEWHERE)]

        self.assertEqual(unknown, [], "classify these in tests/access_table.py: who may do what there?")
        self.assertEqual(known - set(routes()), set(), "these are classified and no longer there")
        self.assertGreater(len(routes("api/")), 20)


class MatrixTests(ApiAccess):
    """Who is answered what."""

    def test_everybody_is_answered_exactly_as_classified_and_nothing_else_is_written(self) -> None:
        count = 0
        for route, method, expected in self.cells():
            for user, status in self.people(expected):
                with self.subTest(route=route, method=method, user=user.username):
                    answer, written = self.call(method, route, self.acme, user)
                    count += 1
                    self.assertEqual(answer.status_code, status, answer.text[:300])
                    sent = f"{answer.path} {body_of(route, method, self.acme)}"
                    self.assert_keeps(answer.text + str(answer.headers), user, sent)
                    may_write = status in (200, 201, 204) and method in ("POST", "PUT", "PATCH", "DELETE")
                    if not may_write or user in self.viewers:
                        self.assertEqual(written, [])
        self.assertGreater(count, 1000)

    def test_nobody_is_answered_401_everywhere_and_nothing_is_looked_at(self) -> None:
        for route, method, _ in self.cells():
            with self.subTest(route=route, method=method):
                with self.assertNumQueries(3):  # the test's own savepoint
                    answer, written = self.call(method, route, self.acme, None)
                self.assertEqual((answer.status_code, written), (401, []))
                self.assertEqual(answer.headers["WWW-Authenticate"], "Token")

    def test_an_archived_campaign_is_gone_for_who_may_not_write_too(self) -> None:
        self.client.force_login(self.administrator)
        self.client.delete(f"/api/campaigns/{self.campaign.pk}/")

        for method in ("GET", "PUT", "PATCH", "DELETE"):
            for user in (*self.viewers, *self.managers, self.administrator):
                answer, _ = self.call(method, "api/campaigns/{pk}/", self.acme, user)
                self.assertEqual(answer.status_code, 404, (method, user))

    def test_who_may_no_longer_log_in_is_nobody(self) -> None:
        self.tokens[self.gone.pk] = self.token(self.gone)
        self.client.force_login(self.gone)
        for route, method in (("api/", "GET"), ("api/brands/", "GET"), ("api/spends/", "POST"), ("api/docs/", "GET")):
            answer, written = self.call(method, route, self.acme, self.gone)
            self.assertEqual((answer.status_code, written), (401, []), (route, method))
        self.assertEqual(self.client.get("/api/brands/").status_code, 401)

    def test_a_session_is_answered_as_a_token_is(self) -> None:
        for user in (self.viewer, self.manager, self.stranger):
            self.client.force_login(user)
            for route in ("api/brands/{pk}/", "api/campaigns/", "api/spends/bulk/", "api/spends/{pk}/history/"):
                for method in METHODS:
                    with self.subTest(user=user.username, route=route, method=method):
                        by_session, _ = self.call(method, route, self.acme, None)
                        self.client.cookies.clear()
                        by_token, _ = self.call(method, route, self.acme, user)
                        self.client.force_login(user)
                        self.assertEqual(by_session.status_code, by_token.status_code)

    def test_where_the_system_is_open_nobody_logged_in_may_do_everything_and_a_member_what_members_may(self) -> None:
        with override_settings(API_AUTH="open"):
            for route, method, expected in self.cells():
                answer, _ = self.call(method, route, self.acme, None)
                self.assertEqual(answer.status_code, expected.administrator, (route, method))
                answer, _ = self.call(method, route, self.acme, self.viewer)
                self.assertEqual(answer.status_code, expected.viewer, (route, method))

    def test_health_tells_everybody_the_same_few_words(self) -> None:
        parts = {"database": PartHealth(HEALTHY, self.now)}
        with (
            patch.object(CACHED_HEALTH, "answer", return_value=parts),
            patch("budget_system.health.views.log_standstills_in_background"),
        ):
            for user in (None, self.viewer, self.manager, self.stranger, self.loner):
                for method, status in {"GET": 200, "HEAD": 200}.items():
                    answer, written = self.call(method, "health/", self.acme, user)
                    self.assertEqual((answer.status_code, written), (status, []))
                    self.assertNotIn("2026", answer.text)
                for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                    self.assertEqual(self.call(method, "health/", self.acme, user)[0].status_code, 405, method)
            self.assertIn("2026", self.call("GET", "health/", self.acme, self.administrator)[0].text)
