from collections import defaultdict
from datetime import UTC, datetime, timedelta
from io import StringIO
from unittest.mock import patch

import time_machine
from django.core.management import call_command
from django.test import TestCase, tag

from brands.calendar import local_date
from brands.models import Brand, Change
from budget_system.core.actors import Actor
from campaigns.models import Campaign, PauseReason, StatusEvent
from scheduling.models import Schedule
from spending.enforcement.audit import check_totals
from spending.models import Spend
from spending.reports.figures import brand_figures
from tasks.demo.agency import BRANDS
from tasks.demo.days import create_demo_brand

SOME_DAY = datetime(2026, 3, 11, 12, 30, tzinfo=UTC)
NEW_YEAR = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
"""In Tokyo and Auckland the year is eight and twelve hours old, in Los Angeles it is still the old one."""


def seed() -> str:
    output = StringIO()
    call_command("seed_demo", stdout=output)
    return output.getvalue()


def stored() -> list[list[dict[str, object]]]:
    """Every column of every row, `updated_at` among them."""
    managers = (Brand.everything, Campaign.everything, Schedule.objects, Spend.objects, StatusEvent.objects)
    return [list(manager.order_by("pk").values()) for manager in managers] + [list(Change.objects.values())]


def reasons(brand: str) -> set[str | None]:
    return set(Campaign.objects.filter(brand__name=brand).values_list("pause_reason", flat=True))


@tag("slow")
@patch("tasks.demo.days.DAYS", 8)
class SeedDemoTests(TestCase):
    """The agency of `seed_demo`, with eight days for sixty, which is all that is patched."""

    output: str

    @classmethod
    def setUpTestData(cls) -> None:
        with patch("tasks.demo.days.DAYS", 8), time_machine.travel(SOME_DAY, tick=False):
            cls.output = seed()

    def test_loads_eight_brands_and_forty_campaigns_in_many_zones_and_currencies(self) -> None:
        self.assertEqual((Brand.objects.count(), Campaign.objects.count()), (8, 40))
        self.assertEqual(Brand.objects.values("timezone").distinct().count(), 8)
        self.assertGreater(Brand.objects.values("currency").distinct().count(), 5)
        self.assertTrue(Schedule.objects.filter(ends_next_day=True).exists())

    def test_one_brand_spends_a_currency_without_decimals(self) -> None:
        amounts = Spend.objects.filter(campaign__brand__currency="JPY").values_list("amount", flat=True)
        self.assertGreater(len(amounts), 20)
        self.assertTrue(all(amount == int(amount) for amount in amounts))

    def test_tells_a_line_of_each_brand(self) -> None:
        self.assertEqual([line.split(":")[0] for line in self.output.splitlines()], [plan.name for plan in BRANDS])
        self.assertIn("Kestrel Cycles: 5 campaigns (0 running)", self.output)
        self.assertIn("day 104%", self.output)

    def test_running_it_twice_changes_nothing(self) -> None:
        before = stored()

        for later in (timedelta(0), timedelta(days=3)):
            with time_machine.travel(SOME_DAY + later, tick=False):
                again = seed()

        self.assertEqual(stored(), before)
        self.assertEqual(again.count("there already, left as it is"), 8)

    def test_does_not_bring_back_a_brand_that_somebody_archived(self) -> None:
        Brand.objects.filter(name="Tasman Wool").update(archived_at=SOME_DAY)

        with time_machine.travel(SOME_DAY, tick=False):
            seed()

        self.assertFalse(Brand.objects.filter(name="Tasman Wool").exists())

    def test_some_are_near_and_some_over_budget(self) -> None:
        self.assertEqual(reasons("Kestrel Cycles") & {"DAILY_BUDGET_EXCEEDED"}, {"DAILY_BUDGET_EXCEEDED"})
        self.assertEqual(reasons("Lindenhof Möbel"), {"MONTHLY_BUDGET_EXCEEDED"})
        near = Brand.objects.get(name="Brightwater Outdoors")
        figures = brand_figures([near], now=SOME_DAY)[near.pk]
        self.assertEqual(figures.daily_spend / (near.daily_budget or 1), BRANDS[1].today)
        self.assertIn(None, reasons("Brightwater Outdoors"))

    def test_one_brand_is_held_and_one_campaign_paused_by_hand_each_with_a_note(self) -> None:
        self.assertEqual(reasons("Nilgiri Tea Traders"), {"MANUAL"})
        orders = StatusEvent.objects.filter(order__in=["HOLD", "PAUSE"]).exclude(note="")
        self.assertEqual(set(orders.values_list("order", flat=True)), {"HOLD", "PAUSE"})
        self.assertEqual(Campaign.objects.get(name="Farm stories").blocked_by, [PauseReason.MANUAL])

    def test_a_campaign_has_used_up_its_own_cap_and_one_has_no_active_hours(self) -> None:
        self.assertEqual(Campaign.objects.get(name="Weddings").blocked_by, [PauseReason.DAILY_BUDGET_EXCEEDED])
        self.assertEqual(Campaign.objects.get(name="Trade fair").blocked_by, [PauseReason.NO_SCHEDULE])

    def test_its_history_is_spread_over_the_days_and_nobody_is_invented(self) -> None:
        days = Spend.objects.filter(campaign__brand__name="Alder & Finch Coffee").values("spend_date").distinct()
        self.assertEqual(days.count(), 8)
        self.assertFalse(Spend.objects.filter(created_at__gt=SOME_DAY).exists())
        authors = set(StatusEvent.objects.values_list("by", flat=True))
        known = {"command seed_demo", "api", "task daily_reset", "task enforce_dayparting"}
        self.assertLessEqual(authors, known)

    def test_is_the_same_agency_each_time_it_is_loaded(self) -> None:
        first = Brand.objects.get(name="Kestrel Cycles")
        Brand.objects.filter(pk=first.pk).update(name="Other", name_key="other")

        with time_machine.travel(SOME_DAY, tick=False):
            seed()

        second = Brand.objects.get(name="Kestrel Cycles")
        booked = ("campaign__name", "campaign__external_id", "spend_date", "amount", "external_id")
        ledgers = [
            list(Spend.objects.filter(campaign__brand=brand).order_by(*booked).values_list(*booked))
            for brand in (first, second)
        ]
        self.assertEqual(*ledgers)

    def test_its_totals_are_those_of_its_ledger(self) -> None:
        drifts, _ = check_totals(now=SOME_DAY, by=Actor.command("check_totals"))
        self.assertEqual(drifts, [])


class FirstWeeksTests(TestCase):
    def test_the_first_weeks_come_by_a_report_a_week_and_the_last_two_day_by_day(self) -> None:
        with patch("tasks.demo.days.DAYS", 24):
            brand = create_demo_brand(BRANDS[0], now=SOME_DAY, by=Actor.command("seed_demo"))

        assert brand is not None
        brand.refresh_from_db()
        booked_on = defaultdict[int, set[int]](set)
        for spend in Spend.objects.filter(campaign__brand=brand, spend_type="DAILY"):
            days_ago = (brand.today - spend.spend_date).days
            booked_on[days_ago].add((brand.today - local_date(spend.created_at, brand.timezone)).days)
        self.assertEqual({days_ago: booked_on[days_ago] for days_ago in range(15)}, {n: {n} for n in range(15)})
        self.assertEqual([booked_on[days_ago] for days_ago in (23, 22, 21, 15)], [{22}, {22}, {15}, {15}])
        self.assertEqual(check_totals(now=SOME_DAY, by=Actor.command("check_totals"))[0], [])


@tag("slow")
@patch("tasks.demo.days.DAYS", 8)
class SeedDemoAtTheTurnOfTheYearTests(TestCase):
    """Half an hour before midnight UTC: for some brands the month is hours old, for some it is ending."""

    @classmethod
    def setUpTestData(cls) -> None:
        with patch("tasks.demo.days.DAYS", 8), time_machine.travel(NEW_YEAR, tick=False):
            seed()

    def test_the_same_brands_are_near_and_over_budget(self) -> None:
        self.assertIn("DAILY_BUDGET_EXCEEDED", reasons("Kestrel Cycles"))
        self.assertEqual(reasons("Lindenhof Möbel"), {"MONTHLY_BUDGET_EXCEEDED"})
        self.assertIn(None, reasons("Casa Jacarandá"))
        self.assertEqual(reasons("Nilgiri Tea Traders"), {"MANUAL"})
