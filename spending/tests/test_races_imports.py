"""Imports at once with spends, bulk calls and each other: no cent is lost or counted twice, nobody meets a deadlock.

Rows are locked on PostgreSQL only, so this is proved there or not at all. Each test says what it fails without.
"""

import random
import tempfile
import threading
from collections import Counter
from concurrent.futures import Future
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

from brands.models import Brand
from budget_system.core.errors import Conflict
from campaigns.models import Campaign, Platform
from campaigns.services import CampaignValues, change_campaign, remove_campaign
from spending.enforcement.transactions import enforcing_brands
from spending.imports.apply.apply import carry_out
from spending.imports.plan.other_entries import entry_id
from spending.imports.plan.planning import planning
from spending.imports.requests import OtherEntries, Request
from spending.imports.undo.undo import undo
from spending.ledger.entries import BookingResult
from spending.models import Import, Spend
from spending.recording.services import record
from spending.tests.test_races_bulk import BOB, BulkRaceTestCase
from tests.runner import on_postgres
from tests.support import ALICE
from tests.threads import PATIENCE, deadlocks, what_waits

ROUNDS = 12
DAYS = 4
Costs = dict[tuple[Campaign, date], str]


class ImportRaceTestCase(BulkRaceTestCase):
    """Two campaigns of Acme on Microsoft Advertising, and files of some days of them."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.campaigns = [self.campaign, self.make_campaign("Winter sale")]
        for campaign in self.campaigns:
            self.put_on_platform(campaign)
        self.days = [self.now.date() - timedelta(days=number) for number in range(DAYS)]

    def put_on_platform(self, campaign: Campaign) -> None:
        values = CampaignValues(platform=Platform.MICROSOFT, external_id=campaign.name)
        change_campaign(campaign_id=campaign.pk, values=values, now=self.now, by=ALICE)

    def load(self, name: str, costs: Costs, brand: Brand | None = None) -> Import:
        """Import costs by campaign and day."""
        path = self.folder / f"{name}.csv"
        rows = [f"{campaign.name},{day},{cost}" for (campaign, day), cost in costs.items()]
        path.write_text("\n".join(["CampaignId,TimePeriod,Spend", *rows]))
        request = Request(
            path, (brand or self.brand).pk, Platform.MICROSOFT, other_entries=OtherEntries.ADD, force=True
        )
        with planning(request, now=self.now, by=ALICE) as plan:
            return carry_out(plan, clock=lambda: self.now, by=ALICE)

    def entry_id(self, day: date) -> str:
        return entry_id(Platform.MICROSOFT, day)

    def booked(self) -> dict[tuple[Campaign, date], str]:
        """Return what stands of the reports' days."""
        entries = Spend.objects.filter(external_id__startswith="report:").select_related("campaign")
        return {(entry.campaign, entry.spend_date): str(entry.amount) for entry in entries}

    def assertSound(self, *brands: Brand, deadlocks_before: int) -> None:  # noqa: N802  # unittest's way
        """See that no deadlock had to be broken, and that the totals are the ledger's."""
        self.assertEqual(deadlocks(), deadlocks_before)
        self.assertNoDrift()
        for brand in brands:
            today = Spend.objects.filter(campaign__brand=brand, spend_date=self.now.date())
            self.assertEqual(self.counter(brand), sum((entry.amount for entry in today), Decimal("0.00")))


@on_postgres
class ImportAgainstSinglesTests(ImportRaceTestCase):
    def test_the_same_days_are_booked_once_each_and_all_else_is_added(self) -> None:
        """Fails without the lock of the brand: both ways then create the same entry, or move totals by a stale sum."""
        before, start = deadlocks(), threading.Barrier(4, timeout=PATIENCE)
        created: list[int] = []

        def send_reports(seed: int) -> None:
            dice, met = random.Random(seed), 0
            for turn in range(ROUNDS):
                costs = {(c, day): f"0.{dice.randint(10, 99)}4" for c in self.campaigns for day in self.days}
                start.wait()
                met += self.load(f"{seed}-{turn}", costs).created
            created.append(met)

        def send_singly(seed: int) -> None:
            dice, met = random.Random(seed), 0
            for _ in range(ROUNDS):
                start.wait()
                for day in self.days:
                    campaign, amount = dice.choice(self.campaigns), Decimal(dice.randint(10, 99)).scaleb(-2)
                    booking = partial(record, campaign_id=campaign.pk, spend_date=day, now=self.now, by=ALICE)
                    met += booking(amount=amount, external_id=self.entry_id(day)).result == BookingResult.CREATED
                    booking(amount=Decimal("0.01"))
            created.append(met)

        sending = [self.threads.start(partial(send, seed)) for seed in (1, 2) for send in (send_reports, send_singly)]
        for each in sending:
            each.result()

        self.assertSound(self.brand, deadlocks_before=before)
        self.assertEqual(sum(created), len(self.campaigns) * DAYS)
        self.assertEqual(self.booked().keys(), {(c, day) for c in self.campaigns for day in self.days})
        self.assertEqual(Spend.objects.filter(external_id="", amount="0.01").count(), 2 * ROUNDS * DAYS)

    def test_a_day_that_was_booked_while_the_import_waited_is_restated(self) -> None:
        """Fails where entries are read before their brand is locked."""
        today = self.days[0]
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.threads.start(lambda: self.load("one", {(self.campaign, today): "5.00"}))
            self.assertIn("brands_brand", what_waits(waiting))
            self.spend("7.00", external_id=self.entry_id(today))

        self.assertEqual((waiting.result().created, waiting.result().replaced), (0, 1))
        self.assertEqual(self.counter(self.brand), Decimal("5.00"))
        self.assertNoDrift()

    def test_a_campaign_that_is_archived_meanwhile_takes_corrections_and_nothing_new(self) -> None:
        """Fails where campaigns are read before their brand is locked."""
        today, yesterday = self.days[:2]
        self.load("one", {(self.campaign, yesterday): "5.00"})
        waiting: list[Future[Import]] = []

        def meanwhile(_: Campaign) -> None:
            costs = {(self.campaign, today): "1.00", (self.campaign, yesterday): "6.00"}
            waiting.append(self.threads.start(partial(self.load, "two", costs)))
            what_waits(waiting[0])

        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=BOB, check=meanwhile)

        report = waiting[0].result()
        self.assertEqual((report.replaced, report.created, report.bad_lines), (1, 0, 1))
        self.assertIn("archived", report.first_bad_lines[0][2])
        self.assertEqual(self.ledger(self.brand), Decimal("6.00"))
        self.assertNoDrift()


@on_postgres
class ImportAgainstImportTests(ImportRaceTestCase):
    def test_of_overlapping_days_one_import_s_stand_whole_and_both_can_be_undone(self) -> None:
        """Fails without the lock of the brand: both then create the days that they share."""
        before, start = deadlocks(), threading.Barrier(4, timeout=PATIENCE)

        def send(number: int) -> None:
            for turn in range(ROUNDS):
                days = self.days[1:] if (turn + number) % 2 else self.days[:-1]
                costs = {(c, day): f"{number + 1}.{turn:02}" for c in self.campaigns for day in days}
                start.wait()
                self.load(f"{number}-{turn}", costs)
                start.wait()
                if not number:
                    stands = self.booked()
                    self.assertEqual(len({stands[c, day] for c in self.campaigns for day in self.days[1:-1]}), 1)
                start.wait()

        for sending in [self.threads.start(partial(send, number)) for number in range(4)]:
            sending.result()

        self.assertSound(self.brand, deadlocks_before=before)
        self.assertEqual(sum(Import.objects.values_list("created", flat=True)), len(self.campaigns) * DAYS)
        written = {report: max(report.imported_days.values_list("pk", flat=True)) for report in Import.objects.all()}
        for report in sorted(written, key=lambda report: written[report], reverse=True):
            undo(import_id=report.pk, clock=lambda: self.now, by=ALICE)
        self.assertFalse(Spend.objects.exists())
        self.assertNoDrift()

    def test_an_undoing_that_waited_meets_the_later_import(self) -> None:
        """Fails where it is asked only before the brand is locked whether a later import was there."""
        first = self.load("one", {(self.campaign, self.days[0]): "5.00"})
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.threads.start(lambda: undo(import_id=first.pk, clock=lambda: self.now, by=ALICE))
            self.assertIn("brands_brand", what_waits(waiting))
            self.load("two", {(self.campaign, self.days[0]): "8.00"})

        with self.assertRaisesMessage(Conflict, "A later import has changed “Spring sale”"):
            waiting.result()
        self.assertEqual(self.counter(self.brand), Decimal("8.00"))
        self.assertNoDrift()


@on_postgres
class ImportAgainstBulkTests(ImportRaceTestCase):
    def test_bulk_calls_of_two_brands_in_opposite_order_and_imports_of_both(self) -> None:
        """Fails where brands are locked in the order sent, or not at all."""
        globex = self.make_brand("Globex", daily="9.00")
        there = self.make_campaign("There", globex)
        self.put_on_platform(there)
        brands = {self.brand: self.campaigns, globex: [there]}
        campaigns = [*self.campaigns, there]
        before, start = deadlocks(), threading.Barrier(4, timeout=PATIENCE)
        made: list[Counter[BookingResult]] = []

        def send_reports(seed: int, brand: Brand) -> None:
            dice, met = random.Random(seed), Counter[BookingResult]()
            for turn in range(ROUNDS):
                costs = {(c, day): f"0.{dice.randint(0, 99):02}" for c in brands[brand] for day in self.days}
                start.wait()
                report = self.load(f"{seed}-{turn}", costs, brand)
                met += Counter({BookingResult.CREATED: report.created, BookingResult.VOIDED: report.voided})
            made.append(met)

        def send_rows(seed: int, order: list[Campaign]) -> None:
            dice, met = random.Random(seed), Counter[BookingResult]()
            for _ in range(ROUNDS):
                rows = [self.row(campaign, "0.01") for campaign in order]
                for campaign in order:
                    day = dice.choice(self.days)
                    restated = self.row(campaign, f"0.{dice.randint(10, 99)}", self.entry_id(day))
                    rows.append({**restated, "spend_date": day})
                start.wait()
                met.update(one.result for one in self.bulk(*rows))
            made.append(met - Counter({BookingResult.CREATED: ROUNDS * len(order)}))

        sending = [self.threads.start(partial(send_reports, seed, brand)) for seed, brand in enumerate(brands)]
        sending += [self.threads.start(partial(send_rows, 7, campaigns))]
        sending += [self.threads.start(partial(send_rows, 8, campaigns[::-1]))]
        for each in sending:
            each.result()

        self.assertSound(self.brand, globex, deadlocks_before=before)
        self.assertEqual(Spend.objects.filter(external_id="").count(), 2 * ROUNDS * len(campaigns))
        counts = sum(made, Counter())
        self.assertEqual(counts[BookingResult.CREATED] - counts[BookingResult.VOIDED], len(self.booked()))
