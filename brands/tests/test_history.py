"""What people did to a row is kept, and told newest first, as far as who asks may see it."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Model
from django.test import Client, TestCase, override_settings, tag
from django.urls import reverse
from uuid_utils.compat import uuid7

from brands.models import Change
from brands.services import change_brand, hold_brand, remove_brand, restore_brand
from campaigns.models import Campaign
from campaigns.services import change_campaign, pause_campaign, remove_campaign, restore_campaign
from scheduling.services import change_schedule, remove_schedule
from spending.enforcement.resets import reset
from spending.ledger.entries import SpendValues
from spending.models import Period
from spending.recording.services import change_spend, record, remove_spend
from tests.access import Roles
from tests.support import ALICE

Entries = list[dict[str, Any]]


class HistoryTestCase(Roles, TestCase):
    def history(self, row: Model, row_id: UUID | None = None, by: User | None = None, **parameters: str) -> Entries:
        answer = self.ask(row, row_id, by, **parameters)
        self.assertEqual(answer.status_code, 200, answer.content)
        entries: Entries = json.loads(answer.content)
        return entries

    def ask(self, row: Model, row_id: UUID | None = None, by: User | None = None, **parameters: str) -> Any:
        client = Client()
        if by is not None:
            client.force_login(by)
        return client.get(f"/api/{row._meta.model_name}s/{row_id or row.pk}/history/", parameters)

    def actions(self, row: Model, row_id: UUID | None = None, by: User | None = None) -> list[str]:
        return [entry["action"] for entry in self.history(row, row_id, by)]

    def status(self, row: Model, row_id: UUID | None = None, by: User | None = None) -> int:
        answer: int = self.ask(row, row_id, by).status_code
        return answer

    def later(self) -> None:
        self.now += timedelta(minutes=1)


@tag("both_databases")
class ToldTests(HistoryTestCase):
    def test_a_brand_tells_who_created_changed_held_archived_and_restored_it(self) -> None:
        self.spend("1.00")
        self.later()
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(80)}, now=self.now, by=ALICE)
        self.later()
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.status(self.brand), 404)
        restore_brand(brand_id=self.brand.pk, now=self.now, by=self.acting(self.administrator))

        restored, archived, held, changed, created = self.history(self.brand)
        self.assertEqual((restored["action"], restored["by"]), ("RESTORED", "user ada"))
        self.assertEqual(restored["after"], {"archived_at": None})
        self.assertEqual((archived["action"], archived["before"]), ("ARCHIVED", {"archived_at": None}))
        self.assertEqual((held["before"], held["after"]), ({"is_held": False}, {"is_held": True}))
        self.assertEqual(
            changed,
            {
                "at": "2026-03-11T12:01:00Z",
                "by": "api",
                "action": "CHANGED",
                "before": {"daily_budget": "100.00"},
                "after": {"daily_budget": "80.00"},
            },
        )
        self.assertEqual((created["action"], created["before"]), ("CREATED", {}))
        self.assertEqual(
            created["after"],
            {
                "name": "Acme",
                "daily_budget": "100.00",
                "monthly_budget": "2000.00",
                "timezone": "UTC",
                "currency": "USD",
                "alert_thresholds": [50, 80, 100],
                "figures_max_age_hours": 3,
                "is_held": False,
                "archived_at": None,
            },
        )

    def test_a_campaign_tells_what_a_person_wants_of_it_and_nothing_of_what_the_rules_do(self) -> None:
        self.spend("100.00")
        self.later()
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        paused, created = self.history(self.campaign)
        self.assertEqual((paused["before"], paused["after"]), ({"paused_by_person": False}, {"paused_by_person": True}))
        self.assertEqual((created["after"]["brand"], created["after"]["name"]), (str(self.brand.pk), "Spring sale"))
        self.assertNotIn("status", created["after"])

    def test_a_campaign_that_is_archived_has_no_page_and_has_its_whole_history_when_it_is_back(self) -> None:
        self.spend("1.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.status(self.campaign), 404)
        restore_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self.actions(self.campaign), ["RESTORED", "ARCHIVED", "CREATED"])

    def test_a_window_tells_its_hours_and_keeps_its_history_when_it_is_gone(self) -> None:
        window = self.window(8, 12)
        self.later()
        change_schedule(schedule_id=window.pk, values={"day_of_week": 4}, now=self.now, by=ALICE)
        self.later()
        remove_schedule(schedule_id=window.pk, now=self.now, by=ALICE)

        gone, changed, created = self.history(window)
        self.assertEqual((gone["action"], gone["before"]["start_time"], gone["after"]), ("DELETED", "08:00:00", {}))
        self.assertEqual((changed["before"], changed["after"]), ({"day_of_week": 2}, {"day_of_week": 4}))
        self.assertEqual(
            created["after"],
            {
                "campaign": str(self.campaign.pk),
                "day_of_week": 2,
                "start_time": "08:00:00",
                "end_time": "12:00:00",
                "ends_next_day": False,
                "is_active": True,
            },
        )

    def test_what_goes_with_a_brand_that_had_no_spends_is_kept_too(self) -> None:
        window = self.window(8, 12)
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        for row in (self.brand, self.campaign, window):
            self.assertEqual(self.actions(row), ["DELETED", "CREATED"], row)

    def test_windows_that_go_with_a_campaign_are_kept_too(self) -> None:
        window = self.window(8, 12)
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self.actions(window), ["DELETED", "CREATED"])

    def test_a_spend_tells_its_creation_without_a_row_of_its_own_as_it_was_before_all_corrections(self) -> None:
        spend = record(
            campaign_id=self.campaign.pk,
            amount=Decimal("5.00"),
            description="first",
            now=self.now,
            by=self.acting(self.manager),
        ).spend
        self.assertFalse(Change.objects.filter(kind="spend").exists())
        born = self.now
        for amount in ("6.00", "7.00"):
            self.later()
            change_spend(
                spend_id=spend.pk,
                values={"amount": Decimal(amount), "description": "corrected"},
                now=self.now,
                by=ALICE,
            )

        *changes, created = self.history(spend)
        self.assertEqual([entry["after"]["amount"] for entry in changes], ["7.00", "6.00"])
        self.assertEqual(
            created,
            {
                "at": born.isoformat().replace("+00:00", "Z"),
                "by": "user mona",
                "action": "CREATED",
                "before": {},
                "after": {
                    "campaign": str(self.campaign.pk),
                    "amount": "5.00",
                    "spend_date": "2026-03-11",
                    "spend_type": "DAILY",
                    "description": "first",
                    "external_id": "",
                    "imported_by": None,
                },
            },
        )

    def test_a_voided_spend_and_a_deleted_one_keep_their_history(self) -> None:
        voided, deleted = self.spend("5.00", external_id="x"), self.spend("6.00")
        record(campaign_id=self.campaign.pk, amount=Decimal(0), external_id="x", now=self.now, by=ALICE)
        remove_spend(spend_id=deleted.pk, now=self.now, by=ALICE)

        for spend, amount in ((voided, "5.00"), (deleted, "6.00")):
            gone, created = self.history(spend)
            self.assertEqual((gone["action"], gone["before"]["amount"], gone["after"]), ("DELETED", amount, {}))
            self.assertEqual((created["action"], created["after"]["amount"]), ("CREATED", amount))

    def test_a_spend_of_an_archived_campaign_has_a_history_and_one_of_an_archived_brand_has_none(self) -> None:
        kept, gone = self.spend("5.00"), self.spend("6.00")
        remove_spend(spend_id=gone.pk, now=self.now, by=ALICE)
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual([self.actions(kept), self.actions(gone)], [["CREATED"], ["DELETED", "CREATED"]])
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertEqual([self.status(kept), self.status(gone)], [404, 404])

    def test_what_never_was_is_not_there(self) -> None:
        self.assertEqual(self.status(self.campaign, uuid7()), 404)
        self.assertEqual(self.status(self.brand, self.campaign.pk), 404)


@tag("both_databases")
class PagesTests(HistoryTestCase):
    def test_pages_are_those_of_the_lists_and_the_creation_stands_on_the_last_wherever_it_falls(self) -> None:
        for corrections in range(5):
            spend = self.spend("5.00")
            for number in range(corrections):
                self.later()
                change_spend(spend_id=spend.pk, values={"amount": Decimal(10 + number)}, now=self.now, by=ALICE)
            whole = self.history(spend)
            self.assertEqual(len(whole), corrections + 1)
            read: Entries = []
            page = 1
            while True:
                answer = self.ask(spend, page_size="2", page=str(page))
                self.assertEqual(answer.headers["X-Total-Count"], str(corrections + 1))
                read += json.loads(answer.content)
                if 'rel="next"' not in answer.headers.get("Link", ""):
                    break
                page += 1
            self.assertEqual(read, whole)
            self.assertEqual(self.ask(spend, page_size="2", page=str(page + 1)).status_code, 404)
            self.assertEqual(self.ask(spend, count="exact").headers["X-Total-Count"], str(corrections + 1))

    def test_a_parameter_that_nobody_reads_is_refused(self) -> None:
        for address in ("page_siz=2", "ordering=at", "search=x", "page=0", "page=1&page=2"):
            with self.subTest(address=address):
                answer = Client().get(f"/api/brands/{self.brand.pk}/history/?{address}")
                self.assertEqual(answer.status_code, 400)

    def test_it_costs_the_same_for_many_entries_as_for_few(self) -> None:
        for _ in range(20):
            self.later()
            change_brand(
                brand_id=self.brand.pk, values={"daily_budget": Decimal(self.now.minute)}, now=self.now, by=ALICE
            )
        with self.assertNumQueries(2):
            self.history(self.brand)


@tag("both_databases")
@override_settings(API_AUTH="closed")
class WhoSeesTests(HistoryTestCase):
    def test_members_read_it_and_to_others_it_is_not_there(self) -> None:
        spend, gone = self.spend("5.00"), self.spend("6.00")
        remove_spend(spend_id=gone.pk, now=self.now, by=ALICE)
        for row in (self.brand, self.campaign, self.window(8, 12), spend, gone):
            self.assertEqual(self.status(row, by=self.viewer), 200, row)
            self.assertEqual(self.status(row, by=self.administrator), 200, row)
            self.assertEqual(self.status(row, by=self.stranger), 404, row)
            self.assertEqual(self.status(row), 401, row)

    def test_a_move_to_another_brand_is_told_in_both_and_in_neither_where_the_other_side_is(self) -> None:
        spend = self.spend("5.00")
        change_spend(spend_id=spend.pk, values={"amount": Decimal(6)}, now=self.now, by=ALICE)
        self.later()
        change_spend(spend_id=spend.pk, values={"campaign_id": self.theirs.pk}, now=self.now, by=ALICE)
        self.later()
        change_spend(spend_id=spend.pk, values={"amount": Decimal(7)}, now=self.now, by=ALICE)

        self.assertEqual(self.actions(spend, by=self.administrator), ["CHANGED", "CHANGED", "CHANGED", "CREATED"])
        self.assertEqual(self.status(spend, by=self.manager), 404)
        after, moved = self.history(spend, by=self.stranger)
        self.assertEqual(after["before"], {"amount": "6.00"})
        self.assertEqual((moved["before"], moved["after"]), ({"campaign": None}, {"campaign": str(self.theirs.pk)}))
        self.later()
        change_spend(spend_id=spend.pk, values={"campaign_id": self.campaign.pk}, now=self.now, by=ALICE)
        home, away, first, born = self.history(spend, by=self.manager)
        self.assertEqual((home["before"], home["after"]), ({"campaign": None}, {"campaign": str(self.campaign.pk)}))
        self.assertEqual((away["before"], away["after"]), ({"campaign": str(self.campaign.pk)}, {"campaign": None}))
        self.assertEqual((first["before"], born["after"]["amount"]), ({"amount": "5.00"}, "5.00"))

    def test_what_a_move_changes_beside_the_brand_is_told_where_it_stood_or_stands(self) -> None:
        spend = self.spend("5.00")
        change_spend(spend_id=spend.pk, values={"description": "old"}, now=self.now, by=ALICE)
        self.later()
        values: SpendValues = {"campaign_id": self.theirs.pk, "description": "new"}
        change_spend(spend_id=spend.pk, values=values, now=self.now, by=ALICE)

        (moved,) = self.history(spend, by=self.stranger)
        self.assertEqual(moved["before"], {"campaign": None, "description": None})
        self.assertEqual(moved["after"], {"campaign": str(self.theirs.pk), "description": "new"})
        self.client.force_login(self.manager)
        changes = self.client.get(reverse("admin:brands_change_changelist"))
        self.assertContains(changes, "old → none")

    def test_the_admin_names_people_and_tasks_as_people_do(self) -> None:
        self.spend("5.00")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(1)}, now=self.now, by=ALICE)
        reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=ALICE)
        self.client.force_login(self.manager)
        month = reverse("admin:brands_brand_month", args=[self.brand.pk, f"{self.now:%Y-%m}"])
        for address in (
            reverse("admin:brands_change_changelist"),
            reverse("admin:campaigns_statusevent_changelist"),
            reverse("admin:spending_reset_changelist"),
            month,
        ):
            with self.subTest(address=address):
                text = self.client.get(address).content.decode()
                self.assertIn("the API", text)
                self.assertNotRegex(text, r">\s*api\s*<")

    def test_a_campaign_that_moves_says_so_in_both_brands(self) -> None:
        empty: Campaign = self.make_campaign("Empty")
        self.later()
        change_campaign(campaign_id=empty.pk, values={"brand_id": self.other.pk}, now=self.now, by=ALICE)

        (moved,) = self.history(empty, by=self.stranger)
        self.assertEqual((moved["before"], moved["after"]), ({"brand": None}, {"brand": str(self.other.pk)}))
        listed = reverse("admin:brands_change_changelist")
        for user, brands in ((self.manager, "Acme"), (self.stranger, "Other"), (self.administrator, "Acme → Other")):
            self.client.force_login(user)
            page = self.client.get(listed)
            self.assertContains(page, f">{brands}<")
            self.assertEqual(">Empty</a>" in page.content.decode(), user != self.manager)
            for change in Change.objects.filter(to_brand_id=self.other.pk):
                address = reverse("admin:brands_change_change", args=[change.pk])
                self.assertContains(self.client.get(address), brands)
        self.client.force_login(self.loner)
        self.assertNotContains(self.client.get(listed), "Empty")
