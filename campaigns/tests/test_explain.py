"""Why a campaign is in its status: each line, by which figures, who set it, when and by what it clears."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import time_machine
from django.test import Client, TestCase

from brands.access.memberships import actor_of
from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import PauseReason
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from spending.enforcement.sweeps import tick
from spending.reports.explanations import explain
from tests.access import Roles
from tests.support import ALICE, AgencyTestCase


class ExplainTests(AgencyTestCase):
    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()

    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.clock.move_to(self.now)

    def explained(self) -> Any:
        response = Client().get(f"/api/campaigns/{self.campaign.pk}/explain/")
        self.assertEqual(response.status_code, 200, response.content)
        return response.json()

    def line(self, reason: PauseReason) -> Any:
        (line,) = (line for line in self.explained()["lines"] if line["reason"] == reason)
        return line

    def test_one_that_runs_has_all_lines_and_none_holds(self) -> None:
        explained = self.explained()
        self.assertEqual([line["reason"] for line in explained["lines"]], list(PauseReason.values))
        self.assertEqual((explained["status"], explained["pause_reason"]), ("ACTIVE", None))
        for line in explained["lines"]:
            self.assertEqual((line["holds"], line["clears_at"], line["clears_by"]), (False, None, ""))
            self.assertEqual(
                {(one["holds"], one["set_by"], one["set_at"]) for one in line["causes"]}, {(False, None, None)}
            )

    def test_a_days_budget_names_whose_it_is_what_was_spent_and_when_it_begins_anew(self) -> None:
        change_campaign(campaign_id=self.campaign.pk, values={"daily_budget": Decimal(500)}, now=self.now, by=ALICE)
        self.spend("120.00")

        line = self.line(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.assertEqual((line["holds"], line["clears_at"]), (True, "2026-03-12T00:00:00Z"))
        self.assertEqual(
            line["clears_by"], "the next day, a higher budget, a reset of the day, or spends that are restated"
        )
        brand, campaign = line["causes"]
        self.assertEqual(brand["figures"], {"spent": "120.00", "budget": "100.00", "left": "-20.00"})
        self.assertEqual((brand["owner"], brand["holds"]), ("brand", True))
        self.assertEqual((brand["set_by"], brand["set_at"], brand["note"]), ("api", "2026-03-11T12:00:00Z", ""))
        self.assertEqual(campaign["figures"], {"spent": "120.00", "budget": "500.00", "left": "380.00"})
        self.assertEqual((campaign["owner"], campaign["holds"], campaign["set_by"]), ("campaign", False, None))
        self.assertEqual(self.explained()["runs_again_at"], "2026-03-12T00:00:00Z")

    def test_a_line_keeps_who_set_it_while_others_come_before_it(self) -> None:
        self.spend("120.00")
        self.wait(1)
        pause_campaign(campaign_id=self.campaign.pk, note="Wait", now=self.now, by=ALICE)
        self.wait(1)
        self.spend("1900.00")

        day, month = self.line(PauseReason.DAILY_BUDGET_EXCEEDED), self.line(PauseReason.MONTHLY_BUDGET_EXCEEDED)
        self.assertEqual(day["causes"][0]["set_at"], "2026-03-11T12:00:00Z")
        # Further down than the person's pause: nothing was written of it.
        self.assertEqual((month["holds"], month["causes"][0]["set_by"]), (True, None))
        self.assertEqual(month["clears_at"], "2026-04-01T00:00:00Z")

    def test_a_line_that_held_before_begins_anew(self) -> None:
        self.spend("120.00")
        self.wait(24)
        tick(now=self.now, by=ALICE)
        self.assertRuns()
        self.spend("130.00")
        self.assertEqual(self.line(PauseReason.DAILY_BUDGET_EXCEEDED)["causes"][0]["set_at"], "2026-03-12T12:00:00Z")

    def test_a_day_that_is_used_up_tomorrow_too_clears_after_it(self) -> None:
        self.spend("120.00")
        self.spend("100.00", days=1)
        self.assertEqual(self.line(PauseReason.DAILY_BUDGET_EXCEEDED)["clears_at"], "2026-03-13T00:00:00Z")

    def test_a_budget_of_nothing_is_cleared_by_a_higher_one_alone(self) -> None:
        for name, reason in (
            ("daily_budget", PauseReason.DAILY_BUDGET_EXCEEDED),
            ("monthly_budget", PauseReason.MONTHLY_BUDGET_EXCEEDED),
        ):
            change_brand(brand_id=self.brand.pk, values={name: Decimal(0)}, now=self.now, by=ALICE)  # type: ignore[misc]
            line = self.line(reason)
            self.assertEqual((line["holds"], line["clears_at"], line["clears_by"]), (True, None, "a higher budget"))

    def test_a_daily_budget_of_nothing_does_not_keep_the_months_from_clearing(self) -> None:
        self.spend("2000.00")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(0)}, now=self.now, by=ALICE)
        self.assertEqual(self.line(PauseReason.MONTHLY_BUDGET_EXCEEDED)["clears_at"], "2026-04-01T00:00:00Z")
        self.assertEqual(self.explained()["runs_again_at"], None)

    def test_a_persons_pause_and_a_hold_are_told_apart(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, note="Landing page is down", now=self.now, by=ALICE)
        self.wait(1)
        hold_brand(brand_id=self.brand.pk, note="Unpaid", now=self.now, by=ALICE)
        self.wait(1)
        pause_campaign(campaign_id=self.campaign.pk, note="Still", now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, note="Still", now=self.now, by=ALICE)

        line = self.line(PauseReason.MANUAL)
        brand, campaign = line["causes"]
        self.assertEqual((brand["note"], brand["set_at"]), ("Unpaid", "2026-03-11T13:00:00Z"))
        self.assertEqual((campaign["note"], campaign["set_at"]), ("Landing page is down", "2026-03-11T12:00:00Z"))
        self.assertEqual(campaign["figures"], {"paused_by_person": True, "stated_reason": None})
        self.assertEqual(line["clears_by"], "a person: activate the campaign and release its brand")
        self.assertEqual(line["clears_at"], None)

        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.line(PauseReason.MANUAL)["clears_by"], "a person: activate the campaign")
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.wait(1)
        pause_campaign(campaign_id=self.campaign.pk, note="Again", now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, note="Again", now=self.now, by=ALICE)
        self.assertEqual([cause["note"] for cause in self.line(PauseReason.MANUAL)["causes"]], ["Again", "Again"])

    def test_hours(self) -> None:
        window = self.window(15, 18)
        line = self.line(PauseReason.OUTSIDE_SCHEDULE)
        self.assertEqual((line["holds"], line["clears_at"]), (True, "2026-03-11T15:00:00Z"))
        self.assertEqual(line["clears_by"], "the next window that opens, or other schedules")
        (cause,) = line["causes"]
        self.assertEqual(cause["figures"], {"has_schedules": True, "active_schedules": 1, "inside_window": False})
        self.assertEqual((cause["owner"], cause["set_by"]), ("campaign", "api"))

        Client().patch(f"/api/schedules/{window.pk}/", {"is_active": False}, "application/json")
        line = self.line(PauseReason.NO_SCHEDULE)
        self.assertEqual(line["clears_by"], "a person: make one of its schedules active")
        self.assertEqual(line["causes"][0]["figures"]["active_schedules"], 0)

    def test_what_the_clock_has_made_due_is_told_before_the_tick(self) -> None:
        self.window(10, 13)
        self.wait(2)
        explained = self.explained()
        self.assertEqual((explained["status"], explained["lines"][4]["holds"]), ("ACTIVE", True))

    def test_what_it_costs(self) -> None:
        self.spend("120.00")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        with self.assertNumQueries(6):  # the campaign; its windows; the totals; three of events
            self.explained()


class ExplainAccessTests(Roles, TestCase):
    def test_who_ordered_in_a_brand_that_one_does_not_see_is_not_told(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, note="secret", now=self.now, by=ALICE)
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": self.other.pk}, now=self.now, by=ALICE)
        self.campaign.refresh_from_db()

        for user, notes in ((self.stranger, [None, None]), (self.administrator, [None, "secret"])):
            manual = explain(self.campaign, now=self.now, access=actor_of(user).access).lines[0]
            self.assertEqual([cause.note for cause in manual.causes], notes)
