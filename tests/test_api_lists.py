"""Pages, filters and orders of lists."""

import re
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import product
from unittest import mock

from django.test import TestCase
from rest_framework.test import APIClient

from brands.api.brands import BrandFilters
from brands.models import Brand
from brands.services import create_brand
from budget_system.api import numbered_pages as pages
from budget_system.api.filtersets import FilterSet
from budget_system.api.keyset import cursor_of
from budget_system.core.actors import Actor
from campaigns.api.campaigns import CampaignFilters
from campaigns.services import create_campaign
from scheduling.api import ScheduleFilters
from scheduling.services import create_schedule
from spending.api.spends import SpendFilters
from spending.recording.services import record
from tests.sampling import sample

LINK = re.compile(r'<([^>]+)>; rel="(\w+)"')


class ListTestCase(TestCase):
    client: APIClient
    client_class = APIClient

    def assert_fault(self, query: str, name: str, path: str = "/api/brands/") -> None:
        response = self.client.get(f"{path}?{query}")
        self.assertEqual((response.status_code, list(response.json())), (400, [name]), query)
        self.assertTrue(response.json()[name][0])


class PageTests(ListTestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        for number in range(25):
            Brand.objects.create(name=f"Brand {number:02}", daily_budget=None, monthly_budget=None)

    def links(self, path: str) -> dict[str, str]:
        response = self.client.get(path)
        self.assertEqual(response.status_code, 200, response.content)
        return {
            rel: address.removeprefix("http://testserver") for address, rel in LINK.findall(response.get("Link", ""))
        }

    def test_one_page_needs_no_links(self) -> None:
        response = self.client.get("/api/brands/")
        self.assertEqual((len(response.json()), response.headers["X-Total-Count"]), (25, "25"))
        self.assertNotIn("Link", response.headers)

    def test_following_the_links_reads_everything_once_and_keeps_the_filters(self) -> None:
        path, names = "/api/brands/?search=brand&page_size=10&ordering=-name", []
        while path:
            names += [row["name"] for row in self.client.get(path).json()]
            path = self.links(path).get("next", "")
        self.assertEqual(names, [f"Brand {number:02}" for number in reversed(range(25))])

    def test_links_name_the_pages_around(self) -> None:
        links = self.links("/api/brands/?page_size=10&page=2")
        self.assertEqual(
            {rel: re.findall(r"[?&]page=(\d+)", address)[0] for rel, address in links.items()},
            {"first": "1", "prev": "1", "next": "3", "last": "3"},
        )
        self.assertEqual(set(self.links("/api/brands/?page_size=10&page=3")), {"first", "prev", "last"})

    def test_a_page_past_the_end_is_not_found(self) -> None:
        for page in ("4", "99999999999999999999", "9" * 400):
            self.assertEqual(self.client.get(f"/api/brands/?page_size=10&page={page}").status_code, 404, page)

    def test_an_empty_list_has_one_empty_page(self) -> None:
        response = self.client.get("/api/brands/?search=nobody")
        self.assertEqual((response.json(), response.headers["X-Total-Count"]), ([], "0"))

    def test_bad_pages_are_named(self) -> None:
        for name in ("page", "page_size"):
            for value in ("0", "-1", "x", "", "1.5", "１", "%00", "+1"):
                self.assert_fault(f"{name}={value}", name)
        self.assert_fault("page_size=1001", "page_size")
        self.assert_fault("count=all", "count")
        self.assertEqual(self.client.get("/api/brands/?page_size=1000&page=1").status_code, 200)

    def test_the_total_is_counted_up_to_a_limit_unless_asked_for(self) -> None:
        with mock.patch.object(pages, "COUNT_LIMIT", 20):
            for path in ("/api/brands/?page_size=10", "/api/brands/?page_size=10&page=3", "/api/brands/"):
                self.assertNotIn("X-Total-Count", self.client.get(path).headers)
            self.assertEqual(self.links("/api/brands/?page_size=10").keys(), {"first", "next"})
            exact = self.client.get("/api/brands/?page_size=10&count=exact")
            self.assertEqual(exact.headers["X-Total-Count"], "25")
            self.assertIn("count=exact", exact.headers["Link"])

    def test_a_page_costs_the_same_queries_whatever_its_size(self) -> None:
        for size in (5, 24):
            with self.assertNumQueries(3):  # the page, the total, the brands' counters
                self.client.get(f"/api/brands/?page_size={size}")

    def test_head_answers_the_headers(self) -> None:
        response = self.client.head("/api/brands/?page_size=10")
        self.assertEqual((response.status_code, response.headers["X-Total-Count"]), (200, "25"))

    def test_people_can_turn_the_pages_too(self) -> None:
        response = self.client.get("/api/brands/?page_size=10", HTTP_ACCEPT="text/html")
        self.assertContains(response, "page=2")


class KeysetTests(ListTestCase):
    """Pages by key show the rows that one page of all would, in its order."""

    @classmethod
    def setUpTestData(cls) -> None:
        now = datetime(2026, 3, 11, 9, tzinfo=UTC)
        by = Actor.command("test")
        for number in range(7):
            budget = None if number % 3 == 0 else Decimal(number // 3 + 1)
            brand = create_brand(
                values={"name": f"Brand {number}", "daily_budget": budget, "monthly_budget": None}, now=now, by=by
            )
            campaign = create_campaign(
                values={"brand_id": brand.pk, "name": f"C{number % 2}", "platform": "meta", "monthly_budget": budget},
                now=now + timedelta(microseconds=number // 2),
                by=by,
            )
            record(campaign_id=campaign.pk, amount=Decimal(number % 3 + 1), now=now, by=by)
            create_schedule(
                values={
                    "campaign_id": campaign.pk,
                    "day_of_week": number % 3,
                    "start_time": time(9),
                    "end_time": time(18),
                },
                now=now,
                by=by,
            )

    def followed(self, path: str) -> list[str]:
        """Return the ids of all pages."""
        found: list[str] = []
        address: str | None = path
        while address is not None:
            response = self.client.get(address)
            self.assertEqual(response.status_code, 200, response.content)
            self.assertNotIn("X-Total-Count", response.headers)
            found += [row["id"] for row in response.json()]
            address = {rel: link for link, rel in LINK.findall(response.get("Link", ""))}.get("next")
        return found

    def test_every_list_in_every_order(self) -> None:
        lists: tuple[tuple[str, type[FilterSet]], ...] = (
            ("brands", BrandFilters),
            ("campaigns", CampaignFilters),
            ("spends", SpendFilters),
            ("schedules", ScheduleFilters),
        )
        for path, filters in lists:
            orders = [*filters.ordering, *(f"-{name}" for name in filters.ordering), ",".join(filters.ordering)]
            asked = product([filters.usual_order(), *orders], (1, 2, 3))
            for order, size in sample(asked, lambda one: one[0]):
                with self.subTest(path=path, order=order, size=size):
                    whole = [row["id"] for row in self.client.get(f"/api/{path}/?ordering={order}").json()]
                    address = f"/api/{path}/?ordering={order}&page_size={size}&cursor="
                    self.assertEqual(self.followed(address), whole)

    def test_rows_that_come_and_go_shift_nothing(self) -> None:
        first = self.client.get("/api/brands/?page_size=3&cursor=")
        shown = [row["name"] for row in first.json()]
        Brand.objects.filter(name="Brand 1").update(archived_at=datetime.now(UTC))
        Brand.objects.create(name="Brand 0b", daily_budget=None, monthly_budget=None)
        following = {rel: link for link, rel in LINK.findall(first["Link"])}["next"]
        self.assertEqual(shown, ["Brand 0", "Brand 1", "Brand 2"])
        self.assertEqual([row["name"] for row in self.client.get(following).json()], ["Brand 3", "Brand 4", "Brand 5"])

    def test_what_is_no_cursor_is_named(self) -> None:
        other = cursor_of(Brand.objects.order_by("-created_at", "id"), Brand.objects.all()[0])
        for cursor in (
            "x",
            "e30",
            "W10",
            "WzEsMl0",
            "WyJhIiwiYiJd",
            "WyJcdTAwMDAiLCAiYiJd",
            "%00",
            "é",
            other,
            "A" * 9_000,
        ):
            self.assert_fault(f"cursor={cursor}", "cursor")
        self.assert_fault("cursor=&page=1", "cursor")
        self.assert_fault("cursor=&format=csv", "cursor", "/api/campaigns/")
        brand = Brand.objects.all()[0]
        self.assert_fault("cursor=", "cursor", f"/api/brands/{brand.pk}/history/")

    def test_the_total_is_counted_when_asked_for(self) -> None:
        self.assertEqual(self.client.get("/api/brands/?cursor=&page_size=2&count=exact").headers["X-Total-Count"], "7")


class FilterTests(ListTestCase):
    def test_an_unknown_parameter_is_named(self) -> None:
        for path in ("brands", "campaigns", "spends", "schedules"):
            self.assert_fault("stauts=x", "stauts", f"/api/{path}/")
        self.assertIn("is_held", self.client.get("/api/brands/?held=true").json()["held"][0])

    def test_the_same_parameter_twice_is_named(self) -> None:
        for query in ("search=a&search=b", "page=1&page=1", "is_held=true&is_held=true", "ordering=name&ordering=name"):
            self.assert_fault(query, query.partition("=")[0])

    def test_an_unknown_value_is_named(self) -> None:
        for path, query in (
            ("brands", "is_held=True"),
            ("brands", "is_held="),
            ("brands", "currency=KWD"),
            ("brands", "timezone=Berlin"),
            ("brands", "search="),
            ("brands", "search=a%00"),
            ("brands", "ordering=nam"),
            ("brands", "ordering=name,-name"),
            ("brands", "ordering="),
            ("brands", "ordering=name,"),
            ("brands", "ordering=campaigns__name"),
            ("campaigns", "brand=x"),
            ("campaigns", "brand="),
            ("campaigns", "status=active"),
            ("campaigns", "pause_reason=NONE"),
            ("campaigns", "platform=Google"),
            ("campaigns", "external_id=a%00"),
            ("spends", "campaign=5"),
            ("spends", "spend_type=daily"),
            ("spends", "spend_date=20260311"),
            ("spends", "spend_date_after=yesterday"),
            ("spends", "spend_date_before="),
            ("spends", "external_id=%0a"),
            ("schedules", "day_of_week=7"),
            ("schedules", "day_of_week=%D9%A1"),
            ("schedules", "is_active=1"),
        ):
            self.assert_fault(query, query.partition("=")[0], f"/api/{path}/")

    def test_every_fault_is_told_at_once(self) -> None:
        response = self.client.get("/api/spends/?campaign=x&spend_date=y&ordering=z")
        self.assertEqual(set(response.json()), {"campaign", "spend_date", "ordering"})

    def test_an_id_that_nobody_has_is_a_fair_value(self) -> None:
        nobody = "00000000-0000-7000-8000-000000000000"
        for path in ("campaigns/?brand", "spends/?brand", "spends/?campaign", "schedules/?campaign"):
            response = self.client.get(f"/api/{path}={nobody}")
            self.assertEqual((response.status_code, response.json()), (200, []))

    def test_what_is_no_list_takes_no_parameters(self) -> None:
        brand = Brand.objects.create(name="Acme", daily_budget=None, monthly_budget=None)
        self.assert_fault("page=1", "page", f"/api/brands/{brand.pk}/")
        self.assertEqual(self.client.get(f"/api/brands/{brand.pk}/?format=json").status_code, 200)
        response = self.client.post("/api/brands/?dry_run=true", {}, format="json")
        self.assertEqual((response.status_code, list(response.json())), (400, ["dry_run"]))

    def test_missing_budgets_stand_last_on_every_database(self) -> None:
        for name, budget in (("none", None), ("two", "2.00"), ("one", "1.00")):
            Brand.objects.create(name=name, daily_budget=budget, monthly_budget=None)
        for ordering, names in (("daily_budget", ["one", "two", "none"]), ("-daily_budget", ["none", "two", "one"])):
            rows = self.client.get(f"/api/brands/?ordering={ordering}").json()
            self.assertEqual([row["name"] for row in rows], names)
