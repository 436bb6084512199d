"""Tags, preconditions, refusals, and what the API says of itself."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any
from unittest import mock

import psycopg
from django.db import IntegrityError, OperationalError
from django.test import TestCase
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from brands import services as brand_services
from brands.models import Brand
from budget_system.core.errors import Conflict
from campaigns.models import Campaign, Platform
from spending.models import Spend

NOBODY = "00000000-0000-7000-8000-000000000000"


class AnswerTestCase(TestCase):
    client: APIClient
    client_class = APIClient
    brand: Brand
    campaign: Campaign
    brand_path: str
    path: str

    @classmethod
    def setUpTestData(cls) -> None:
        cls.brand = Brand.objects.create(name="Acme", daily_budget="100.00", monthly_budget=None)
        cls.campaign = Campaign.objects.create(brand=cls.brand, name="Summer")
        cls.brand_path = f"/api/brands/{cls.brand.pk}/"
        cls.path = f"/api/campaigns/{cls.campaign.pk}/"

    def tag(self, path: str) -> str:
        return self.client.get(path).headers["ETag"]

    def book(self, amount: str) -> str:
        response = self.client.post("/api/spends/", {"campaign": str(self.campaign.pk), "amount": amount})
        self.assertEqual(response.status_code, 201, response.content)
        return f"/api/spends/{response.json()['id']}/"


class TagTests(AnswerTestCase):
    def test_the_tag_of_a_write_is_that_of_the_next_read(self) -> None:
        window = {"campaign": str(self.campaign.pk), "day_of_week": 0, "start_time": "09:00", "end_time": "23:59:59"}
        for path, body in (
            ("brands", {"name": "B", "daily_budget": 5, "monthly_budget": None, "currency": "eur"}),
            ("campaigns", {"brand": str(self.brand.pk), "name": "C", "status": "PAUSED"}),
            ("spends", {"campaign": str(self.campaign.pk), "amount": 7, "external_id": "x"}),
            ("schedules", window),
        ):
            created = self.client.post(f"/api/{path}/", body, format="json")
            self.assertEqual(created.status_code, 201, created.content)
            read = self.client.get(created.headers["Location"])
            self.assertEqual(read.headers["ETag"], created.headers["ETag"], path)
            self.assertEqual(read.json(), created.json())
            changed = self.client.patch(created.headers["Location"], {}, format="json")
            self.assertEqual(changed.headers["ETag"], created.headers["ETag"], path)

    def test_it_changes_with_a_status_and_not_with_a_spend(self) -> None:
        before, brand_before = self.tag(self.path), self.tag(self.brand_path)
        self.book("1.00")
        self.assertEqual((self.tag(self.path), self.tag(self.brand_path)), (before, brand_before))
        self.book("99.00")
        self.assertNotEqual(self.tag(self.path), before)
        self.assertEqual(self.tag(self.brand_path), brand_before)

    def test_it_answers_no_if_none_match(self) -> None:
        response = self.client.get(self.path, HTTP_IF_NONE_MATCH=self.tag(self.path))
        self.assertEqual(response.status_code, 200)

    def test_a_stale_tag_changes_nothing(self) -> None:
        stale = self.tag(self.path)
        self.client.patch(self.path, {"name": "Autumn"}, format="json")
        for method, path in (
            ("put", self.path),
            ("patch", self.path),
            ("delete", self.path),
            ("post", f"{self.path}pause/"),
            ("post", f"{self.path}activate/"),
        ):
            body = {"name": "Winter"} if method in ("put", "patch") else None
            for tag in (stale, f"W/{stale}", '"other"', "unquoted", ""):
                response = getattr(self.client, method)(path, body, format="json", HTTP_IF_MATCH=tag)
                self.assertEqual((response.status_code, list(response.json())), (412, ["detail"]), tag)
        self.assertEqual(self.client.get(self.path).json()["name"], "Autumn")

    def test_other_resources_ask_too(self) -> None:
        spend = self.book("1.00")
        window = {"campaign": str(self.campaign.pk), "day_of_week": 0, "start_time": "09:00", "end_time": "10:00"}
        schedule = self.client.post("/api/schedules/", window, format="json").headers["Location"]
        for path in (self.brand_path, spend, schedule):
            self.assertEqual(self.client.patch(path, {}, format="json", HTTP_IF_MATCH='"old"').status_code, 412)
            self.assertEqual(self.client.delete(path, HTTP_IF_MATCH='"old"').status_code, 412)
        for action in ("hold", "release"):
            response = self.client.post(f"{self.brand_path}{action}/", HTTP_IF_MATCH='"old"')
            self.assertEqual(response.status_code, 412)

    def test_a_matching_tag_any_of_a_list_and_a_star_pass(self) -> None:
        tag = self.tag(self.path)
        for header in (tag, f'"other", {tag}', "*"):
            response = self.client.patch(self.path, {}, format="json", HTTP_IF_MATCH=header)
            self.assertEqual(response.status_code, 200, header)
        self.assertEqual(self.client.delete(f"/api/brands/{NOBODY}/", HTTP_IF_MATCH="*").status_code, 404)

    def test_a_tag_that_a_compressing_proxy_has_changed_passes(self) -> None:
        tag = self.tag(self.path)
        for changed in (f"W/{tag}", f'{tag[:-1]}-gzip"', f'W/{tag[:-1]}-br"', f'{tag[:-1]}-zstd"'):
            for header in (changed, f'"other", {changed}', f'W/"other",{changed}, W/"another"'):
                response = self.client.patch(self.path, {}, format="json", HTTP_IF_MATCH=header)
                self.assertEqual(response.status_code, 200, header)

    def test_what_is_no_change_of_a_proxy_is_no_match(self) -> None:
        tag = self.tag(self.path)
        for other in (f"w/{tag}", f'{tag[:-1]}-other"', f'{tag[:-1]}gzip"', f"W/W/{tag}", tag[1:-1], f"x{tag}"):
            response = self.client.patch(self.path, {}, format="json", HTTP_IF_MATCH=other)
            self.assertEqual(response.status_code, 412, other)


class RefusalTests(AnswerTestCase):
    def test_what_is_not_there(self) -> None:
        for path in (
            *("/api/nothing/", "/api/brands/x/y/z/", "/api/brands/%00/", "/api/brands.json", f"/api/brands/{NOBODY}/"),
            *(f"/api/campaigns/{self.campaign.pk.hex}/", f"/api/spends/{self.brand.pk}/", "/api/schedules/../x/"),
        ):
            for method in ("get", "put", "delete"):
                response = getattr(self.client, method)(path, HTTP_ACCEPT="*/*")
                self.assertEqual((response.status_code, list(response.json())), (404, ["detail"]), (method, path))

    def test_a_missing_slash_is_shown(self) -> None:
        self.assertRedirects(
            self.client.get("/api/brands?search=a"), "/api/brands/?search=a", 301, fetch_redirect_response=False
        )
        response = self.client.post("/api/brands", {}, format="json")
        self.assertEqual(response.status_code, 404)
        self.assertIn("/api/brands/?", response.json()["detail"])

    def test_methods_that_a_path_does_not_know(self) -> None:
        for method, path in (
            ("put", "/api/brands/"),
            ("post", self.path),
            ("get", f"{self.path}pause/"),
            ("post", f"{self.path}events/"),
            ("trace", self.path),
        ):
            response = getattr(self.client, method)(path)
            self.assertEqual((response.status_code, list(response.json())), (405, ["detail"]))

    def test_a_method_that_is_not_served_is_refused_whatever_format_it_asks_for(self) -> None:
        for query in ("?format=csv", "?format=nothing", ""):
            for path in ("/api/brands/months/", "/api/pacing/", "/api/spends/"):
                with self.subTest(path=path, query=query):
                    response = self.client.generic("TRACE", f"{path}{query}")
                    self.assertEqual((response.status_code, list(response.json())), (405, ["detail"]))

    def test_formats_that_are_not_spoken(self) -> None:
        self.assertEqual(self.client.get("/api/brands/?format=xml").status_code, 400)
        self.assertEqual(self.client.get("/api/brands/", HTTP_ACCEPT="text/csv").status_code, 406)

    def test_too_many_parameters(self) -> None:
        response = self.client.get("/api/brands/?" + "&".join(f"a{number}=1" for number in range(1_001)))
        self.assertEqual((response.status_code, list(response.json())), (400, ["detail"]))

    def refusal_of(self, error: Exception, cause: Exception | None = None) -> tuple[int, list[str]]:
        error.__cause__ = cause
        with mock.patch.object(brand_services, "change_brand", side_effect=error):
            response = self.client.patch(self.brand_path, {}, format="json")
        return response.status_code, list(response.json())

    def test_two_at_once_are_a_conflict(self) -> None:
        self.assertEqual(self.refusal_of(Conflict()), (409, ["detail"]))
        self.assertEqual(self.refusal_of(IntegrityError(), psycopg.errors.UniqueViolation()), (409, ["detail"]))
        self.assertEqual(self.refusal_of(IntegrityError(), psycopg.errors.ForeignKeyViolation()), (409, ["detail"]))
        self.assertEqual(
            self.refusal_of(IntegrityError(), psycopg.errors.CheckViolation()), (400, ["non_field_errors"])
        )

    def test_a_name_taken_between_the_question_and_the_write_is_a_conflict(self) -> None:
        body = {"name": "ACME", "daily_budget": None, "monthly_budget": None}
        with mock.patch.object(brand_services, "_require_free_name"):
            response = self.client.post("/api/brands/", body, format="json")
        self.assertEqual((response.status_code, list(response.json())), (409, ["detail"]))

    def test_sqlite_tells_what_it_refused_too(self) -> None:
        for insert, expected in (("(1, 1)", (409, ["detail"])), ("(2, -1)", (400, ["non_field_errors"]))):
            with sqlite3.connect(":memory:") as connection:
                connection.execute("CREATE TABLE t (a INTEGER UNIQUE, b INTEGER CHECK (b > 0))")
                connection.execute("INSERT INTO t VALUES (1, 1)")
                with self.assertRaises(sqlite3.IntegrityError) as caught:
                    connection.execute(f"INSERT INTO t VALUES {insert}")
            connection.close()
            self.assertEqual(self.refusal_of(IntegrityError(), caught.exception), expected)

    def test_a_database_out_of_reach_is_no_fault_of_the_client(self) -> None:
        with self.assertLogs("budget_system.web.database_errors", "ERROR"):
            self.assertEqual(self.refusal_of(OperationalError()), (503, ["detail"]))

    def test_nothing_is_written_where_something_is_refused(self) -> None:
        body = {"campaign": str(self.campaign.pk), "amount": "5.00", "spend_date": "2999-01-01"}
        self.assertEqual(self.client.post("/api/spends/", body, format="json").status_code, 400)
        self.assertFalse(Spend.objects.exists())
        self.assertEqual(self.client.get(self.path).json()["daily_spend"], "0.00")


def parts_of(described: object) -> Iterator[dict[str, Any]]:
    """Yield every object in a description, however deep."""
    if isinstance(described, dict):
        yield described
    for part in described.values() if isinstance(described, dict) else described if isinstance(described, list) else ():
        yield from parts_of(part)


class DescriptionTests(AnswerTestCase):
    def test_the_schema_is_valid_openapi_and_says_what_is_special_here(self) -> None:
        schema = json.loads(self.client.get("/api/schema/?format=json").content)
        validate_schema(schema)  # type: ignore[no-untyped-call]  # the library says nothing of types
        paths = schema["paths"]
        listed = paths["/api/brands/"]["get"]
        self.assertEqual(schema["components"]["schemas"]["PaginatedBrandList"]["type"], "array")
        self.assertEqual(set(listed["responses"]["200"]["headers"]), {"Link", "X-Total-Count"})
        names = {parameter["name"] for parameter in listed["parameters"]}
        pages = {"page", "page_size", "count", "cursor"}
        self.assertEqual(names, {"is_held", "currency", "timezone", "search", "ordering", *pages})
        put = paths["/api/brands/{id}/"]["put"]
        self.assertIn("PatchedBrandRequest", json.dumps(put["requestBody"]))
        self.assertIn("If-Match", {parameter["name"] for parameter in put["parameters"]})
        self.assertLessEqual({"400", "404", "409", "412", "413", "415"}, put["responses"].keys())
        for path in ("brands/{id}/hold", "brands/{id}/release", "campaigns/{id}/pause", "campaigns/{id}/activate"):
            self.assertIn("post", paths[f"/api/{path}/"])
        self.assertIn("get", paths["/api/campaigns/{id}/events/"])

    def test_no_choice_is_described_as_one_of_several_types(self) -> None:
        schema = json.loads(self.client.get("/api/schema/?format=json").content)
        schemas = schema["components"]["schemas"]
        for part in parts_of(schema):
            self.assertFalse({"oneOf", "anyOf"} & part.keys(), part)
            self.assertNotIn(None, part.get("enum", []) if isinstance(part.get("enum"), list) else [])
        reason = schemas["Campaign"]["properties"]["pause_reason"]
        self.assertEqual((reason["nullable"], reason["allOf"]), (True, [{"$ref": "#/components/schemas/PauseReason"}]))
        self.assertEqual(schemas["PlatformOrEmpty"]["enum"], [*Platform.values, ""])
        self.assertEqual(schemas["Platform"]["enum"], Platform.values)
        self.assertNotIn("enum", schemas["Brand"]["properties"]["timezone"])
        self.assertEqual(schemas["SpendRequest"]["properties"]["amount"]["type"], "string")
        self.assertEqual(set(schemas["Campaign"]["required"]), set(self.client.get(self.path).json()))

    def test_the_documentation_is_served_from_here(self) -> None:
        response = self.client.get("/api/docs/")
        self.assertContains(response, "swagger-ui")
        self.assertNotContains(response, "cdn.")

    def test_it_can_be_browsed(self) -> None:
        self.book("1.00")
        self.assertEqual(
            set(self.client.get("/api/").json()),
            {
                *("alerts", "brands", "campaigns", "delivery", "imports", "pacing", "spends", "schedules"),
                "subscriptions",
            },
        )
        below = (f"{self.brand_path}pacing/", f"{self.path}pacing/", f"{self.path}explain/", f"{self.path}events/")
        for path in (
            "/api/",
            "/api/brands/",
            self.brand_path,
            self.path,
            "/api/spends/",
            "/api/pacing/",
            "/api/delivery/",
            *below,
        ):
            self.assertContains(self.client.get(path, HTTP_ACCEPT="text/html"), "<html", msg_prefix=path)
        for path, status in (
            ("/api/brands/?page=x", 400),
            (f"/api/brands/{NOBODY}/", 404),
            ("/api/brands/?page=9", 404),
        ):
            self.assertEqual(self.client.get(path, HTTP_ACCEPT="text/html").status_code, status, path)

    def test_options_describe_the_fields(self) -> None:
        for path in ("/api/brands/?page=2", self.path):
            response = self.client.options(path)
            self.assertEqual(response.status_code, 200)
            self.assertIn("name", next(iter(response.json()["actions"].values())))
