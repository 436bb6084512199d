"""The REST API, resource by resource, as a client meets it."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import time_machine
from django.test import TestCase
from rest_framework.test import APIClient

from brands.models import Brand, Change
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.models import Spend

NOW = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)  # a Wednesday
NOBODY = "00000000-0000-7000-8000-000000000000"


class APITestCase(TestCase):
    """A client, a clock that stands, and short ways to what most tests need."""

    client: APIClient
    client_class = APIClient

    def setUp(self) -> None:
        traveller = time_machine.travel(NOW, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)

    def get(self, path: str, expected: int = 200) -> Any:
        response = self.client.get(path)
        self.assertEqual(response.status_code, expected, response.content)
        return response.json()

    def post(self, path: str, body: object = None, expected: int = 201) -> Any:
        response = self.client.post(path, body, format="json")
        self.assertEqual(response.status_code, expected, response.content)
        return response.json()

    def patch(self, path: str, body: object, expected: int = 200) -> Any:
        response = self.client.patch(path, body, format="json")
        self.assertEqual(response.status_code, expected, response.content)
        return response.json()

    def put(self, path: str, body: object, expected: int = 200) -> Any:
        response = self.client.put(path, body, format="json")
        self.assertEqual(response.status_code, expected, response.content)
        return response.json()

    def delete(self, path: str, expected: int = 204) -> None:
        response = self.client.delete(path)
        self.assertEqual(response.status_code, expected, response.content)

    def brand(self, **values: object) -> Any:
        body = {"name": "Acme", "daily_budget": "100.00", "monthly_budget": "2000.00", **values}
        return self.post("/api/brands/", body)

    def campaign(self, **values: object) -> Any:
        if "brand" not in values:
            values["brand"] = self.brand()["id"]
        return self.post("/api/campaigns/", {"name": "Summer Sale", **values})

    def spend(self, campaign: Any, amount: str, **values: object) -> Any:
        return self.post("/api/spends/", {"campaign": campaign["id"], "amount": amount, **values})

    def assert_put_back_is_without_effect(self, path: str) -> None:
        """GET, then PUT of the same body an hour later: nothing moves, nothing is written."""
        before = self.client.get(path)
        events, changes = StatusEvent.objects.count(), Change.objects.count()
        self.clock.shift(3600)
        after = self.client.put(path, before.json(), format="json")
        self.assertEqual(after.status_code, 200, after.content)
        self.assertEqual(after.json(), before.json())
        self.assertEqual(after.headers["ETag"], before.headers["ETag"])
        self.assertEqual((StatusEvent.objects.count(), Change.objects.count()), (events, changes))


class BrandAPITests(APITestCase):
    def test_create_brand_success(self) -> None:
        response = self.client.post(
            "/api/brands/",
            '{"name": "Acme", "daily_budget": "100.00", "monthly_budget": "2000.00"}',
            content_type="application/json",
        )

        self.assertEqual(response.status_code, 201)
        brand = Brand.objects.get()
        self.assertEqual(response.headers["Location"], f"http://testserver/api/brands/{brand.pk}/")
        self.assertEqual(
            response.json(),
            {
                "id": str(brand.pk),
                "name": "Acme",
                "daily_budget": "100.00",
                "monthly_budget": "2000.00",
                "timezone": "UTC",
                "currency": "USD",
                "alert_thresholds": [50, 80, 100],
                "figures_max_age_hours": 3,
                "is_held": False,
                "daily_spend": "0.00",
                "monthly_spend": "0.00",
                "daily_left": "100.00",
                "monthly_left": "2000.00",
                "created_at": "2026-03-11T12:00:00Z",
                "updated_at": "2026-03-11T12:00:00Z",
            },
        )

    def test_list_brands(self) -> None:
        self.assertEqual(self.get("/api/brands/"), [])
        self.brand(name="Beta")
        self.brand(name="alpha")
        self.assertEqual([brand["name"] for brand in self.get("/api/brands/")], ["alpha", "Beta"])

    def test_get_a_brand(self) -> None:
        brand = self.brand()
        self.assertEqual(self.get(f"/api/brands/{brand['id']}/"), brand)
        self.assertEqual(self.get(f"/api/brands/{NOBODY}/", 404), {"detail": "Not found."})
        self.get("/api/brands/nonsense/", 404)

    def test_both_budgets_must_be_sent_and_null_says_no_limit(self) -> None:
        errors = self.post("/api/brands/", {"name": "Acme"}, 400)
        self.assertEqual(set(errors), {"daily_budget", "monthly_budget"})
        brand = self.brand(daily_budget=None, monthly_budget=None)
        self.assertEqual((brand["daily_budget"], brand["daily_left"]), (None, None))

    def test_names_are_unique_without_regard_to_case(self) -> None:
        self.brand(name="Straße")
        body = {"name": " STRASSE ", "daily_budget": None, "monthly_budget": None}
        self.assertEqual(set(self.post("/api/brands/", body, 400)), {"name"})

    def test_bad_values_are_named_all_at_once(self) -> None:
        body = {
            "name": "a\u200bb",
            "daily_budget": "1_000",
            "monthly_budget": "-1",
            "timezone": "Berlin",
            "currency": "KWD",
            "timezon": "UTC",
        }
        errors = self.post("/api/brands/", body, 400)
        self.assertEqual(set(errors), set(body))
        self.assertIn("timezone", errors["timezon"][0])
        self.assertFalse(Brand.objects.exists())

    def test_null_is_refused_where_it_means_nothing(self) -> None:
        body = {"name": None, "daily_budget": None, "monthly_budget": None, "timezone": None, "currency": None}
        self.assertEqual(set(self.post("/api/brands/", body, 400)), {"name", "timezone", "currency"})

    def test_put_leaves_what_it_leaves_out(self) -> None:
        brand = self.brand(timezone="Europe/Berlin", currency="eur")
        changed = self.put(f"/api/brands/{brand['id']}/", {"daily_budget": 150})
        self.assertEqual(changed["daily_budget"], "150.00")
        self.assertEqual((changed["name"], changed["timezone"], changed["currency"]), ("Acme", "Europe/Berlin", "EUR"))

    def test_read_only_fields_are_ignored(self) -> None:
        brand = self.brand(is_held=True, daily_spend="5.00", id=NOBODY, created_at="nonsense")
        self.assertFalse(brand["is_held"])
        self.assertNotEqual(brand["id"], NOBODY)

    def test_putting_back_what_was_read_is_without_effect(self) -> None:
        brand = self.brand()
        self.spend(self.campaign(brand=brand["id"]), "10.00")
        self.assert_put_back_is_without_effect(f"/api/brands/{brand['id']}/")

    def test_hold_and_release(self) -> None:
        brand = self.brand()
        campaign = self.campaign(brand=brand["id"])
        held = self.post(f"/api/brands/{brand['id']}/hold/", {"note": "invoice 7\nunpaid"}, 200)
        self.assertTrue(held["is_held"])
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["blocked_by"], ["MANUAL"])
        self.assertFalse(self.post(f"/api/brands/{brand['id']}/release/", None, 200)["is_held"])
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["status"], "ACTIVE")
        self.assertTrue(StatusEvent.objects.filter(order="HOLD", note="invoice 7\nunpaid", campaign=None).exists())
        self.post(f"/api/brands/{NOBODY}/hold/", None, 404)
        self.post(f"/api/brands/{brand['id']}/hold/", {"notes": "x"}, 400)

    def test_delete_removes_and_archives(self) -> None:
        brand = self.brand()
        self.delete(f"/api/brands/{brand['id']}/")
        self.assertFalse(Brand.everything.exists())
        campaign = self.campaign()
        spend = self.spend(campaign, "5.00")
        self.delete(f"/api/brands/{campaign['brand']}/")
        for path in (f"brands/{campaign['brand']}", f"campaigns/{campaign['id']}", f"spends/{spend['id']}"):
            self.get(f"/api/{path}/", 404)
        for resource in ("brands", "campaigns", "spends", "schedules"):
            self.assertEqual(self.get(f"/api/{resource}/"), [])
        self.delete(f"/api/brands/{campaign['brand']}/", 404)
        self.brand(name="Acme")

    def test_currency_of_a_brand_with_spends_stands(self) -> None:
        campaign = self.campaign()
        self.spend(campaign, "5.00")
        self.assertIn("currency", self.patch(f"/api/brands/{campaign['brand']}/", {"currency": "EUR"}, 400))

    def test_filters(self) -> None:
        self.brand(name="Ärzte", currency="EUR", timezone="Europe/Berlin")
        held = self.brand(name="Beta")
        self.post(f"/api/brands/{held['id']}/hold/", None, 200)
        for query, names in {
            "currency=eur": ["Ärzte"],
            "timezone=UTC": ["Beta"],
            "is_held=true": ["Beta"],
            "search=ÄRZ": ["Ärzte"],
            "search=%25": [],
            "ordering=-name": ["Ärzte", "Beta"],
        }.items():
            self.assertEqual([brand["name"] for brand in self.get(f"/api/brands/?{query}")], names, query)


class CampaignAPITests(APITestCase):
    def test_create_campaign_success(self) -> None:
        brand = self.brand()
        campaign = self.post("/api/campaigns/", {"brand": brand["id"], "name": "Summer Sale", "status": "ACTIVE"})
        self.assertEqual(
            campaign,
            {
                "id": str(Campaign.objects.get().pk),
                "brand": brand["id"],
                "name": "Summer Sale",
                "platform": "",
                "external_id": "",
                "delivery_enabled": False,
                "daily_budget": None,
                "monthly_budget": None,
                "status": "ACTIVE",
                "pause_reason": None,
                "blocked_by": [],
                "runs_again_at": None,
                "paused_at": None,
                "daily_spend": "0.00",
                "monthly_spend": "0.00",
                "daily_left": None,
                "monthly_left": None,
                "created_at": "2026-03-11T12:00:00Z",
                "updated_at": "2026-03-11T12:00:00Z",
            },
        )

    def test_list_campaigns(self) -> None:
        campaign = self.campaign()
        self.assertEqual(self.get("/api/campaigns/"), [campaign])

    def test_status_left_out_means_active(self) -> None:
        self.assertEqual(self.campaign()["status"], "ACTIVE")

    def test_a_new_campaign_of_a_used_up_brand_pauses(self) -> None:
        first = self.campaign()
        self.spend(first, "100.00")
        second = self.campaign(brand=first["brand"], name="Autumn")
        self.assertEqual((second["status"], second["pause_reason"]), ("PAUSED", "DAILY_BUDGET_EXCEEDED"))
        self.assertEqual(second["runs_again_at"], "2026-03-12T00:00:00Z")
        self.assertEqual(second["paused_at"], "2026-03-11T12:00:00Z")

    def test_a_pause_keeps_the_reason_stated_with_it(self) -> None:
        campaign = self.campaign()
        path = f"/api/campaigns/{campaign['id']}/"
        paused = self.patch(path, {"status": "PAUSED", "pause_reason": "NO_SCHEDULE"})
        self.assertEqual((paused["pause_reason"], paused["blocked_by"]), ("NO_SCHEDULE", ["MANUAL"]))
        self.assertIsNone(paused["runs_again_at"])
        self.assertEqual(self.patch(path, {"status": "ACTIVE"})["status"], "ACTIVE")

    def test_asking_for_active_answers_why_it_stays_paused(self) -> None:
        campaign = self.campaign()
        self.spend(campaign, "100.00")
        path = f"/api/campaigns/{campaign['id']}/"
        self.assertEqual(self.post(f"{path}pause/", {"note": "crisis"}, 200)["pause_reason"], "MANUAL")
        answer = self.post(f"{path}activate/", None, 200)
        self.assertEqual((answer["status"], answer["blocked_by"]), ("PAUSED", ["DAILY_BUDGET_EXCEEDED"]))

    def test_putting_back_what_was_read_is_without_effect(self) -> None:
        for paused_by in ("nobody", "rules", "person"):
            with self.subTest(paused_by=paused_by):
                campaign = self.campaign(brand=self.brand(name=paused_by)["id"])
                if paused_by == "rules":
                    self.spend(campaign, "100.00")
                if paused_by == "person":
                    body = {"status": "PAUSED", "pause_reason": "OUTSIDE_SCHEDULE"}
                    self.patch(f"/api/campaigns/{campaign['id']}/", body)
                self.assert_put_back_is_without_effect(f"/api/campaigns/{campaign['id']}/")

    def test_an_answer_copied_into_a_new_campaign_keeps_its_pause(self) -> None:
        campaign = self.campaign()
        paused = self.post(f"/api/campaigns/{campaign['id']}/pause/", None, 200)
        copy = self.post("/api/campaigns/", {**paused, "name": "Copy"})
        self.assertEqual((copy["status"], copy["blocked_by"]), ("PAUSED", ["MANUAL"]))

    def test_an_old_answer_sent_back_is_no_order(self) -> None:
        campaign = self.campaign()
        path = f"/api/campaigns/{campaign['id']}/"
        running = self.get(path)
        self.spend(campaign, "100.00")
        changed = self.put(path, {**running, "name": "Renamed"})
        self.assertEqual((changed["name"], changed["blocked_by"]), ("Renamed", ["DAILY_BUDGET_EXCEEDED"]))
        self.post(f"{path}pause/", None, 200)
        self.assertIn("MANUAL", self.put(path, running)["blocked_by"])
        self.assertNotIn("MANUAL", self.patch(path, {"status": "ACTIVE"})["blocked_by"])
        self.patch(f"/api/brands/{campaign['brand']}/", {"daily_budget": None})
        self.assertEqual(self.put(path, changed)["status"], "ACTIVE")

    def test_bad_values_are_named_all_at_once(self) -> None:
        body = {
            "brand": "nonsense",
            "name": "",
            "platform": "Google",
            "external_id": "a\x00",
            "daily_budget": True,
            "status": "active",
            "pause_reason": "manual",
        }
        self.assertEqual(set(self.post("/api/campaigns/", body, 400)), set(body))

    def test_an_unknown_brand_is_named(self) -> None:
        self.assertEqual(set(self.post("/api/campaigns/", {"brand": NOBODY, "name": "x"}, 400)), {"brand"})

    def test_names_and_platform_ids_are_unique_within_the_brand(self) -> None:
        first = self.campaign(platform="meta", external_id="17")
        body = {"brand": first["brand"], "name": "SUMMER SALE"}
        self.assertEqual(set(self.post("/api/campaigns/", body, 400)), {"name"})
        body = {"brand": first["brand"], "name": "Other", "platform": "meta", "external_id": "17"}
        self.assertEqual(set(self.post("/api/campaigns/", body, 400)), {"external_id"})
        self.post("/api/campaigns/", {**body, "platform": "google"})

    def test_events_tell_the_story(self) -> None:
        campaign = self.campaign()
        path = f"/api/campaigns/{campaign['id']}/"
        self.spend(campaign, "120.00")
        self.clock.shift(3600)
        self.post(f"{path}pause/", {"note": "stop"}, 200)
        events = self.get(f"{path}events/")
        self.assertEqual([event["pause_reason"] for event in events], ["MANUAL", "DAILY_BUDGET_EXCEEDED"])
        self.assertEqual((events[0]["order"], events[0]["note"], events[0]["by"]), ("PAUSE", "stop", "api"))
        self.assertEqual(events[1]["figures"]["brand"]["day"]["overshoot"], "20.00")
        self.assertEqual(len(self.get(f"{path}events/?after=2026-03-11T12:30:00Z")), 1)
        self.assertEqual(len(self.get(f"{path}events/?before=2026-03-11T12:30:00Z&ordering=at")), 1)
        self.assertEqual(self.get(f"{path}events/?campaign={NOBODY}"), [])
        self.assertEqual(set(self.get(f"{path}events/?after=yesterday&brand=x", 400)), {"brand"})
        self.get(f"/api/campaigns/{NOBODY}/events/", 404)

    def test_a_campaign_with_spends_cannot_move_and_is_archived(self) -> None:
        campaign = self.campaign()
        other = self.brand(name="Other")
        path = f"/api/campaigns/{campaign['id']}/"
        spend = self.spend(campaign, "10.00")
        self.assertEqual(set(self.patch(path, {"brand": other["id"]}, 400)), {"brand"})
        self.delete(path)
        self.get(path, 404)
        self.assertEqual(self.get(f"/api/spends/{spend['id']}/")["amount"], "10.00")
        self.assertEqual(self.get(f"/api/brands/{campaign['brand']}/")["daily_spend"], "10.00")
        body = {"campaign": campaign["id"], "amount": "1.00"}
        self.assertEqual(set(self.post("/api/spends/", body, 400)), {"campaign"})

    def test_filters(self) -> None:
        brand = self.brand()
        self.campaign(brand=brand["id"], name="One", platform="meta", external_id="A1")
        self.campaign(brand=brand["id"], name="Two", status="PAUSED")
        for query, names in {
            f"brand={brand['id']}": ["One", "Two"],
            f"brand={NOBODY}": [],
            "status=PAUSED": ["Two"],
            "pause_reason=MANUAL": ["Two"],
            "platform=meta": ["One"],
            "platform=": ["Two"],
            "external_id=A1": ["One"],
            "search=tW": ["Two"],
            "search=a1": ["One"],
            "ordering=-name": ["Two", "One"],
            "ordering=paused_at,name": ["Two", "One"],
        }.items():
            self.assertEqual([row["name"] for row in self.get(f"/api/campaigns/?{query}")], names, query)

    def test_a_list_needs_no_query_per_row(self) -> None:
        brand = self.brand()
        first = self.campaign(brand=brand["id"], name="0")
        self.spend(first, "100.00")
        self.get("/api/campaigns/")
        with self.assertNumQueries(3):  # the campaigns, the totals, the windows of those that are paused
            self.get("/api/campaigns/")
        for name in range(1, 20):
            self.campaign(brand=brand["id"], name=str(name))
        with self.assertNumQueries(3):
            self.assertEqual(len(self.get("/api/campaigns/")), 20)


class SpendAPITests(APITestCase):
    def test_create_spend_success(self) -> None:
        campaign = self.campaign()
        spend = self.spend(campaign, "10.00", spend_date="2024-06-01", spend_type="DAILY")
        self.assertEqual(
            spend,
            {
                "id": str(Spend.objects.get().pk),
                "campaign": campaign["id"],
                "amount": "10.00",
                "spend_date": "2024-06-01",
                "spend_type": "DAILY",
                "description": "",
                "external_id": "",
                "created_at": "2026-03-11T12:00:00Z",
                "updated_at": "2026-03-11T12:00:00Z",
            },
        )
        self.assertEqual(self.get("/api/spends/"), [spend])
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["monthly_spend"], "0.00")

    def test_a_date_left_out_is_the_brands_today(self) -> None:
        self.clock.move_to(datetime(2026, 3, 11, 23, 30, tzinfo=UTC))
        campaign = self.campaign(brand=self.brand(timezone="Europe/Berlin")["id"])
        self.assertEqual(self.spend(campaign, "1.00")["spend_date"], "2026-03-12")

    def test_the_last_cent_pauses_and_a_raised_budget_wakes(self) -> None:
        campaign = self.campaign()
        path = f"/api/campaigns/{campaign['id']}/"
        self.spend(campaign, "99.99")
        self.assertEqual(self.get(path)["status"], "ACTIVE")
        self.spend(campaign, "0.01")
        self.assertEqual(self.get(path)["pause_reason"], "DAILY_BUDGET_EXCEEDED")
        self.spend(campaign, "5.00")
        self.assertEqual(self.get(f"/api/brands/{campaign['brand']}/")["daily_left"], "-5.00")
        self.patch(f"/api/brands/{campaign['brand']}/", {"daily_budget": "105.01"})
        self.assertEqual(self.get(path)["status"], "ACTIVE")

    def test_sent_again_it_replaces(self) -> None:
        campaign = self.campaign()
        first = self.spend(campaign, "10.00", external_id="r1", description="first")
        body = {"campaign": campaign["id"], "amount": "7.50", "external_id": "r1"}
        again = self.post("/api/spends/", body, 200)
        self.assertEqual((again["id"], again["amount"], again["description"]), (first["id"], "7.50", "first"))
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["daily_spend"], "7.50")
        voided = self.post("/api/spends/", {**body, "amount": "0.00"}, 200)
        self.assertEqual((voided["id"], voided["amount"]), (first["id"], "0.00"))
        self.get(f"/api/spends/{first['id']}/", 404)
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["daily_spend"], "0.00")
        self.assertNotEqual(self.post("/api/spends/", body)["id"], first["id"])

    def test_zero_is_otherwise_refused(self) -> None:
        campaign = self.campaign()
        for values in ({}, {"external_id": "new"}):
            body = {"campaign": campaign["id"], "amount": "0.00", **values}
            self.assertEqual(set(self.post("/api/spends/", body, 400)), {"amount"})
        spend = self.spend(campaign, "1.00")
        self.assertEqual(set(self.patch(f"/api/spends/{spend['id']}/", {"amount": 0}, 400)), {"amount"})

    def test_dates_reach_from_2000_to_tomorrow(self) -> None:
        campaign = self.campaign()
        self.spend(campaign, "1.00", spend_date="2000-01-01")
        self.spend(campaign, "1.00", spend_date="2026-03-12")
        for day in ("1999-12-31", "2026-03-13", "20260311", None):
            body = {"campaign": campaign["id"], "amount": "1.00", "spend_date": day}
            self.assertEqual(set(self.post("/api/spends/", body, 400)), {"spend_date"}, day)

    def test_changing_and_deleting_move_the_counters_by_the_difference(self) -> None:
        campaign = self.campaign()
        other = self.campaign(brand=campaign["brand"], name="Other")
        spend = self.spend(campaign, "30.00")
        path = f"/api/spends/{spend['id']}/"
        self.patch(path, {"amount": "40.00"})
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["daily_spend"], "40.00")
        self.put(path, {"campaign": other["id"], "spend_type": "MONTHLY"})
        self.assertEqual(self.get(f"/api/campaigns/{campaign['id']}/")["monthly_spend"], "0.00")
        moved = self.get(f"/api/campaigns/{other['id']}/")
        self.assertEqual((moved["daily_spend"], moved["monthly_spend"]), ("0.00", "40.00"))
        self.delete(path)
        self.delete(path, 404)
        self.patch(path, {"amount": "1.00"}, 404)
        self.assertEqual(self.get(f"/api/brands/{campaign['brand']}/")["monthly_spend"], "0.00")

    def test_putting_back_what_was_read_is_without_effect(self) -> None:
        spend = self.spend(self.campaign(), "10.00", external_id="x", description="two\nlines")
        self.assert_put_back_is_without_effect(f"/api/spends/{spend['id']}/")

    def test_bad_values_are_named_all_at_once(self) -> None:
        body = {
            "campaign": 5,
            "amount": "1e2",
            "spend_date": "yesterday",
            "spend_type": "WEEKLY",
            "description": 7,
            "external_id": "a\nb",
            "amout": "1.00",
        }
        self.assertEqual(set(self.post("/api/spends/", body, 400)), set(body))
        body = {"campaign": NOBODY, "amount": "1.00"}
        self.assertEqual(set(self.post("/api/spends/", body, 400)), {"campaign"})

    def test_an_amount_may_be_a_number(self) -> None:
        campaign = self.campaign()
        for text, amount in {"150.10": "150.10", "1.5e2": "150.00", "7": "7.00", "0.1000": "0.10"}.items():
            response = self.client.post(
                "/api/spends/", f'{{"campaign": "{campaign["id"]}", "amount": {text}}}', content_type="application/json"
            )
            self.assertEqual((response.status_code, response.json().get("amount")), (201, amount))

    def test_filters(self) -> None:
        campaign = self.campaign()
        self.spend(campaign, "1.00", spend_date="2026-03-01", description="Launch")
        self.spend(campaign, "2.00", spend_date="2026-03-05", spend_type="MONTHLY", external_id="fee")
        self.spend(campaign, "3.00")
        for query, amounts in {
            f"brand={campaign['brand']}": ["3.00", "2.00", "1.00"],
            f"campaign={campaign['id']}&ordering=amount": ["1.00", "2.00", "3.00"],
            f"campaign={uuid4()}": [],
            "spend_type=MONTHLY": ["2.00"],
            "spend_date=2026-03-01": ["1.00"],
            "spend_date_after=2026-03-05": ["3.00", "2.00"],
            "spend_date_before=2026-03-05": ["2.00", "1.00"],
            "external_id=fee": ["2.00"],
            "search=launch": ["1.00"],
            "search=SUMMER": ["3.00", "2.00", "1.00"],
        }.items():
            self.assertEqual([row["amount"] for row in self.get(f"/api/spends/?{query}")], amounts, query)


class ScheduleAPITests(APITestCase):
    def window(self, campaign: Any, expected: int = 201, **values: object) -> Any:
        body = {"day_of_week": 2, "start_time": "09:00:00", "end_time": "18:00:00", **values}
        return self.post("/api/schedules/", {"campaign": campaign["id"], **body}, expected)

    def test_create_schedule_success(self) -> None:
        campaign = self.campaign()
        schedule = self.window(campaign, day_of_week=0, is_active=True)
        self.assertEqual(
            schedule,
            {
                "id": str(Schedule.objects.get().pk),
                "campaign": campaign["id"],
                "day_of_week": 0,
                "start_time": "09:00:00",
                "end_time": "18:00:00",
                "ends_next_day": False,
                "is_active": True,
                "created_at": "2026-03-11T12:00:00Z",
                "updated_at": "2026-03-11T12:00:00Z",
            },
        )
        self.assertEqual(self.get("/api/schedules/"), [schedule])
        paused = self.get(f"/api/campaigns/{campaign['id']}/")
        self.assertEqual(
            (paused["pause_reason"], paused["runs_again_at"]), ("OUTSIDE_SCHEDULE", "2026-03-16T09:00:00Z")
        )

    def test_windows_decide_at_once(self) -> None:
        campaign = self.campaign()
        schedule = self.window(campaign)
        path, campaign_path = f"/api/schedules/{schedule['id']}/", f"/api/campaigns/{campaign['id']}/"
        self.assertEqual(self.get(campaign_path)["status"], "ACTIVE")
        self.patch(path, {"is_active": False})
        self.assertEqual(self.get(campaign_path)["pause_reason"], "NO_SCHEDULE")
        self.put(path, {"is_active": True, "end_time": "12:00"})
        self.assertEqual(self.get(campaign_path)["pause_reason"], "OUTSIDE_SCHEDULE")
        self.delete(path)
        self.assertEqual(self.get(campaign_path)["status"], "ACTIVE")
        self.get(path, 404)

    def test_the_end_of_the_day_may_be_written_in_three_ways(self) -> None:
        campaign = self.campaign()
        for day, end in enumerate(("00:00", "23:59:59", "24:00")):
            self.assertEqual(self.window(campaign, day_of_week=day, end_time=end)["end_time"], "00:00:00")

    def test_windows_over_midnight(self) -> None:
        campaign = self.campaign()
        errors = self.window(campaign, 400, start_time="22:00", end_time="02:00")
        self.assertIn("ends_next_day", errors["end_time"][0])
        night = self.window(campaign, start_time="22:00", end_time="02:00", ends_next_day=True)
        self.assertEqual((night["end_time"], night["ends_next_day"]), ("02:00:00", True))
        self.assertIn("end_time", self.window(campaign, 400, end_time="24:00", ends_next_day=True))
        path = f"/api/schedules/{night['id']}/"
        self.assertIn("end_time", self.patch(path, {"ends_next_day": False}, 400))
        self.assertIn("end_time", self.patch(path, {"end_time": "24:00"}, 400))

    def test_the_same_window_twice_is_refused(self) -> None:
        campaign = self.campaign()
        self.window(campaign)
        self.window(campaign, 400)
        self.window(campaign, start_time="22:00", end_time="00:00")
        self.window(campaign, 400, start_time="22:00", end_time="00:00", ends_next_day=True)

    def test_putting_back_what_was_read_is_without_effect(self) -> None:
        schedule = self.window(self.campaign(), end_time="23:59:59")
        self.assert_put_back_is_without_effect(f"/api/schedules/{schedule['id']}/")

    def test_bad_values_are_named_all_at_once(self) -> None:
        body = {
            "campaign": "x",
            "day_of_week": "0",
            "start_time": "0900",
            "end_time": "09:00+02:00",
            "ends_next_day": 0,
            "is_active": "true",
        }
        self.assertEqual(set(self.post("/api/schedules/", body, 400)), set(body))
        for day in (7, -1, True, 1.0, None):
            self.assertEqual(set(self.window(self.campaign_once(), 400, day_of_week=day)), {"day_of_week"})

    def campaign_once(self) -> Any:
        known = self.get("/api/campaigns/")
        return known[0] if known else self.campaign()

    def test_filters(self) -> None:
        campaign = self.campaign()
        self.window(campaign, day_of_week=1)
        self.window(campaign, day_of_week=5, is_active=False)
        for query, days in {
            f"brand={campaign['brand']}": [1, 5],
            f"campaign={campaign['id']}&ordering=-day_of_week": [5, 1],
            "day_of_week=5": [5],
            "is_active=true": [1],
            f"campaign={NOBODY}": [],
        }.items():
            self.assertEqual([row["day_of_week"] for row in self.get(f"/api/schedules/?{query}")], days, query)
