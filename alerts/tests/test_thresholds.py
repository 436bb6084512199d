"""Alerts that the gate writes: each threshold once, resolved once, and told again after it fell below."""

from datetime import timedelta
from decimal import Decimal

from django.db import connection
from django.test import TestCase, TransactionTestCase, tag
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, AlertKind
from alerts.thresholds import crosses, reached
from brands.services import change_brand, remove_brand, restore_brand
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from delivery.models import Message
from spending.enforcement.resets import reset
from spending.enforcement.sweeps import begin_days
from spending.models import Period
from tests.runner import on_postgres
from tests.support import ALICE, Agency
from tests.threads import threads


class RuleTests(TestCase):
    def test_a_threshold_is_reached_to_the_cent(self) -> None:
        for spent, expected in (("49.99", []), ("50.00", [50]), ("79.99", [50]), ("100.00", [50, 80, 100])):
            self.assertEqual(reached(Decimal(spent), Decimal(100), [100, 50, 80]), expected)
        self.assertEqual(reached(Decimal(5), Decimal("0.00"), [50]), [])
        self.assertEqual(reached(Decimal(5), None, [50]), [])
        self.assertEqual(reached(Decimal("0.01"), Decimal("0.03"), [33, 34]), [33])

    def test_crossing_is_what_changes_what_is_reached(self) -> None:
        budget, thresholds = Decimal("9.99"), [1, 33, 50, 80, 100, 200]
        amounts = [Decimal(cents) / 100 for cents in (0, 9, 10, 329, 330, 499, 500, 799, 800, 998, 999, 1998, 2000)]
        for before in amounts:
            for after in amounts:
                differs = reached(before, budget, thresholds) != reached(after, budget, thresholds)
                self.assertEqual(crosses(before, after, budget, thresholds), differs, (before, after))


@tag("both_databases")
class ThresholdTests(Agency, TestCase):
    def open(self) -> list[tuple[str, str, int | None]]:
        """Return the open alerts of budgets: whose, of which period, at which percent."""
        rows = Alert.objects.open().filter(kind=AlertKind.THRESHOLD).select_related("campaign")
        return sorted((str(row.campaign or ""), row.period, row.threshold) for row in rows)

    def written(self) -> int:
        return Alert.objects.filter(kind=AlertKind.THRESHOLD).count()

    def test_a_jump_opens_a_row_for_each_and_makes_one_message(self) -> None:
        self.spend("85.00")
        self.assertEqual(self.open(), [("", "D", 50), ("", "D", 80)])
        self.assertEqual(Alert.objects.values("batch").distinct().count(), 1)
        self.assertEqual(Message.objects.filter(channel="alerts").count(), 1)
        message = Alert.objects.get(threshold=80).message
        self.assertEqual(message, "“Acme” has spent 80 % of its daily budget: 85.00 of 100.00 USD.")

    def test_falling_below_resolves_once_and_arms_again(self) -> None:
        self.spend("85.00", external_id="a")
        self.spend("60.00", external_id="a")
        self.assertEqual((self.open(), self.written()), ([("", "D", 50)], 2))
        self.spend("59.00", external_id="a")
        self.assertEqual(self.written(), 2)
        self.spend("80.00", external_id="a")
        self.assertEqual((self.open(), self.written()), ([("", "D", 50), ("", "D", 80)], 3))

    def test_a_raise_resolves_and_a_lower_budget_opens(self) -> None:
        self.spend("50.00")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(101)}, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [])
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(60)}, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [("", "D", 50), ("", "D", 80)])
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [])

    def test_a_campaign_with_a_cap_has_thresholds_of_its_own(self) -> None:
        self.spend("45.00")
        self.assertEqual(self.open(), [])
        change_campaign(campaign_id=self.campaign.pk, values={"daily_budget": Decimal(50)}, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [("Spring sale", "D", 50), ("Spring sale", "D", 80)])
        self.spend("5.00")
        self.assertEqual(len(self.open()), 4)

    def test_a_reset_and_a_new_day_resolve(self) -> None:
        self.spend("100.00")
        reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=ALICE)
        self.assertEqual(self.open(), [])
        self.spend("50.00")
        self.assertEqual(self.open(), [("", "D", 50)])
        begin_days(now=self.now + timedelta(days=1), by=ALICE)
        self.assertEqual(self.open(), [])

    def test_what_is_dated_ahead_counts_when_its_day_begins(self) -> None:
        self.spend("90.00", days=1)
        self.assertEqual(self.open(), [])
        begin_days(now=self.now + timedelta(days=1), by=ALICE)
        self.assertEqual(self.open(), [("", "D", 50), ("", "D", 80)])

    def test_other_thresholds_hold_from_now_on(self) -> None:
        self.spend("95.00")
        change_brand(brand_id=self.brand.pk, values={"alert_thresholds": [90, 150]}, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [("", "D", 90)])

    def test_an_archived_brand_has_none(self) -> None:
        self.spend("95.00")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [])
        restore_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.open(), [("", "D", 50), ("", "D", 80)])

    def test_a_spend_that_crosses_nothing_asks_nothing_of_alerts(self) -> None:
        self.spend("10.00")
        with CaptureQueriesContext(connection) as captured:
            self.spend("10.00")
        tables = ("alerts_alert", "delivery_message", "delivery_account")
        self.assertFalse([one["sql"] for one in captured if any(f'"{table}"' in one["sql"] for table in tables)])


@tag("both_databases")
class SwitchTests(Agency, TestCase):
    def kinds(self) -> list[tuple[str, str]]:
        rows = Alert.objects.filter(kind__in=(AlertKind.PAUSED, AlertKind.RESUMED)).order_by("id")
        return [(row.kind, row.state) for row in rows]

    def test_a_pause_by_the_rules_is_open_until_it_ends(self) -> None:
        self.spend("100.00")
        self.assertEqual(self.kinds(), [("campaign.paused", "open")])
        begin_days(now=self.now + timedelta(days=1), by=ALICE)
        self.assertEqual(self.kinds(), [("campaign.paused", "resolved"), ("campaign.resumed", "resolved")])

    def test_what_people_order_is_no_alert(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.kinds(), [])

    def test_a_person_who_takes_over_ends_it(self) -> None:
        self.spend("100.00")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.kinds(), [("campaign.paused", "resolved")])

    def test_campaigns_paused_together_make_one_message(self) -> None:
        for number in range(20):
            self.make_campaign(f"Campaign {number}")
        self.spend("100.00")
        paused = Alert.objects.filter(kind=AlertKind.PAUSED)
        self.assertEqual((paused.count(), paused.values("batch").distinct().count()), (21, 1))

    def test_the_generation_rises_with_each_change_of_the_status(self) -> None:
        seen = []
        for work in (
            lambda: self.spend("50.00"),
            lambda: self.spend("50.00"),
            lambda: pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE),
            lambda: begin_days(now=self.now + timedelta(days=1), by=ALICE),
        ):
            work()
            self.campaign.refresh_from_db()
            seen.append((self.campaign.generation, self.campaign.status))
        self.assertEqual(seen, [(1, "ACTIVE"), (2, "PAUSED"), (2, "PAUSED"), (2, "PAUSED")])


@on_postgres
class RaceTests(Agency, TransactionTestCase):
    def test_each_threshold_fires_once_under_eight_threads(self) -> None:
        def work() -> None:
            for _ in range(10):
                self.spend("1.25")

        with threads(8) as at_once:
            for future in [at_once.start(work) for _ in range(8)]:
                future.result()
        rows = Alert.objects.filter(kind=AlertKind.THRESHOLD, period="D")
        self.assertEqual(sorted(rows.values_list("threshold", flat=True)), [50, 80, 100])
