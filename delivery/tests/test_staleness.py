"""Figures that are too old: told once, nothing is switched on by them, and a pause always goes out."""

from datetime import datetime, timedelta

from django.db import transaction
from django.test import TestCase, TransactionTestCase, tag

from alerts.models import Alert, AlertKind
from brands.models import Brand
from brands.services import change_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import activate_campaign, pause_campaign
from delivery.connections import stop_account
from delivery.models import Account, AccountState, Connector, Delivery
from delivery.platforms.accounts import disconnect_account
from delivery.platforms.costs import read_due_costs
from delivery.platforms.observing import GRACE, observe
from delivery.platforms.registry import SENDERS
from delivery.sending.loop import send_due
from delivery.staleness import HELD, alert_to_stale, end_stale
from spending.enforcement.sweeps import begin_days
from tests.runner import on_postgres
from tests.sandbox import ACCOUNT, WithSandbox
from tests.support import ALICE, Agency
from tests.threads import threads, what_waits

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
READER = Actor.task("read_costs")
SWEEP = Actor.task("daily_reset")


def make_account(brand: Brand, campaign: Campaign, at: datetime) -> Account:
    """Create a row of an account that has a campaign, whose delivery is on."""
    account = Account.objects.create(
        brand=brand, platform="google", external_id="1", connector=Connector.SANDBOX, created_at=at
    )
    Campaign.objects.filter(pk=campaign.pk).update(platform="google", external_id="1", delivery_enabled=True)
    Delivery.objects.create(campaign=campaign, account=account, enabled_at=at)
    return account


class Stale(Agency):
    """A brand with an account that has the campaign."""

    account: Account

    def states(self) -> list[str]:
        return [str(row.state) for row in Alert.objects.filter(kind=AlertKind.STALE).order_by("at", "id")]

    def row(self) -> Delivery:
        return Delivery.objects.select_related("campaign", "account").get(pk=self.campaign.pk)

    def read_at(self, instant: datetime | None) -> None:
        Account.objects.filter(pk=self.account.pk).update(costs_read_at=instant)


@tag("both_databases")
class AlertTests(Stale, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.account = make_account(self.brand, self.campaign, self.now)

    def look(self, later: timedelta = MINUTE) -> list[str]:
        self.now += later
        observe(now=self.now)
        return self.states()

    def test_is_told_once_when_its_costs_were_read_longer_ago_than_the_brand_allows(self) -> None:
        self.assertEqual(self.look(3 * HOUR), [])
        self.assertEqual(self.look(), ["open"])
        self.assertEqual(self.look(), ["open"])
        alert = Alert.objects.get(kind=AlertKind.STALE)
        self.assertEqual(
            alert.message,
            "The costs of Google Ads 1 of “Acme” were not read for more than 3 hours. Until they are, no campaign is "
            "switched on there; pauses still go out.",
        )
        self.assertEqual((alert.figures["account"], alert.figures["read_at"]), (str(self.account.pk), None))

    def test_counts_from_the_last_reading(self) -> None:
        self.read_at(self.now + HOUR)
        self.assertEqual((self.look(3 * HOUR), self.look(HOUR), self.look()), ([], [], ["open"]))
        self.assertEqual(Alert.objects.get(kind=AlertKind.STALE).figures["read_at"], "2026-03-11T13:00:00Z")

    def test_ends_as_the_brand_allows_more_and_the_account_is_pushed(self) -> None:
        self.assertEqual(self.look(4 * HOUR), ["open"])
        change_brand(brand_id=self.brand.pk, values={"figures_max_age_hours": 24}, now=self.now, by=ALICE)
        Account.objects.update(looked_at=self.now + HOUR)
        self.assertEqual(self.look(), ["resolved"])
        self.account.refresh_from_db()
        self.assertEqual(self.account.fresh_since, self.now)
        self.assertEqual(self.account.brand.messages.get(key=self.account.receiver).due_at, self.now - MINUTE)

    def test_ends_as_the_account_is_stopped_or_disconnected(self) -> None:
        self.assertEqual(self.look(4 * HOUR), ["open"])
        stop_account(self.account, "No.", now=self.now)
        self.assertEqual(self.look(), ["resolved"])
        Account.objects.update(state=AccountState.CONNECTED)
        self.assertEqual(self.look(), ["resolved", "open"])
        Delivery.objects.update(error=HELD)
        disconnect_account(account_id=self.account.pk, now=self.now, by=ALICE)
        self.assertEqual(self.row().error, "")
        self.assertEqual(self.look(), ["resolved", "resolved"])

    def test_ends_where_no_campaign_is_switched_on(self) -> None:
        self.assertEqual(self.look(4 * HOUR), ["open"])
        Campaign.objects.update(delivery_enabled=False)
        self.assertEqual(self.look(), ["resolved"])

    def test_accounts_of_scripts_are_never_stale(self) -> None:
        Account.objects.update(connector=Connector.SCRIPT)
        self.assertEqual(self.look(40 * HOUR), [])

    def test_what_is_held_back_is_not_late_and_is_given_its_time_afterwards(self) -> None:
        self.look(4 * HOUR)
        self.assertEqual(self.row().drift, "")
        self.now += MINUTE
        self.read_at(self.now)
        end_stale([self.account.pk], now=self.now)
        self.look(GRACE - MINUTE)
        self.assertEqual(self.row().drift, "")
        self.look()
        self.assertEqual(self.row().drift, "late")

    def test_what_was_held_back_is_cleared_whatever_was_said_of_it(self) -> None:
        self.look(4 * HOUR)
        Delivery.objects.update(error="What an older version said.")
        self.read_at(self.now)
        end_stale([self.account.pk], now=self.now)
        self.assertEqual(self.row().error, "")

    def test_a_pause_is_late_all_the_same(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.look(4 * HOUR)
        self.assertEqual(self.row().drift, "late")


@on_postgres
class RaceTests(Stale, TransactionTestCase):
    def test_costs_that_are_read_meanwhile_leave_no_alert(self) -> None:
        self.account = make_account(self.brand, self.campaign, self.now)
        now = self.now + 4 * HOUR
        with threads() as at_once:
            with transaction.atomic():
                self.read_at(now)
                told = at_once.start(lambda: alert_to_stale(now=now))
                self.assertIn('SELECT "delivery_account"', what_waits(told))
            self.assertEqual((told.result(), self.states()), ([], []))


@tag("both_databases", "processes")
class SandboxTests(Stale, WithSandbox, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.make_campaign("Shoes")
        self.sandbox.set_clock(self.now)
        self.sandbox.put("1", "2")
        self.account = self.make_account(self.brand, created_at=self.now, costs_due_at=self.now)
        self.deliver(self.account, self.campaign, self.other)
        self.minute()

    def minute(self, later: timedelta = timedelta(0)) -> None:
        """Run a minute of the system: costs are read, days begin, platforms are looked at and pushed."""
        self.now += later
        self.sandbox.set_clock(self.now)
        read_due_costs(now=self.now, by=READER)
        begin_days(now=self.now, by=SWEEP)
        observe(now=self.now)
        send_due(SENDERS, clock=lambda: self.now)

    def statuses(self) -> list[str]:
        return list(self.sandbox.statuses().values())

    def test_a_new_day_begins_on_old_figures_and_nothing_runs_before_costs_are_read(self) -> None:
        self.sandbox.control("costs", **{ACCOUNT: {"1": {"2026-03-11": "100.00"}, "2": {"2026-03-11": "0"}}})
        self.minute(HOUR)
        self.assertEqual(self.statuses(), ["PAUSED", "PAUSED"])

        self.minute(HOUR * 7 + 50 * MINUTE)
        self.sandbox.fail("costs", "error")
        for _ in range(20):
            self.minute(timedelta(minutes=10))
        self.assertEqual((f"{self.now:%d %H:%M}", self.states()), ("12 00:10", ["open"]))
        self.assertIn("could not be read", Alert.objects.get(kind=AlertKind.STALE).message)
        self.assertRuns()
        self.assertEqual(self.statuses(), ["PAUSED", "PAUSED"])
        for _ in range(3):
            self.minute(timedelta(minutes=10))
        self.assertEqual((self.row().error, self.row().is_settled, self.row().drift), (HELD, False, ""))
        self.assertEqual((self.statuses(), self.states()), (["PAUSED", "PAUSED"], ["open"]))

        self.sandbox.work()
        self.now += timedelta(minutes=10)
        read_due_costs(now=self.now, by=READER)
        send_due(SENDERS, clock=lambda: self.now)
        self.assertEqual((self.statuses(), self.states()), (["ACTIVE", "ACTIVE"], ["resolved"]))
        self.assertEqual((self.row().error, self.row().is_settled, self.row().drift), ("", True, ""))

    def test_a_pause_goes_out_and_a_persons_activation_waits(self) -> None:
        self.sandbox.fail("costs", "error")
        self.minute(4 * HOUR)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.minute(MINUTE)
        self.assertEqual((self.statuses(), self.row().is_settled), (["PAUSED", "ACTIVE"], True))
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.minute(MINUTE)
        self.assertEqual((self.statuses(), self.row().error), (["PAUSED", "ACTIVE"], HELD))
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.minute(MINUTE)
        self.assertEqual((self.row().error, self.row().is_settled), ("", True))

    def test_what_runs_there_is_settled_also_by_old_figures(self) -> None:
        self.sandbox.fail("costs", "error")
        self.minute(4 * HOUR)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.minute(10 * MINUTE)
        self.assertEqual((self.row().error, self.row().is_settled), ("", True))

    def test_what_somebody_paused_there_is_not_set_running_meanwhile(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        self.sandbox.fail("costs", "error")
        self.minute(4 * HOUR)
        self.sandbox.switch(_1="PAUSED")
        changes = self.sandbox.calls("changes")
        for _ in range(3):
            self.minute(10 * MINUTE)
        self.assertEqual((self.row().drift, self.row().reapplied, self.row().error), ("changed", 1, HELD))
        self.assertEqual(self.sandbox.calls("changes"), changes)
        self.sandbox.work()
        self.minute(10 * MINUTE)
        self.assertEqual((self.statuses(), self.row().drift), (["ACTIVE", "ACTIVE"], ""))
