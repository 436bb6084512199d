"""Reading costs from the sandbox: booked to the cent, moved by the difference, in the place of a report's entries."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from django.test import TestCase, tag

from alerts.models import Alert, AlertKind
from brands.services import change_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import remove_campaign
from delivery.connectors.registry import CONNECTORS
from delivery.models import Account, AccountState, Connector
from delivery.platforms.costs import CostsRead, read_costs, read_due_costs
from spending.imports.apply.apply import carry_out
from spending.imports.plan.planning import planning
from spending.imports.requests import Request
from spending.models import Spend
from spending.recording.services import change_spend
from spending.reports.figures import campaign_figures
from tests.sandbox import ACCOUNT, WithSandbox
from tests.support import ALICE, Agency

READER = Actor.task("read_costs")
HOUR = timedelta(hours=1)
EVERY = CONNECTORS[Connector.SANDBOX].read_every


@tag("both_databases", "processes")
class CostTests(WithSandbox, Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox.set_clock(self.now - 2 * HOUR)
        self.sandbox.put("1", "2", "unknown")
        self.other = self.make_campaign("Shoes")
        self.account = self.make_account(self.brand, costs_due_at=self.now, costs_read_at=self.now - HOUR)
        self.deliver(self.account, self.campaign, self.other)
        self.sandbox.set_clock(self.now)

    def read(self) -> CostsRead | None:
        self.account.refresh_from_db()
        return read_costs(self.account, now=self.now, by=READER)

    def booked(self) -> dict[str, Decimal]:
        rows = Spend.objects.select_related("campaign").order_by("spend_date")
        return {f"{row.campaign.external_id} {row.spend_date}": row.amount for row in rows}

    def test_what_they_cost_is_booked_to_the_cent(self) -> None:
        self.assertEqual(self.read(), CostsRead(2, 2))
        self.assertEqual(self.booked(), {"1 2026-03-11": Decimal("72.00"), "2 2026-03-11": Decimal("72.00")})
        self.assertEqual(set(Spend.objects.values_list("external_id", flat=True)), {"report:google:2026-03-11"})

    def test_read_again_nothing_changes_and_restated_moves_by_the_difference(self) -> None:
        self.read()
        self.assertEqual(self.read(), CostsRead(2, 0))
        self.sandbox.control("costs", **{ACCOUNT: {"1": {"2026-03-11": "10.005", "2026-03-10": "3.10"}}})
        self.assertEqual(self.read(), CostsRead(3, 2))
        self.assertEqual(self.booked()["1 2026-03-11"], Decimal("10.01"))
        campaigns = Campaign.objects.select_related("brand")
        figures = campaign_figures(campaigns, now=self.now)[self.campaign.pk]
        self.assertEqual((figures.daily_spend, figures.monthly_spend), (Decimal("10.01"), Decimal("13.11")))
        self.sandbox.control("costs", **{ACCOUNT: {"1": {"2026-03-11": "0"}}})
        self.assertEqual(self.read(), CostsRead(3, 1))
        self.assertNotIn("1 2026-03-11", self.booked())

    def test_an_entry_that_a_person_dated_otherwise_is_put_back(self) -> None:
        self.read()
        spend = Spend.objects.get(campaign=self.campaign)
        change_spend(spend_id=spend.pk, values={"spend_date": date(2026, 3, 10)}, now=self.now, by=ALICE)
        self.assertEqual(self.read(), CostsRead(2, 1))
        self.assertEqual(self.booked()["1 2026-03-11"], Decimal("72.00"))
        self.assertNotIn("1 2026-03-10", self.booked())

    def test_a_budget_that_is_used_up_by_it_pauses(self) -> None:
        self.read()
        self.assertEqual(set(Campaign.objects.values_list("status", flat=True)), {"PAUSED"})

    def test_campaigns_that_are_not_known_are_shown_and_not_created(self) -> None:
        self.read()
        self.account.refresh_from_db()
        self.assertEqual(self.account.not_booked, [["unknown", "There unknown", "72.00", "no campaign has this id"]])
        self.assertEqual(Campaign.objects.count(), 2)

    def test_an_archived_campaign_takes_nothing_new_and_does_not_keep_the_others(self) -> None:
        self.read()
        remove_campaign(campaign_id=self.other.pk, now=self.now, by=ALICE)
        self.now += 24 * HOUR
        self.sandbox.control(
            "costs",
            **{ACCOUNT: {"1": {"2026-03-12": "1.00"}, "2": {"2026-03-12": "5.00", "2026-03-11": "6.00"}}},
        )
        self.assertEqual(self.read(), CostsRead(4, 2))
        self.assertEqual(self.booked()["1 2026-03-12"], Decimal("1.00"))
        self.assertEqual(self.booked()["2 2026-03-11"], Decimal("6.00"))
        self.assertNotIn("2 2026-03-12", self.booked())
        self.account.refresh_from_db()
        self.assertEqual([row[0] for row in self.account.not_booked], ["unknown", "2"])

    def test_a_report_and_what_is_read_replace_each_other(self) -> None:
        self.read()
        with TemporaryDirectory() as folder:
            path = Path(folder, "report.csv")
            path.write_text("Campaign ID,Day,Cost,Currency\n1,2026-03-11,50.00,USD\n")
            with planning(Request(path, self.brand.pk, "google", force=True), now=self.now, by=ALICE) as plan:
                carry_out(plan, clock=lambda: self.now, by=ALICE)
        self.assertEqual(self.booked()["1 2026-03-11"], Decimal("50.00"))
        self.assertEqual(self.read(), CostsRead(2, 1))
        self.assertEqual(self.booked()["1 2026-03-11"], Decimal("72.00"))
        self.assertEqual(Spend.objects.count(), 2)

    def test_nothing_is_booked_for_a_brand_that_took_another_currency(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "EUR"}, now=self.now, by=ALICE)
        self.assertIsNone(self.read())
        self.account.refresh_from_db()
        self.assertEqual((self.account.state, Spend.objects.count()), (AccountState.STOPPED, 0))
        self.assertIn("spends USD, and “Acme” EUR", self.account.error)

    def test_days_are_those_of_the_accounts_zone(self) -> None:
        self.sandbox.put(timezone="Pacific/Auckland")  # 01:00 of the 12th there
        Account.objects.update(timezone="Pacific/Auckland")
        self.read()
        self.assertEqual(
            {day: str(amount) for day, amount in self.booked().items() if day[0] == "1"},
            {"1 2026-03-11": "36.00", "1 2026-03-12": "36.00"},
        )

    def test_the_last_thirty_days_are_read_once_a_night(self) -> None:
        self.sandbox.control("costs", **{ACCOUNT: {"1": {"2026-02-15": "4.00", "2026-02-01": "9.00"}}})
        self.read()
        self.assertNotIn("1 2026-02-15", self.booked())
        self.now = datetime(2026, 3, 12, 3, 59, tzinfo=UTC)
        self.read()
        self.assertNotIn("1 2026-02-15", self.booked())
        self.now = datetime(2026, 3, 12, 4, 1, tzinfo=UTC)
        self.read()
        self.assertEqual(self.booked()["1 2026-02-15"], Decimal("4.00"))
        self.assertNotIn("1 2026-02-01", self.booked())
        calls = self.sandbox.calls("costs")
        self.now += EVERY
        self.read()
        self.assertEqual(self.sandbox.calls("costs"), calls + 1)

    def test_an_account_whose_costs_alone_are_asked_for_is_told_of_too_when_it_does_not_answer(self) -> None:
        self.sandbox.fail("costs", "error")
        for told in (0, 0, 1, 1):
            self.assertIsNone(self.read())
            self.assertEqual(Alert.objects.open().filter(kind=AlertKind.CONNECTION_FAILED).count(), told)
            self.now += timedelta(minutes=30)
        self.sandbox.work()
        self.assertIsNotNone(self.read())
        self.assertFalse(Alert.objects.open().filter(kind=AlertKind.CONNECTION_FAILED).exists())

    def test_an_account_is_read_again_and_again_and_also_where_it_failed(self) -> None:
        def read() -> tuple[int, int]:
            counts = read_due_costs(now=self.now, by=READER)
            return counts["accounts"], counts["failed"]

        self.assertEqual((read(), read()), ((1, 0), (0, 0)))
        self.now += EVERY
        self.sandbox.fail("costs", "error", times=1)
        self.assertEqual((read(), read()), ((1, 1), (0, 0)))
        self.account.refresh_from_db()
        self.assertIn("could not be read", self.account.error)
        self.now += EVERY
        self.assertEqual(read(), (1, 0))
        self.account.refresh_from_db()
        self.assertEqual(self.account.error, "")
        self.now += EVERY
        self.sandbox.fail("costs", "dead_token")
        self.assertEqual(read(), (1, 1))
        self.account.refresh_from_db()
        self.assertEqual((self.account.state, self.account.costs_due_at), (AccountState.STOPPED, None))
