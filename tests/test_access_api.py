"""Every route of the API × every method × everybody: the exact answer, no leak, and no write that should not be."""

import json
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch
from uuid import UUID

import time_machine
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from uuid_utils.compat import uuid7

from brands.models import Brand, Role
from budget_system.health import HEALTHY, Part
from spending.models import Import
from tests.access import Roles
from tests.access_table import ELSEWHERE, FOR_EVERYBODY, NOT_ALLOWED, QUERIES, TABLE, Expected
from tests.routes import METHODS, routes

Ids = dict[str, UUID]
MISSING = "api(/.*)?"
WRITES = ("INSERT", "UPDATE", "DELETE")
IDS_OF = {
    "brands": "brand",
    "campaigns": "campaign",
    "schedules": "schedule",
    "spends": "spend",
    "imports": "import",
}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    text: str
    headers: dict[str, str]
    path: str


def writes(queries: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in queries if query["sql"].startswith(WRITES)]


def body_of(route: str, method: str, ids: Ids) -> object:
    """Give a body that is in order, about what the ids name."""
    brand, campaign = str(ids["brand"]), str(ids["campaign"])
    spend = {"campaign": campaign, "amount": "1.00"}
    creating: dict[str, object] = {
        "api/brands/": {"name": "New", "daily_budget": None, "monthly_budget": None},
        "api/campaigns/": {"brand": brand, "name": "New"},
        "api/schedules/": {"campaign": campaign, "day_of_week": 6, "start_time": "09:00", "end_time": "10:00"},
        "api/spends/": spend,
        "api/spends/bulk/": [spend, spend],
    }
    changing: dict[str, object] = {
        "api/brands/{pk}/": {"daily_budget": "55.00"},
        "api/campaigns/{pk}/": {"name": "Renamed"},
        "api/schedules/{pk}/": {"is_active": False},
        "api/spends/{pk}/": {"amount": "2.00"},
    }
    if method == "POST":
        return creating.get(route, {})
    return changing.get(route) if method in ("PUT", "PATCH") else None


class RouteTests(TestCase):
    def test_every_route_is_classified(self) -> None:
        known = {*TABLE, *FOR_EVERYBODY}
        unknown = [route for route in routes() if route not in known and not route.startswith(ELSEWHERE)]

        self.assertEqual(unknown, [], "classify these in tests/access_table.py: who may do what there?")
        self.assertEqual(known - set(routes()), set(), "these are classified and no longer there")
        self.assertGreater(len(routes("api/")), 20)


@override_settings(API_AUTH="closed")
class MatrixTests(Roles, TestCase):
    """Acme and Zephyr have rows of every kind; whoever is of one must not learn of the other's."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        Brand.objects.filter(pk=self.other.pk).update(name="Zephyr", name_key="zephyr")
        self.onlooker = self.make_user("olga", self.other, Role.VIEWER)
        self.acme = self.rows_of(self.brand, "secret-1")
        self.zephyr = self.rows_of(self.other, "hidden-2")
        self.tokens = {
            user.pk: self.token(user)
            for user in (self.viewer, self.manager, self.administrator, self.stranger, self.onlooker, self.loner)
        }

    def rows_of(self, brand: Brand, word: str) -> Ids:
        campaign = brand.campaigns.get()
        spend = self.spend("5.00", campaign=campaign, external_id=word)
        window = self.window(8, 20, campaign=campaign)
        report = Import.objects.create(
            brand=brand,
            platform="meta",
            file_name=f"report {word}.csv",
            sha256="5ec3e7",
            at=self.now,
            finished_at=self.now,
            by="command import_spends",
            rows=1,
            bad_lines=0,
            days=1,
            money_in="1.00",
            money_booked=1,
            rounding="0.00",
        )
        return {
            "brand": brand.pk,
            "campaign": campaign.pk,
            "spend": spend.pk,
            "schedule": window.pk,
            "import": report.pk,
        }

    def call(
        self, method: str, route: str, ids: Ids, user: User | None, query: str = "", body: object = None
    ) -> tuple["Answer", list[str]]:
        """Call as somebody, undo what it did; give the answer, and the statements that wrote."""
        path = "api/nowhere/" if route == MISSING else route
        if "{pk}" in path:
            path = path.replace("{pk}", str(ids[IDS_OF[path.split("/")[1]]]))
        headers = {"Authorization": f"Token {self.tokens[user.pk]}"} if user else {}
        sent = body_of(route, method, ids) if body is None else body
        data = b"" if sent is None else json.dumps(sent).encode()
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            response = self.client.generic(
                method, f"/{path}", data, "application/json", headers=headers, QUERY_STRING=query
            )
            answer = Answer(response.status_code, response.getvalue().decode(), dict(response.headers), f"/{path}")
            transaction.set_rollback(True)
        return answer, writes(queries)

    def cells(self) -> "list[tuple[str, str, Expected]]":
        return [(route, method, TABLE[route].get(method, NOT_ALLOWED)) for route in sorted(TABLE) for method in METHODS]

    def people(self, expected: Expected) -> list[tuple[User, int]]:
        return [
            (self.viewer, expected.viewer),
            (self.manager, expected.manager),
            (self.administrator, expected.administrator),
            (self.stranger, expected.stranger),
            (self.onlooker, expected.stranger),
            (self.loner, expected.stranger),
        ]

    def secrets_for(self, user: User) -> list[str]:
        """Name what a person must not read in any answer."""
        acme = ["Acme", "Spring sale", "secret-1", *map(str, self.acme.values())]
        zephyr = ["Zephyr", "Theirs", "hidden-2", *map(str, self.zephyr.values())]
        if user == self.administrator:
            return []
        if user in (self.viewer, self.manager):
            return zephyr
        return acme if user in (self.stranger, self.onlooker) else [*acme, *zephyr]

    def assert_keeps(self, text: str, user: User, sent: str) -> None:
        """Fail where an answer holds what its reader must not know; what was sent may be said again."""
        leaked = [secret for secret in self.secrets_for(user) if secret in text and secret not in sent]
        self.assertEqual(leaked, [], text[:500])

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
                    if not may_write or user == self.viewer:
                        self.assertEqual(written, [])
        self.assertGreater(count, 1000)

    def test_nobody_is_answered_401_everywhere_and_nothing_is_looked_at(self) -> None:
        for route, method, _ in self.cells():
            with self.subTest(route=route, method=method):
                with self.assertNumQueries(3):  # the test's own savepoint
                    answer, written = self.call(method, route, self.acme, None)
                self.assertEqual((answer.status_code, written), (401, []))
                self.assertEqual(answer.headers["WWW-Authenticate"], "Token")

    def test_lists_and_files_show_strangers_nothing_of_acme_and_members_nothing_else(self) -> None:
        for route in TABLE:
            if "{pk}" in route or "GET" not in TABLE[route] or route == MISSING:
                continue
            for query in ("", *QUERIES.get(route, ())):
                asked = query.format(**self.acme)
                for user, _ in self.people(TABLE[route]["GET"]):
                    with self.subTest(route=route, query=query, user=user.username):
                        answer, _ = self.call("GET", route, self.acme, user, asked)
                        self.assertEqual(answer.status_code, 200)
                        self.assert_keeps(answer.text + str(answer.headers), user, asked)

    def test_every_list_shows_its_members_what_is_theirs(self) -> None:
        for route, kind in {f"api/{plural}/": kind for plural, kind in IDS_OF.items()}.items():
            for user, ids in ((self.viewer, self.acme), (self.manager, self.acme), (self.onlooker, self.zephyr)):
                answer, _ = self.call("GET", route, self.acme, user)
                self.assertEqual([row["id"] for row in json.loads(answer.text)], [str(ids[kind])])
                self.assertEqual(answer.headers["X-Total-Count"], "1")

    def test_what_is_anothers_is_answered_to_the_letter_as_what_does_not_exist(self) -> None:
        unknown: Ids = {kind: uuid7() for kind in self.acme}
        compared = 0
        for route, method, _ in self.cells():
            for query in ("", *(QUERIES.get(route, ()) if method == "GET" else ())):
                if "{pk}" not in route and "{" not in query and body_of(route, method, self.acme) is None:
                    continue
                for user in (self.stranger, self.onlooker, self.loner):
                    with self.subTest(route=route, method=method, query=query, user=user.username):
                        theirs = self.told(method, route, self.acme, user, query)
                        self.assertEqual(theirs, self.told(method, route, unknown, user, query))
                        compared += 1
        self.assertGreater(compared, 350)

    def told(self, method: str, route: str, ids: Ids, user: User, query: str = "", body: object = None) -> Any:
        """Give the whole answer, with the ids that were sent made alike."""
        answer, _ = self.call(method, route, ids, user, query.format(**ids), body)
        text = f"{answer.status_code}\n{sorted(answer.headers.items())}\n{answer.text}"
        for kind, pk in ids.items():
            text = text.replace(str(pk), f"<{kind}>")
        return text if answer.status_code >= 400 else text.replace(str(answer.headers.get("Location")), "")

    def test_a_body_that_names_anothers_row_is_answered_as_one_that_names_an_unknown_one(self) -> None:
        spend = {"amount": "1.00"}
        bodies: dict[tuple[str, str], Any] = {
            ("PATCH", "api/campaigns/{pk}/"): lambda ids: {"brand": str(ids["brand"])},
            ("PUT", "api/campaigns/{pk}/"): lambda ids: {"brand": str(ids["brand"]), "name": "Renamed"},
            ("PATCH", "api/schedules/{pk}/"): lambda ids: {"campaign": str(ids["campaign"])},
            ("PATCH", "api/spends/{pk}/"): lambda ids: {"campaign": str(ids["campaign"]), "amount": "2.00"},
            ("POST", "api/spends/bulk/"): lambda ids: [
                {"campaign": str(self.acme["campaign"]), **spend},
                {"campaign": str(ids["campaign"]), **spend},
            ],
            ("POST", "api/campaigns/"): lambda ids: {"brand": str(ids["brand"]), "name": "Theirs"},
            ("POST", "api/spends/"): lambda ids: {
                "campaign": str(ids["campaign"]),
                "external_id": "hidden-2",
                "amount": "0.00",
            },
        }
        unknown: Ids = {kind: uuid7() for kind in self.zephyr}
        for (method, route), body in bodies.items():
            for user in (self.manager, self.loner) if method == "POST" else (self.manager,):
                with self.subTest(method=method, route=route, user=user.username):
                    answers = []
                    for ids in (self.zephyr, unknown):
                        answer, written = self.call(method, route, self.acme, user, body=body(ids))
                        self.assertEqual((answer.status_code, written), (400, []), answer.text)
                        text = answer.text
                        for kind, pk in ids.items():
                            text = text.replace(str(pk), f"<{kind}>")
                        answers.append(text)
                    self.assertEqual(*answers)
                    self.assertRegex(answers[0], "brand" if "brand" in str(body(unknown)) else "campaign")

    def test_a_campaign_that_has_moved_leaves_its_past_with_the_brand_in_which_it_happened(self) -> None:
        self.client.force_login(self.administrator)
        campaign = self.make_campaign("Fresh")
        path = f"/api/campaigns/{campaign.pk}/"
        self.client.post(f"{path}pause/", {"note": "secret-1"}, "application/json")
        self.client.patch(path, {"brand": str(self.other.pk)}, "application/json")

        for below in ("events/", "history/"):
            ids = {**self.zephyr, "campaign": campaign.pk}
            answer, _ = self.call("GET", f"api/campaigns/{{pk}}/{below}", ids, self.stranger)
            self.assertEqual(answer.status_code, 200)
            self.assert_keeps(answer.text, self.stranger, "")

    def test_an_archived_campaign_is_gone_for_who_may_not_write_too(self) -> None:
        self.client.force_login(self.administrator)
        self.client.delete(f"/api/campaigns/{self.campaign.pk}/")

        for method in ("GET", "PUT", "PATCH", "DELETE"):
            for user in (self.viewer, self.manager, self.administrator):
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
        parts = {"database": Part(HEALTHY, self.now)}
        with patch("budget_system.views.all_parts", return_value=parts):
            for user in (None, self.viewer, self.manager, self.stranger, self.loner):
                for method, status in {"GET": 200, "HEAD": 200}.items():
                    answer, written = self.call(method, "health/", self.acme, user)
                    self.assertEqual((answer.status_code, written), (status, []))
                    self.assertNotIn("2026", answer.text)
                for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
                    self.assertEqual(self.call(method, "health/", self.acme, user)[0].status_code, 405, method)
            self.assertIn("2026", self.call("GET", "health/", self.acme, self.administrator)[0].text)
