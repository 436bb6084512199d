"""What sweeps, commands and orders send to the database: as much for many brands and campaigns as for few."""

from collections.abc import Callable
from datetime import time, timedelta
from decimal import Decimal
from itertools import count
from unittest.mock import patch
from uuid import UUID

from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext

from brands.models import Brand
from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import Campaign, StatusEvent
from scheduling.models import Schedule
from spending.enforcement import passes
from spending.enforcement.audit import check_totals
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.recounts import decide_windows, recount_budgets
from spending.enforcement.resets import preview, reset
from spending.enforcement.sweeps import begin_days, enforce_budgets, enforce_dayparting, tick
from spending.models import CampaignTotal, Period, Reset, Spend
from tests.sampling import IS_POSTGRES, SOAK
from tests.support import ALICE, NOON

ZONES = ("UTC", "Europe/Berlin", "America/New_York")
BOTH = (Period.DAY, Period.MONTH)
FEW, MANY, MANY_CAMPAIGNS = ((3, 4), (10, 12), 100) if IS_POSTGRES and not SOAK else ((3, 4), (30, 20), 500)
"""Brands, and campaigns of each; and the campaigns of one brand."""

Work = Callable[[], object]


class Agencies(TestCase):
    """Brands with campaigns that are capped, have windows, and have spent what their cap allows."""

    def setUp(self) -> None:
        self.names = count()

    def agency(self, brands: int, campaigns: int) -> None:
        made = Brand.objects.bulk_create(
            Brand(name=f"Brand {next(self.names)}", daily_budget="5000.00", timezone=ZONES[nr % 3])
            for nr in range(brands)
        )
        rows = Campaign.objects.bulk_create(
            Campaign(brand=brand, name=f"Campaign {next(self.names)}", daily_budget="1.00" if nr % 3 == 0 else None)
            for brand in made
            for nr in range(campaigns)
        )
        Schedule.objects.bulk_create(
            Schedule(campaign=row, day_of_week=day, start_time=time(6 + nr % 2), end_time=time(22))
            for nr, row in enumerate(rows)
            for day in range(7)
        )
        Spend.objects.bulk_create(Spend(campaign=row, amount="1.00", spend_date=NOON.date()) for row in rows)
        recount_budgets(now=NOON, by=ALICE)

    def sent(self, work: Work) -> int:
        """Count the statements."""
        with CaptureQueriesContext(connection) as captured:
            work()
        return len(captured)


@tag("both_databases", "slow")
class StatementTests(Agencies):
    def every_work(self) -> dict[str, int]:
        """Do everything that is done for many brands, where there is something to do; count the statements of each."""
        later, tomorrow = NOON.replace(hour=22), NOON + timedelta(days=1)
        orders = {
            "enforce_budgets, with drift": lambda: recount_budgets(now=NOON, by=ALICE),
            "check_totals, with drift": lambda: check_totals(now=NOON, by=ALICE, repair=True),
        }
        works: dict[str, Work] = {
            "enforce_dayparting": lambda: decide_windows(now=NOON, by=ALICE),
            "preview": lambda: preview(periods=BOTH, now=NOON),
            "reset_spends": lambda: reset(periods=BOTH, now=NOON, by=ALICE),
            "dayparting": lambda: enforce_dayparting(now=later, by=ALICE),
            "midnight": lambda: begin_days(now=tomorrow, by=ALICE),
            "tick": lambda: tick(now=tomorrow + timedelta(days=30), by=ALICE),
            "budgets": lambda: enforce_budgets(now=tomorrow + timedelta(days=30), by=ALICE),
        }
        asked = {}
        for name, order in orders.items():
            CampaignTotal.objects.update(amount=Decimal("3.00"))
            asked[name] = self.sent(order)
        for name, work in works.items():
            if name == "budgets":
                Campaign.objects.update(status="PAUSED")
            asked[name] = self.sent(work)
        return asked

    def test_as_many_for_many_brands_as_for_few(self) -> None:
        with self.assertLogs("budget_system.drift", "WARNING"):
            self.agency(*FEW)
            few = self.every_work()
            for model in (Spend, CampaignTotal):
                model._default_manager.all().delete()
            self.agency(*MANY)
            many = self.every_work()

        self.assertEqual(many, few)
        self.assertLessEqual(few["midnight"], 15, few)
        self.assertEqual(Reset.objects.filter(period=Period.DAY).count(), FEW[0] + MANY[0])
        self.assertGreater(StatusEvent.objects.count(), MANY[0] * MANY[1])

    def test_an_order_for_a_brand_asks_as_much_for_many_campaigns_as_for_few(self) -> None:
        with self.assertLogs("budget_system.drift", "WARNING"):
            self.agency(1, 5)
            self.agency(1, MANY_CAMPAIGNS)
        few, many = (self.orders(brand.pk) for brand in Brand.objects.order_by("created_at"))
        self.assertEqual(many, few)
        self.assertLessEqual(few[-1], 10)  # a budget that changes no reason

    def orders(self, brand_id: UUID) -> list[int]:
        """Count what orders for a brand send."""
        budgets = (Decimal("0.50"), Decimal("4000.00"), Decimal("4001.00"))
        return [
            self.sent(lambda: hold_brand(brand_id=brand_id, now=NOON, by=ALICE)),
            self.sent(lambda: release_brand(brand_id=brand_id, now=NOON, by=ALICE)),
            *(
                self.sent(lambda: change_brand(brand_id=brand_id, values={"daily_budget": amount}, now=NOON, by=ALICE))  # noqa: B023  # used at once
                for amount in budgets
            ),
        ]


class BatchTests(Agencies):
    def test_a_batch_holds_as_many_brands_as_keep_it_short(self) -> None:
        with self.assertLogs("budget_system.drift", "WARNING"):
            self.agency(7, 3)
        sizes = passes.campaign_numbers()
        self.assertEqual(sorted(sizes.values()), [3] * 7)
        batches: list[int] = []

        def work(gate: Gate, _: Counts) -> None:
            batches.append(len(gate.brands))

        for brands, rows, expected in (
            (200, 5_000, [7]),
            (3, 5_000, [3, 3, 1]),
            (200, 6, [2, 2, 2, 1]),
            (5, 1, [1] * 7),
        ):
            batches.clear()
            with patch.multiple(passes, MAX_BRANDS=brands, MAX_ROWS=rows):
                passes.run_for_brands(sizes, work, now=NOON, by=ALICE)
            self.assertEqual(batches, expected)

    def test_what_a_failed_batch_has_found_is_told_once(self) -> None:
        with self.assertLogs("budget_system.drift", "WARNING"):
            self.agency(3, 1)
        CampaignTotal.objects.update(amount=Decimal("3.00"))
        faulty = Brand.objects.order_by("pk")[1]

        def touch_all(gate: Gate, brand: Brand) -> None:
            if brand.pk == faulty.pk:
                raise ZeroDivisionError

        with (
            patch.object(Gate, "touch_all", touch_all),
            self.assertLogs("budget_system.sweeps", "ERROR"),
            self.assertLogs("budget_system.drift", "WARNING") as told,
        ):
            counts = recount_budgets(now=NOON, by=ALICE)

        self.assertEqual(counts.errors, 1)
        self.assertEqual(len(told.output), 4)
        self.assertFalse([line for line in told.output if str(faulty) in line])
