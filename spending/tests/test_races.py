"""Two at once: who holds a brand's lock is waited for, and what moved meanwhile is read again.

Rows are locked on PostgreSQL only, so races are proved there or not at all. Each of these tests fails when the lock it
is about is taken out: the waiter then goes through, on what it read before.
"""

import random
import threading
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from unittest.mock import patch
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import TransactionTestCase
from rest_framework.test import APIClient

from brands.models import Brand, Change
from brands.services import change_brand, create_brand, hold_brand
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, NotFound
from campaigns.models import Campaign, StatusEvent
from campaigns.services import CampaignValues, change_campaign, remove_campaign
from campaigns.status import decide
from spending.enforcement.audit import check_totals
from spending.enforcement.sweeps import enforce_dayparting, tick
from spending.enforcement.transactions import enforcing_brands, enforcing_campaigns
from spending.ledger.counting import Entry
from spending.ledger.entries import Recorded
from spending.models import BrandTotal, CampaignTotal, Period, Spend
from spending.recording.services import change_spend, record
from tests.runner import on_postgres
from tests.support import ALICE, NOON, Agency
from tests.threads import Threads, deadlocks, threads, what_waits

BOB = Actor.task("bob")


class RaceTestCase(Agency, TransactionTestCase):
    """“Acme” and its campaign, committed, so that every connection sees them."""

    def setUp(self) -> None:
        super().setUp()
        running = threads()
        self.threads: Threads = running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)

    def start_spend(self, campaign: Campaign, amount: str = "10.00") -> "Future[Recorded]":
        return self.threads.start(
            lambda: record(campaign_id=campaign.pk, amount=Decimal(amount), now=self.now, by=ALICE)
        )

    def counter(self, brand: Brand) -> Decimal:
        totals = BrandTotal.objects.filter(brand=brand, period=Period.DAY, start=self.now.date())
        return sum((total.amount - total.cleared for total in totals), Decimal("0.00"))

    def assertNoDrift(self) -> None:  # noqa: N802  # unittest's way
        self.assertEqual([str(drift) for drift in check_totals(now=self.now, by=BOB)[0]], [])


@on_postgres
class WaitingSpendTests(RaceTestCase):
    """A spend waits for its brand while something becomes of its campaign."""

    def test_a_campaign_that_is_deleted_meanwhile_is_named(self) -> None:
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.start_spend(self.campaign)
            what_waits(waiting)
            Campaign.objects.filter(pk=self.campaign.pk).delete()

        with self.assertRaisesMessage(ValidationError, f"No campaign has the id “{self.campaign.pk}”."):
            waiting.result()
        self.assertEqual(CampaignTotal.objects.count() + Spend.objects.count(), 0)

    def test_a_campaign_that_is_archived_meanwhile_takes_no_new_entry(self) -> None:
        self.spend("1.00")
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.start_spend(self.campaign)
            what_waits(waiting)
            Campaign.objects.filter(pk=self.campaign.pk).update(archived_at=self.now)

        with self.assertRaisesMessage(ValidationError, "“Spring sale” is archived"):
            waiting.result()
        self.assertEqual(self.counter(self.brand), Decimal("1.00"))

    def test_a_spend_that_is_held_up_by_the_service_that_removes_its_campaign(self) -> None:
        waiting: list[Future[Recorded]] = []

        def meanwhile(_: Campaign) -> None:
            waiting.append(self.start_spend(self.campaign))
            what_waits(waiting[0])

        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=BOB, check=meanwhile)

        with self.assertRaises(ValidationError):
            waiting[0].result()
        self.assertFalse(Campaign.everything.exists())

    def test_a_campaign_that_moved_meanwhile_is_booked_where_it_is_now(self) -> None:
        globex = self.make_brand("Globex", daily="10.00")
        waiting: list[Future[Recorded]] = []

        def meanwhile(_: Campaign) -> None:
            waiting.append(self.start_spend(self.campaign))
            what_waits(waiting[0])

        change_campaign(
            campaign_id=self.campaign.pk, values={"brand_id": globex.pk}, now=self.now, by=BOB, check=meanwhile
        )

        waiting[0].result()
        self.assertEqual((self.counter(self.brand), self.counter(globex)), (Decimal("0.00"), Decimal("10.00")))
        self.assertEqual(Campaign.objects.get().status, "PAUSED")
        self.assertNoDrift()

    def test_a_spend_whose_entry_moved_meanwhile_is_corrected_where_it_is_now(self) -> None:
        there = self.make_campaign("There", self.make_brand("Globex"))
        spend = self.spend("10.00")
        with enforcing_brands(self.brand.pk, there.brand_id, now=self.now, by=BOB):
            waiting = self.threads.start(
                lambda: change_spend(spend_id=spend.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
            )
            what_waits(waiting)
            Spend.objects.filter(pk=spend.pk).update(campaign=there)
            CampaignTotal.objects.update(campaign=there)
            BrandTotal.objects.update(brand=there.brand)

        waiting.result()
        self.assertEqual(self.counter(there.brand), Decimal("7.00"))
        self.assertNoDrift()

    def test_a_campaign_to_move_to_that_is_deleted_meanwhile_is_named(self) -> None:
        spend, there = self.spend("10.00"), self.make_campaign("There", self.make_brand("Globex"))
        with enforcing_brands(self.brand.pk, there.brand_id, now=self.now, by=BOB):
            waiting = self.threads.start(
                lambda: change_spend(spend_id=spend.pk, values={"campaign_id": there.pk}, now=self.now, by=ALICE)
            )
            what_waits(waiting)
            Campaign.objects.filter(pk=there.pk).delete()

        with self.assertRaises(ValidationError) as caught:
            waiting.result()
        self.assertIn("campaign", caught.exception.message_dict)
        self.assertEqual(self.counter(self.brand), Decimal("10.00"))

    def test_a_spend_whose_entry_is_deleted_meanwhile_is_named(self) -> None:
        spend = self.spend("10.00")
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.threads.start(
                lambda: change_spend(spend_id=spend.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
            )
            what_waits(waiting)
            Spend.objects.all().delete()

        with self.assertRaises(NotFound):
            waiting.result()

    def test_a_budget_raised_while_a_spend_waits_is_the_one_it_meets(self) -> None:
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.start_spend(self.campaign, "150.00")
            what_waits(waiting)
            Brand.objects.update(daily_budget=Decimal("150.01"))

        waiting.result()
        self.assertRuns()


@on_postgres
class TwoAtOnceTests(RaceTestCase):
    def test_moves_in_opposite_directions_lose_no_cent_and_know_no_deadlock(self) -> None:
        there = self.make_campaign("There", self.make_brand("Globex"))
        ends = [self.campaign.pk, there.pk]
        spends = [self.spend("1.00", external_id=str(number)).pk for number in range(6)]
        before = deadlocks()

        def move_about(seed: int) -> None:
            dice = random.Random(seed)
            start.wait()
            for turn in range(60):
                target: UUID = ends[(seed + turn) % 2]
                with suppress(Conflict):  # an entry that others move each time; nothing was changed
                    change_spend(spend_id=dice.choice(spends), values={"campaign_id": target}, now=self.now, by=ALICE)

        start = threading.Barrier(4)
        for moving in [self.threads.start(partial(move_about, seed)) for seed in range(4)]:
            moving.result()

        self.assertNoDrift()
        self.assertEqual(self.counter(self.brand) + self.counter(there.brand), Decimal("6.00"))
        self.assertEqual(deadlocks(), before)

    def test_campaigns_and_spends_that_move_between_the_same_brands_know_no_deadlock(self) -> None:
        globex = self.make_brand("Globex")
        brands = [self.brand.pk, globex.pk]
        movers = [self.make_campaign(f"Mover {number}") for number in range(2)]
        there = self.make_campaign("There", globex)
        spends = [self.spend("1.00").pk for _ in range(2)]
        before = deadlocks()

        def move_campaign(number: int) -> None:
            start.wait()
            for turn in range(60):
                values: CampaignValues = {"brand_id": brands[(number + turn) % 2]}
                change_campaign(campaign_id=movers[number].pk, values=values, now=self.now, by=ALICE)

        def move_spend(number: int) -> None:
            start.wait()
            for turn in range(60):
                target = (self.campaign.pk, there.pk)[(number + turn) % 2]
                change_spend(spend_id=spends[number], values={"campaign_id": target}, now=self.now, by=ALICE)

        start = threading.Barrier(4)
        moves = [partial(move, number) for move in (move_campaign, move_spend) for number in range(2)]
        for moving in [self.threads.start(move) for move in moves]:
            moving.result()

        self.assertNoDrift()
        self.assertEqual(deadlocks(), before)

    def test_of_two_restatements_at_once_the_second_sees_the_first(self) -> None:
        first = self.spend("10.00", external_id="line-1")
        with enforcing_campaigns(self.campaign.pk, now=self.now, by=BOB) as gate:
            waiting = self.threads.start(
                lambda: record(
                    campaign_id=self.campaign.pk, amount=Decimal("5.00"), external_id="line-1", now=self.now, by=ALICE
                )
            )
            what_waits(waiting)
            entry = Entry(self.campaign.pk, first.amount, first.spend_date, first.spend_type)
            gate.book(gate.campaigns[self.campaign.pk], before=entry, after=replace(entry, amount=Decimal("20.00")))
            Spend.objects.filter(pk=first.pk).update(amount=Decimal("20.00"))

        waiting.result()
        self.assertEqual(self.counter(self.brand), Decimal("5.00"))
        self.assertNoDrift()

    def test_of_two_holds_at_once_one_is_an_order(self) -> None:
        waiting: list[Future[Brand]] = []

        def meanwhile(_: Brand) -> None:
            waiting.append(self.threads.start(lambda: hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)))
            what_waits(waiting[0])

        hold_brand(brand_id=self.brand.pk, now=self.now, by=BOB, check=meanwhile)
        waiting[0].result()

        self.assertEqual(StatusEvent.objects.filter(order="HOLD", campaign=None).count(), 1)
        self.assertEqual(Change.objects.filter(kind="brand", action="CHANGED").count(), 1)

    def test_of_two_brands_of_one_name_at_once_one_comes_to_be(self) -> None:
        with transaction.atomic():
            create_brand(values={"name": "Initech", "daily_budget": None, "monthly_budget": None}, now=NOON, by=BOB)
            by_service = self.threads.start(
                lambda: create_brand(
                    values={"name": "INITECH", "daily_budget": None, "monthly_budget": None}, now=NOON, by=ALICE
                )
            )
            what_waits(by_service)

        self.assertIsInstance(by_service.exception(), IntegrityError)
        self.assertEqual(Brand.objects.filter(name_key="initech").count(), 1)

    def test_the_api_answers_the_other_of_two_brands_of_one_name_with_a_conflict(self) -> None:
        with transaction.atomic():
            create_brand(values={"name": "Initech", "daily_budget": None, "monthly_budget": None}, now=NOON, by=BOB)
            body = {"name": "initech", "daily_budget": None, "monthly_budget": None}
            by_api = self.threads.start(lambda: APIClient().post("/api/brands/", body, format="json"))
            what_waits(by_api)

        self.assertEqual(by_api.result().status_code, 409)


@on_postgres
class SweepRaceTests(RaceTestCase):
    def opens_at_one(self, campaign: Campaign) -> None:
        self.window(13, 14, campaign=campaign)

    def test_two_sweeps_at_once_write_each_event_once(self) -> None:
        campaigns = [self.campaign, *(self.make_campaign(f"Campaign {number}") for number in range(20))]
        for campaign in campaigns:
            self.opens_at_one(campaign)
        StatusEvent.objects.all().delete()
        self.now += timedelta(hours=1)

        with enforcing_brands(self.brand.pk, now=self.now, by=BOB) as gate:
            gate.touch_all(gate.brand(self.brand.pk))
            sweeping = self.threads.start(lambda: enforce_dayparting(now=self.now, by=BOB))
            self.assertIn("brands_brand", what_waits(sweeping))

        self.assertEqual(sweeping.result().activated, 0)
        self.assertEqual(StatusEvent.objects.count(), len(campaigns))
        self.assertFalse(Campaign.objects.exclude(status="ACTIVE").exists())

    def test_many_ticks_at_once_write_each_event_once(self) -> None:
        for brand in [self.brand, *(self.make_brand(f"Brand {number}") for number in range(5))]:
            for number in range(10):
                self.opens_at_one(self.make_campaign(f"Campaign {number}", brand))
        StatusEvent.objects.all().delete()
        self.now += timedelta(hours=1)
        start = threading.Barrier(4)

        def tick_at_once() -> int:
            start.wait()
            return tick(now=self.now, by=BOB).activated

        with patch("spending.enforcement.decisions.decide", wraps=decide) as decided:
            woken = [work.result() for work in [self.threads.start(tick_at_once) for _ in range(4)]]

        self.assertEqual(sum(woken), 60)
        self.assertEqual(decided.call_count, 60)  # none in vain: who came second found nothing to do
        self.assertEqual(StatusEvent.objects.count(), 60)

    def test_a_brand_that_is_held_delays_no_other_and_is_taken_at_the_end(self) -> None:
        others = [self.make_campaign("Ours", self.make_brand(f"Brand {number}")) for number in range(3)]
        for campaign in (self.campaign, *others):
            self.opens_at_one(campaign)
        self.now += timedelta(hours=1)

        with enforcing_brands(self.brand.pk, now=self.now - timedelta(minutes=1), by=BOB):
            ticking = self.threads.start(lambda: tick(now=self.now, by=BOB))
            self.assertIn("brands_brand", what_waits(ticking))
            for campaign in others:  # done, and committed, while the tick still waits for the first
                self.assertRuns(campaign)
            self.assertEqual(Campaign.objects.get(pk=self.campaign.pk).status, "PAUSED")

        counts = ticking.result()
        self.assertRuns()
        self.assertEqual((counts.activated, counts.errors), (4, 0))

    def test_a_change_that_waited_over_the_opening_of_a_window_strands_nothing(self) -> None:
        self.opens_at_one(self.campaign)
        with enforcing_campaigns(self.campaign.pk, now=self.now + timedelta(minutes=61), by=BOB):
            waiting = self.threads.start(
                lambda: change_brand(  # its `now` is from before the opening that is decided while it waits
                    brand_id=self.brand.pk,
                    values={"daily_budget": Decimal("200.00")},
                    now=self.now + timedelta(minutes=59),
                    by=ALICE,
                )
            )
            what_waits(waiting)
        waiting.result()

        tick(now=self.now + timedelta(minutes=62), by=BOB)

        self.assertRuns()
