"""Every path by which a fact changes asks for the verdict at once, in the same transaction (PSEUDOCODE.md, The gate).

Here the services, the REST API, the commands and the tasks; the admin's paths stand in the apps' `test_admin*.py`.
"""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import time_machine
from django.core.management import call_command
from rest_framework.test import APIClient

from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import Campaign, PauseReason
from campaigns.services import activate_campaign, change_campaign, pause_campaign, remove_campaign, restore_campaign
from campaigns.status import to_bits
from scheduling.services import change_schedule, remove_schedule
from spending.enforcement.resets import reset
from spending.models import Period, Spend
from spending.recording.services import change_spend, record, remove_spend
from tasks.budget_tasks import (
    daily_reset_task,
    enforce_budget_limits_task,
    enforce_dayparting_task,
    monthly_reset_task,
    track_spend_task,
)
from tests.support import ALICE, AgencyTestCase

MANUAL, MONTH, DAY = PauseReason.MANUAL, PauseReason.MONTHLY_BUDGET_EXCEEDED, PauseReason.DAILY_BUDGET_EXCEEDED
NO_SCHEDULE, OUTSIDE = PauseReason.NO_SCHEDULE, PauseReason.OUTSIDE_SCHEDULE


class SpendPathsTests(AgencyTestCase):
    def test_a_spend_that_meets_the_budget_to_the_cent_pauses_every_campaign_of_the_brand(self) -> None:
        other = self.make_campaign("Other")
        self.spend("99.99")
        self.assertRuns()

        self.spend("0.01")

        self.assertPaused(DAY)
        self.assertPaused(DAY, campaign=other)

    def test_a_spend_that_meets_a_cap_pauses_its_campaign_alone(self) -> None:
        capped = self.make_campaign("Capped", daily="5.00")
        self.spend("5.00", capped)

        self.assertPaused(DAY, campaign=capped)
        self.assertRuns()

    def test_a_new_campaign_of_a_used_up_brand_is_paused_from_the_start(self) -> None:
        self.spend("100.00")

        self.assertPaused(DAY, campaign=self.make_campaign("Late"))

    def test_a_deleted_spend_wakes(self) -> None:
        spend = self.spend("100.00")
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)

        self.assertRuns()

    def test_a_lowered_amount_wakes_and_a_raised_one_pauses(self) -> None:
        spend = self.spend("100.00")
        change_spend(spend_id=spend.pk, values={"amount": Decimal("99.99")}, now=self.now, by=ALICE)
        self.assertRuns()

        change_spend(spend_id=spend.pk, values={"amount": Decimal("100.00")}, now=self.now, by=ALICE)
        self.assertPaused(DAY)

    def test_a_changed_date_or_type_wakes(self) -> None:
        for values in ({"spend_date": (self.now - timedelta(days=1)).date()}, {"spend_type": "MONTHLY"}):
            with self.subTest(values):
                spend = self.spend("100.00")
                change_spend(spend_id=spend.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]
                self.assertRuns()
                remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)

    def test_a_spend_moved_to_another_brand_wakes_here_and_pauses_there(self) -> None:
        there = self.make_campaign("There", self.make_brand("Globex"))
        spend = self.spend("100.00")
        change_spend(spend_id=spend.pk, values={"campaign_id": there.pk}, now=self.now, by=ALICE)

        self.assertRuns()
        self.assertPaused(DAY, campaign=there)

    def test_a_restatement_and_a_void_wake(self) -> None:
        self.spend("100.00", external_id="a")
        self.spend("50.00", external_id="a")
        self.assertRuns()

        self.spend("100.00", external_id="a")
        self.assertPaused(DAY)
        record(campaign_id=self.campaign.pk, amount=Decimal(0), external_id="a", now=self.now, by=ALICE)
        self.assertRuns()
        self.assertFalse(Spend.objects.exists())

    def test_the_task_books_once_however_often_its_message_comes(self) -> None:
        with time_machine.travel(self.now, tick=False):
            for _ in range(3):
                track_spend_task.apply(args=(str(self.campaign.pk), "50.00"), task_id="message-1").get()

        self.assertEqual(Spend.objects.get().amount, Decimal("50.00"))


class BrandPathsTests(AgencyTestCase):
    def test_a_raised_budget_wakes_at_once_and_a_lowered_one_pauses(self) -> None:
        self.spend("100.00")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("100.01")}, now=self.now, by=ALICE)
        self.assertRuns()

        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("100.00")}, now=self.now, by=ALICE)
        self.assertPaused(MONTH)
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        self.assertRuns()

    def test_a_budget_of_zero_pauses_before_anything_is_spent(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("0.00")}, now=self.now, by=ALICE)

        self.assertPaused(DAY)

    def test_a_new_time_zone_is_a_new_today(self) -> None:
        self.now = self.now.replace(hour=23)
        self.spend("100.00")
        self.assertPaused(DAY)

        change_brand(brand_id=self.brand.pk, values={"timezone": "Asia/Tokyo"}, now=self.now, by=ALICE)

        self.assertRuns()

    def test_a_new_time_zone_is_a_new_wall_clock(self) -> None:
        self.window(9, 13)
        self.assertRuns()

        change_brand(brand_id=self.brand.pk, values={"timezone": "Europe/Berlin"}, now=self.now, by=ALICE)

        self.assertPaused(OUTSIDE)

    def test_a_hold_pauses_and_its_release_leaves_everything_as_a_person_had_left_it(self) -> None:
        paused = self.make_campaign("Paused")
        pause_campaign(campaign_id=paused.pk, now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, note="unpaid", now=self.now, by=ALICE)
        self.assertPaused(MANUAL)

        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertRuns()
        self.assertPaused(MANUAL, campaign=paused)


class CampaignPathsTests(AgencyTestCase):
    def test_a_cap_set_pauses_and_a_cap_taken_away_wakes(self) -> None:
        self.spend("5.00")
        change_campaign(
            campaign_id=self.campaign.pk, values={"monthly_budget": Decimal("5.00")}, now=self.now, by=ALICE
        )
        self.assertPaused(MONTH)

        change_campaign(campaign_id=self.campaign.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        self.assertRuns()

    def test_a_pause_holds_until_a_person_lifts_it(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertPaused(MANUAL)

        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertRuns()

    def test_asked_to_run_on_a_used_up_budget_it_stays_paused_and_says_why(self) -> None:
        self.spend("100.00")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertPaused(MANUAL, DAY)

        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertPaused(DAY)

    def test_asked_to_run_it_is_decided_also_where_nobody_had_paused_it(self) -> None:
        falsified = {"status": "PAUSED", "pause_reason": DAY, "blocked": to_bits([DAY])}
        Campaign.objects.filter(pk=self.campaign.pk).update(**falsified)

        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertRuns()

    def test_a_move_to_a_used_up_brand_pauses(self) -> None:
        brand = self.make_brand("Globex", daily="0.00")
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": brand.pk}, now=self.now, by=ALICE)

        self.assertPaused(DAY)

    def test_a_restored_campaign_is_decided(self) -> None:
        self.spend("10.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("1.00")}, now=self.now, by=ALICE)

        restore_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertPaused(DAY)


class SchedulePathsTests(AgencyTestCase):
    def test_a_window_that_is_closed_pauses_and_its_removal_wakes(self) -> None:
        window = self.window(13, 14)
        self.assertPaused(OUTSIDE)

        remove_schedule(schedule_id=window.pk, now=self.now, by=ALICE)
        self.assertRuns()

    def test_a_window_that_is_changed_decides(self) -> None:
        window = self.window(13, 14)
        change_schedule(schedule_id=window.pk, values={"start_time": self.now.time()}, now=self.now, by=ALICE)
        self.assertRuns()

        change_schedule(schedule_id=window.pk, values={"is_active": False}, now=self.now, by=ALICE)
        self.assertPaused(NO_SCHEDULE)

    def test_a_window_moved_to_another_campaign_decides_both(self) -> None:
        other = self.make_campaign("Other")
        window = self.window(13, 14)
        change_schedule(schedule_id=window.pk, values={"campaign_id": other.pk}, now=self.now, by=ALICE)

        self.assertRuns()
        self.assertPaused(OUTSIDE, campaign=other)


class ResetPathsTests(AgencyTestCase):
    def test_an_ordered_reset_wakes_and_a_persons_pause_stays(self) -> None:
        other = self.make_campaign("Other")
        pause_campaign(campaign_id=other.pk, now=self.now, by=ALICE)
        self.spend("100.00")

        reset(periods=[Period.DAY], now=self.now, by=ALICE)

        self.assertRuns()
        self.assertPaused(MANUAL, campaign=other)

    def test_fresh_day_used_up_month(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("100.00")}, now=self.now, by=ALICE)
        self.spend("100.00")
        self.assertPaused(MONTH, DAY)

        reset(periods=[Period.DAY], now=self.now, by=ALICE)

        self.assertPaused(MONTH)

    def test_the_command_clears_what_the_tasks_do_not(self) -> None:
        self.spend("100.00")
        with time_machine.travel(self.now, tick=False):
            daily_reset_task()
            monthly_reset_task()
            self.assertPaused(DAY)

            call_command("reset_spends", "--daily", "--yes", stdout=StringIO())

        self.assertRuns()

    def test_the_command_called_by_code_takes_its_switches_as_keywords(self) -> None:
        for brand in ("Acme", self.brand.pk, [self.brand.pk]):
            self.spend("100.00")
            self.assertPaused(DAY)
            with time_machine.travel(self.now, tick=False):
                call_command("reset_spends", daily=True, brand=brand, stdout=StringIO())
            self.assertRuns()


class ClockPathsTests(AgencyTestCase):
    def test_each_tick_wakes_what_its_midnight_lets_run(self) -> None:
        for task, later in (
            (daily_reset_task, timedelta(days=1)),
            (monthly_reset_task, timedelta(days=21)),
            (enforce_budget_limits_task, timedelta(days=22)),
        ):
            with self.subTest(task.__name__):
                self.spend("100.00")
                self.assertPaused(DAY)
                self.now = self.now + later
                with time_machine.travel(self.now, tick=False):
                    task()
                self.assertRuns()

    def test_the_first_spend_of_a_new_day_meets_fresh_counters_without_any_tick(self) -> None:
        other = self.make_campaign("Other")
        self.spend("100.00")
        self.now = self.now + timedelta(days=1)

        self.spend("99.99")

        self.assertRuns()
        self.assertRuns(other)

    def test_a_window_opens_and_closes_with_the_tick(self) -> None:
        self.window(13, 14)
        for hours, runs in ((0, False), (1, True), (2, False)):
            with time_machine.travel(self.now + timedelta(hours=hours), tick=False):
                enforce_dayparting_task()
            self.assertRuns() if runs else self.assertPaused(OUTSIDE)

    def test_an_entry_of_tomorrow_counts_when_its_day_begins(self) -> None:
        self.spend("100.00", days=1)
        self.assertRuns()

        with time_machine.travel(self.now + timedelta(days=1), tick=False):
            daily_reset_task()

        self.assertPaused(DAY)


class EventTests(AgencyTestCase):
    def test_an_event_tells_from_to_why_with_which_figures_and_by_whom(self) -> None:
        self.spend("130.00")

        (event,) = self.events()
        self.assertEqual((event.from_status, event.to_status, event.pause_reason), ("ACTIVE", "PAUSED", DAY))
        self.assertEqual(event.figures["brand"]["day"], {"spent": "130.00", "budget": "100.00", "overshoot": "30.00"})
        self.assertEqual(event.by, "api")

    def test_what_changes_nothing_writes_nothing(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        before = self.campaign.__class__.objects.get(pk=self.campaign.pk)
        self.now += timedelta(seconds=5)

        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        after = self.campaign.__class__.objects.get(pk=self.campaign.pk)
        self.assertEqual(len(self.events()), 1)
        self.assertEqual(after.updated_at, before.updated_at)

    def test_an_order_with_a_note_is_kept_though_nothing_changes(self) -> None:
        activate_campaign(campaign_id=self.campaign.pk, note="as agreed", now=self.now, by=ALICE)

        (event,) = self.events()
        self.assertEqual(
            (event.order, event.note, event.from_status, event.to_status), ("ACTIVATE", "as agreed", "ACTIVE", "ACTIVE")
        )

    def test_a_reason_further_down_is_stored_without_an_event(self) -> None:
        self.spend("100.00")
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("100.00")}, now=self.now, by=ALICE)
        self.window(13, 14)

        self.assertPaused(MONTH, DAY, OUTSIDE)
        self.assertEqual([event.pause_reason for event in self.events()], [DAY, MONTH])

    def test_touching_windows_make_no_pause_between(self) -> None:
        self.window(12, 13)
        self.window(13, 14)
        with time_machine.travel(self.now + timedelta(hours=1), tick=False):
            enforce_dayparting_task()

        self.assertRuns()
        self.assertEqual(self.events(), [])


class RestPathsTests(AgencyTestCase):
    """The same through the API: each endpoint that changes a fact answers with the new verdict."""

    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()
        self.client_ = APIClient()

    def send(self, method: str, path: str, **body: object) -> dict[str, object]:
        response = getattr(self.client_, method)(f"/api/{path}", body, format="json")
        self.assertLess(response.status_code, 300, response.content)
        return dict(response.json()) if response.content else {}

    def test_spends(self) -> None:
        spend = self.send("post", "spends/", campaign=str(self.campaign.pk), amount="100.00")
        self.assertPaused(DAY)
        self.send("patch", f"spends/{spend['id']}/", amount="99.00")
        self.assertRuns()
        self.send("put", f"spends/{spend['id']}/", amount="100.00")
        self.assertPaused(DAY)
        self.send("delete", f"spends/{spend['id']}/")
        self.assertRuns()

    def test_brands(self) -> None:
        self.send("patch", f"brands/{self.brand.pk}/", daily_budget="0.00")
        self.assertPaused(DAY)
        self.send("put", f"brands/{self.brand.pk}/", daily_budget=None)
        self.assertRuns()
        self.send("post", f"brands/{self.brand.pk}/hold/", note="unpaid")
        self.assertPaused(MANUAL)
        self.send("post", f"brands/{self.brand.pk}/release/")
        self.assertRuns()

    def test_campaigns(self) -> None:
        path = f"campaigns/{self.campaign.pk}/"
        self.assertEqual(self.send("post", f"{path}pause/", note="why not")["blocked_by"], ["MANUAL"])
        self.assertEqual(self.send("post", f"{path}activate/")["status"], "ACTIVE")
        self.assertEqual(self.send("patch", path, status="PAUSED")["pause_reason"], "MANUAL")
        self.assertEqual(self.send("put", path, status="ACTIVE")["pause_reason"], None)
        self.assertEqual(self.send("patch", path, daily_budget="0.00")["blocked_by"], [DAY])

    def test_schedules(self) -> None:
        window = self.send(
            "post",
            "schedules/",
            campaign=str(self.campaign.pk),
            day_of_week=self.now.weekday(),
            start_time="13:00",
            end_time="14:00",
        )
        self.assertPaused(OUTSIDE)
        self.send("patch", f"schedules/{window['id']}/", start_time="11:00")
        self.assertRuns()
        self.send("put", f"schedules/{window['id']}/", is_active=False)
        self.assertPaused(NO_SCHEDULE)
        self.send("delete", f"schedules/{window['id']}/")
        self.assertRuns()
