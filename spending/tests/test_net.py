"""The net: whatever falsified a status or a total past the gate, the tasks and commands find it and put it right."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from io import StringIO
from itertools import count
from unittest.mock import patch

import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext

from brands.models import Brand
from brands.services import change_brand, hold_brand
from campaigns.models import Campaign
from campaigns.services import change_campaign, pause_campaign, remove_campaign
from campaigns.status import RULES, PauseReason
from delivery.models import Message
from scheduling.models import Schedule
from spending.enforcement.audit import check_totals
from spending.enforcement.decisions import decide_and_write
from spending.enforcement.recounts import decide_windows, recount_budgets
from spending.enforcement.resets import reset
from spending.enforcement.sweeps import enforce_budgets, tick
from spending.models import BrandTotal, CampaignTotal, Period, Reset, Spend
from spending.recording.services import change_spend, remove_spend
from tasks.budget_tasks import (
    SweepFailed,
    daily_reset_task,
    enforce_budget_limits_task,
    enforce_dayparting_task,
    monthly_reset_task,
)
from tasks.heartbeats import record_heartbeat
from tasks.models import Heartbeat
from tests.sampling import IS_POSTGRES, SOAK, sample
from tests.support import ALICE, NOON, AgencyTestCase

MANUAL, MONTH, DAY = PauseReason.MANUAL, PauseReason.MONTHLY_BUDGET_EXCEEDED, PauseReason.DAILY_BUDGET_EXCEEDED
OUTSIDE = PauseReason.OUTSIDE_SCHEDULE

FALSIFICATIONS = [
    # status, pause_reason, blocked
    ("ACTIVE", None, 0),
    ("ACTIVE", None, RULES[DAY].bit),
    ("ACTIVE", DAY, 0),
    ("ACTIVE", DAY, RULES[DAY].bit),
    ("PAUSED", None, 0),
    ("PAUSED", DAY, 0),
    ("PAUSED", OUTSIDE, 0),
    ("PAUSED", None, RULES[DAY].bit),
    ("PAUSED", DAY, RULES[DAY].bit),
    ("PAUSED", MONTH, RULES[MONTH].bit),
    ("PAUSED", MONTH, RULES[MONTH].bit | RULES[DAY].bit),
    ("PAUSED", MANUAL, RULES[MANUAL].bit),
    ("PAUSED", MANUAL, RULES[MANUAL].bit | RULES[DAY].bit),
    ("PAUSED", MONTH, RULES[DAY].bit),
    ("PAUSED", OUTSIDE, RULES[DAY].bit),
]
FALSIFICATIONS_HERE = sample(FALSIFICATIONS, lambda one: (one[0], one[2] > 0), soak=SOAK or not IS_POSTGRES)
"""On PostgreSQL some of them each day: the tests of contradictions falsify more, by the same statement."""

MANY_BRANDS = 19 if IS_POSTGRES and not SOAK else 99


@tag("both_databases")
class FalsifiedStatusTests(AgencyTestCase):
    """Each falsification by SQL, of campaigns in each condition: one budget task later the verdict stands again."""

    def falsify(self, campaign: Campaign, status: str, reason: str | None, blocked: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE campaigns_campaign SET status = %s, pause_reason = %s, blocked = %s WHERE name_key = %s",
                [status, reason, blocked, campaign.name.casefold()],
            )

    def assertPutRight(self, campaign: Campaign) -> None:  # noqa: N802  # unittest's way
        right = self.columns(campaign)
        for status, reason, blocked in FALSIFICATIONS_HERE:
            with self.subTest(status=status, reason=reason, blocked=blocked, right=right):
                self.falsify(campaign, status, reason, blocked)
                with time_machine.travel(self.now, tick=False):
                    enforce_budget_limits_task()
                self.assertEqual(self.columns(campaign), right)

    def columns(self, campaign: Campaign) -> tuple[object, ...]:
        row = Campaign.everything.get(pk=campaign.pk)
        return row.status, row.pause_reason, row.blocked, row.paused_at is None

    def test_of_a_campaign_that_runs(self) -> None:
        self.assertPutRight(self.campaign)

    def test_of_a_used_up_brand(self) -> None:
        self.spend("100.00")
        self.assertPutRight(self.make_campaign("Other"))

    def test_of_a_brand_whose_month_is_used_up(self) -> None:
        self.spend("1900.00", days=-1)
        self.spend("100.00")
        self.assertPutRight(self.campaign)

    def test_of_a_brand_without_limits(self) -> None:
        change_brand(
            brand_id=self.brand.pk, values={"daily_budget": None, "monthly_budget": None}, now=self.now, by=ALICE
        )
        self.assertPutRight(self.campaign)

    def test_of_a_campaign_with_a_cap_that_is_used_up(self) -> None:
        capped = self.make_campaign("Capped", daily="5.00", monthly="50.00")
        self.spend("5.00", capped)
        self.assertPutRight(capped)

    def test_of_a_campaign_with_a_cap_of_zero(self) -> None:
        self.assertPutRight(self.make_campaign("Capped", monthly="0.00"))

    def test_of_a_campaign_with_a_cap_that_has_room(self) -> None:
        capped = self.make_campaign("Capped", daily="5.00")
        self.spend("4.99", capped)
        self.assertPutRight(capped)

    def test_of_a_held_brand(self) -> None:
        self.spend("100.00")
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertPutRight(self.campaign)

    def test_of_a_campaign_that_a_person_paused(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertPutRight(self.campaign)

    def test_what_the_hours_decide_is_put_right_by_the_command(self) -> None:
        """The budget task compares money; the command takes nothing for granted."""
        self.window(13, 14)
        self.falsify(self.campaign, "ACTIVE", None, 0)

        decide_windows(now=self.now, by=ALICE)

        self.assertPaused(OUTSIDE)

    def test_a_falsified_counter_is_a_fact_until_it_is_corrected(self) -> None:
        self.spend("10.00")
        BrandTotal.objects.filter(period=Period.DAY).update(amount=Decimal("100.00"))
        enforce_budgets(now=self.now, by=ALICE)
        self.assertPaused(DAY)

        check_totals(now=self.now, by=ALICE, repair=True)

        self.assertRuns()

    def test_what_contradicts_nothing_is_left_alone(self) -> None:
        self.spend("100.00")
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.make_campaign("Capped", daily="5.00")
        before = list(Campaign.objects.values())

        for sweep in (enforce_budgets, tick):
            self.assertFalse(sweep(now=self.now + timedelta(minutes=1), by=ALICE).changed)

        self.assertEqual(list(Campaign.objects.values()), before)


@tag("both_databases")
class FalsifiedTotalTests(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.spend("30.00")
        self.spend("12.00", days=-1)

    def drift(self) -> list[str]:
        return [str(drift) for drift in check_totals(now=self.now, by=ALICE)[0]]

    def test_drift_is_named_and_corrected_with_what_it_decides(self) -> None:
        self.assertEqual(self.drift(), [])
        CampaignTotal.objects.filter(period=Period.DAY, start=NOON.date()).update(amount=Decimal("29.99"))
        BrandTotal.objects.filter(period=Period.MONTH).update(amount=Decimal("2000.00"))
        enforce_budgets(now=self.now, by=ALICE)
        self.assertPaused(MONTH)

        self.assertEqual(
            self.drift(),
            [
                "Campaign “Spring sale” of “Acme”, day 2026-03-11: the total says 29.99, the ledger 30.00",
                "Brand “Acme”, month 2026-03-01: the total says 2000.00, the ledger 42.00",
            ],
        )
        out = StringIO()
        with time_machine.travel(self.now, tick=False):
            with self.assertRaisesMessage(CommandError, "2 totals drifted from the ledger; --repair corrects them."):
                call_command("check_totals", stdout=out)
            call_command("check_totals", "--repair", stdout=out)
        self.assertEqual(self.drift(), [])
        self.assertRuns()

    def test_totals_that_are_missing_or_too_many(self) -> None:
        CampaignTotal.objects.filter(period=Period.DAY).delete()
        BrandTotal.objects.create(
            brand=self.brand, period=Period.DAY, start=date(2026, 1, 1), amount=Decimal("5.00"), cleared=Decimal("1.00")
        )
        self.assertEqual(len(self.drift()), 3)

        check_totals(now=self.now, by=ALICE, repair=True)

        self.assertEqual(self.drift(), [])

    def test_more_marked_as_cleared_than_was_spent(self) -> None:
        reset(periods=[Period.DAY], now=self.now, by=ALICE)
        CampaignTotal.objects.filter(period=Period.DAY, start=NOON.date()).update(cleared=Decimal("31.00"))
        BrandTotal.objects.filter(period=Period.DAY, start=NOON.date()).update(cleared=Decimal("31.00"))

        self.assertIn("31.00 is marked as cleared, it must be 30.00", self.drift()[0])
        check_totals(now=self.now, by=ALICE, repair=True)
        self.assertEqual(self.drift(), [])
        self.assertEqual(Reset.objects.get().cleared, Decimal("30.00"))

    def test_the_recount_of_the_command_is_of_the_current_day_and_month(self) -> None:
        CampaignTotal.objects.update(amount=Decimal("7.00"))
        BrandTotal.objects.update(amount=Decimal("7.00"))

        with self.assertLogs("budget_system.drift", "WARNING") as logs:
            recount_budgets(now=self.now, by=ALICE)

        self.assertEqual(len(logs.output), 4)
        self.assertTrue(all("2026-03-10" in drift for drift in self.drift()), self.drift())

    def test_an_archived_campaigns_totals_are_checked_too(self) -> None:
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        CampaignTotal.objects.filter(period=Period.MONTH).update(amount=Decimal("1.00"))

        self.assertEqual(len(self.drift()), 1)


@tag("both_databases")
class BypassedGateTests(AgencyTestCase):
    """Rows that code created with the ORM alone: no later change of theirs fails or counts below zero."""

    def create(self, amount: str) -> Spend:
        return Spend.objects.create(campaign=self.campaign, amount=amount, spend_date=self.now.date())

    def counters(self) -> list[Decimal]:
        totals = (*CampaignTotal.objects.all(), *BrandTotal.objects.all())
        return [total.amount - total.cleared for total in totals]

    def test_a_spend_that_no_total_knows_can_be_changed_and_removed(self) -> None:
        changes: list[Callable[[Spend], object]] = [
            lambda spend: change_spend(spend_id=spend.pk, values={"amount": Decimal("1.00")}, now=NOON, by=ALICE),
            lambda spend: change_spend(spend_id=spend.pk, values={"amount": Decimal("60.00")}, now=NOON, by=ALICE),
            lambda spend: change_spend(spend_id=spend.pk, values={"spend_type": "MONTHLY"}, now=NOON, by=ALICE),
            lambda spend: change_spend(spend_id=spend.pk, values={"spend_date": date(2026, 2, 3)}, now=NOON, by=ALICE),
            lambda spend: remove_spend(spend_id=spend.pk, now=NOON, by=ALICE),
        ]
        for change in changes:
            change(self.create("50.00"))
            self.assertTrue(all(counter >= 0 for counter in self.counters()), self.counters())

        self.assertTrue(check_totals(now=self.now, by=ALICE)[0])
        with time_machine.travel(self.now, tick=False):
            call_command("check_totals", "--repair", stdout=StringIO())
        self.assertEqual(check_totals(now=self.now, by=ALICE)[0], [])

    def test_enforce_budgets_counts_them_and_pauses(self) -> None:
        self.create("100.00")
        self.assertEqual(len(check_totals(now=self.now, by=ALICE)[0]), 4)
        out = StringIO()

        with time_machine.travel(self.now, tick=False), self.assertLogs("budget_system.drift", "WARNING"):
            call_command("enforce_budgets", stdout=out)

        self.assertPaused(DAY)
        self.assertIn("{'checked': 1, 'paused_daily': 1, 'paused_monthly': 0, 'errors': 0}", out.getvalue())
        self.assertEqual(check_totals(now=self.now, by=ALICE)[0], [])

    def test_brands_campaigns_and_windows_of_the_orm_are_decided_by_the_first_tick(self) -> None:
        poor = Brand.objects.create(name="Poor", daily_budget="0.00", monthly_budget=None)
        first = Campaign.objects.create(brand=poor, name="First")
        second = Campaign.objects.create(brand=self.brand, name="Second")
        Schedule.objects.create(
            campaign=second, day_of_week=self.now.weekday(), start_time=time(13), end_time=time(23, 59, 59)
        )

        tick(now=self.now, by=ALICE)

        self.assertPaused(DAY, campaign=first)
        self.assertPaused(OUTSIDE, campaign=second)
        tick(now=self.now + timedelta(hours=1), by=ALICE)
        self.assertRuns(second)

    def test_they_can_be_edited_before_any_tick(self) -> None:
        brand = Brand.objects.create(name="Fresh", daily_budget="5.00", monthly_budget="50.00")
        campaign = Campaign.objects.create(brand=brand, name="Fresh")
        change_campaign(campaign_id=campaign.pk, values={"name": "Fresher"}, now=self.now, by=ALICE)
        self.spend("5.00", campaign)

        self.assertPaused(DAY, campaign=campaign)


@tag("both_databases", "slow")
class IdleTickTests(TestCase):
    """With nothing due, a tick asks the same few queries at 100 and at 10,000 campaigns (2,000 on PostgreSQL)."""

    AT_MOST = 12
    AT_MOST_WITH_ALERTS = 26
    AT_MOST_FROM_CRON = 42

    def setUp(self) -> None:
        self.names = count()

    def agency(self, brands: int, campaigns: int) -> None:
        """Make brands with campaigns: capped, windowed, paused by a person, on a used-up budget, held, or running."""
        made = Brand.objects.bulk_create(
            Brand(name=f"Brand {next(self.names)}", daily_budget="100.00", monthly_budget="500.00", is_held=nr % 7 == 6)
            for nr in range(brands)
        )
        rows = Campaign.objects.bulk_create(
            Campaign(
                brand=brand,
                name=f"Campaign {next(self.names)}",
                daily_budget="5.00" if nr % 3 == 0 else None,
                paused_by_person=nr % 11 == 10,
            )
            for brand in made
            for nr in range(campaigns)
        )
        Schedule.objects.bulk_create(
            Schedule(campaign=row, day_of_week=NOON.weekday(), start_time=time(9), end_time=time(18))
            for row in rows[::4]
        )
        for nr, row in enumerate(rows[::50]):
            Spend.objects.create(campaign=row, amount="100.00" if nr % 2 else "3.00", spend_date=NOON.date())
        recount_budgets(now=NOON, by=ALICE)
        enforce_budget_limits_task()  # which alerts to the drift
        Message.objects.all().delete()  # as if that were told

    def queries(self) -> dict[str, int]:
        """Count what each task and the tick ask, the heartbeat included, while nothing is due."""
        before = list(Campaign.objects.order_by("pk").values())
        asked = {}
        for task in (enforce_budget_limits_task, enforce_dayparting_task, daily_reset_task, monthly_reset_task):
            with CaptureQueriesContext(connection) as captured:
                task()
            asked[task.__name__] = len(captured)
            self.assertEqual(self.written(captured), ["tasks_heartbeat"])
        with CaptureQueriesContext(connection) as captured:
            call_command("tick", stdout=StringIO(), stderr=StringIO())
        asked["tick"] = len(captured)
        self.assertEqual(self.written(captured), ["tasks_heartbeat"])
        self.assertEqual(list(Campaign.objects.order_by("pk").values()), before)
        return asked

    def written(self, captured: CaptureQueriesContext) -> list[str]:
        """Name the tables that the queries wrote."""
        statements = [query["sql"].split() for query in captured.captured_queries]
        return [words[2].strip('"') for words in statements if words[0] == "INSERT"] + [
            words[1].strip('"') for words in statements if words[0] in {"UPDATE", "DELETE"}
        ]

    @patch("alerts.sweeps.brands_in_turn", lambda _: Brand.objects.ids())  # all, so that few and many do the same
    @time_machine.travel(NOON + timedelta(minutes=1), tick=False)
    def test_the_same_few_queries_at_few_and_at_many_campaigns(self) -> None:
        with self.assertLogs("budget_system", "WARNING"):  # the drift of the spends that bypass the gate
            self.agency(10, 10)
        few = self.queries()
        with self.assertLogs("budget_system", "WARNING"):
            self.agency(MANY_BRANDS, 100)
        self.assertEqual(Campaign.objects.count(), 100 + MANY_BRANDS * 100)

        self.assertEqual(self.queries(), few)
        looked_for = few.pop("enforce_budget_limits_task")  # with the alerts that no transaction gives rise to
        self.assertLessEqual(looked_for, self.AT_MOST_WITH_ALERTS)
        self.assertLessEqual(few.pop("tick"), self.AT_MOST_FROM_CRON)  # with these, reports, platforms and messages
        self.assertLessEqual(max(few.values()), self.AT_MOST, few)
        self.assertEqual(Heartbeat.objects.count(), 5)


@tag("both_databases")
class FaultTests(AgencyTestCase):
    """One brand's fault is its own."""

    def setUp(self) -> None:
        super().setUp()
        self.brands = [self.brand, *(self.make_brand(name) for name in ("Faulty", "Globex"))]
        for brand in self.brands[1:]:
            self.make_campaign("Ours", brand)
        Campaign.objects.update(status="PAUSED", pause_reason=DAY, blocked=RULES[DAY].bit)

    def faulty(self) -> Callable[..., object]:
        """Return what decides, with a fault in it that one brand meets after it has written."""

        def decide_or_fail(touched: object, brands: dict[object, Brand], *rest: object) -> object:
            decisions = decide_and_write(touched, brands, *rest)  # type: ignore[arg-type]  # handed on as it came
            if self.brands[1].pk in brands:
                raise ZeroDivisionError("a fault of one brand")
            return decisions

        return decide_or_fail

    def test_it_is_logged_with_its_traceback_counted_and_stops_nobody(self) -> None:
        with (
            patch("spending.enforcement.gate.decide_and_write", self.faulty()),
            self.assertLogs("budget_system.sweeps", "ERROR") as logs,
        ):
            counts = enforce_budgets(now=self.now, by=ALICE)

        self.assertEqual((counts.errors, counts.activated), (1, 2))
        self.assertEqual(len(logs.records), 1)
        self.assertIn(str(self.brands[1].pk), logs.output[0])
        self.assertIn("ZeroDivisionError: a fault of one brand", logs.output[0])
        self.assertEqual(
            set(Campaign.objects.filter(status="PAUSED").values_list("brand__name", flat=True)), {"Faulty"}
        )

    def test_the_task_and_the_commands_end_as_failed(self) -> None:
        with (
            patch("spending.enforcement.gate.decide_and_write", self.faulty()),
            self.assertLogs("budget_system.sweeps", "ERROR"),
            time_machine.travel(self.now, tick=False),
        ):
            self.assertRaises(SweepFailed, enforce_budget_limits_task)
            for command in (["enforce_budgets"], ["enforce_dayparting"], ["reset_spends", "--both", "--yes"], ["tick"]):
                with self.subTest(command), self.assertRaises(CommandError):
                    call_command(*command, stdout=StringIO(), stderr=StringIO())
        self.assertFalse(Heartbeat.objects.exists())

    def test_the_next_pass_takes_what_failed(self) -> None:
        self.test_it_is_logged_with_its_traceback_counted_and_stops_nobody()

        enforce_budgets(now=self.now, by=ALICE)

        self.assertFalse(Campaign.objects.filter(status="PAUSED").exists())


class SteppedBackTests(AgencyTestCase):
    """The clock was two days fast while days began, and is right again."""

    def test_the_typed_checks_decide_by_the_day_that_it_is(self) -> None:
        self.spend("150.00")
        self.assertPaused(DAY)
        checks: tuple[Callable[[], object], ...] = (
            lambda: recount_budgets(now=NOON, by=ALICE),
            lambda: check_totals(now=NOON, by=ALICE, repair=True),
        )
        for check in checks:
            tick(now=NOON + timedelta(days=2), by=ALICE)
            self.assertRuns()
            tick(now=NOON, by=ALICE)
            self.assertRuns()
            with self.assertLogs("budget_system.drift", "ERROR") as logs:
                check()
            self.assertIn("stepped back", logs.output[0])
            self.assertPaused(DAY)
            self.brand.refresh_from_db()
            self.assertEqual(self.brand.today, NOON.date())
            self.assertFalse(Brand.objects.filter(day_ends_at__gt=NOON + timedelta(days=1)).exists())

    def test_a_task_that_finished_later_already_is_told_in_the_log(self) -> None:
        record_heartbeat("daily_reset_task", at=NOON)
        with self.assertNoLogs("tasks.heartbeats"):
            record_heartbeat("daily_reset_task", at=NOON - timedelta(seconds=5))
        with self.assertLogs("tasks.heartbeats", "ERROR"):
            record_heartbeat("daily_reset_task", at=NOON - timedelta(minutes=5))
