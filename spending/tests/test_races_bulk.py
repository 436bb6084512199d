"""Bulk calls at once with others: no cent is lost or counted twice, and nobody meets a deadlock.

Rows are locked on PostgreSQL only, so this is proved there or not at all. Each test says what it fails without.
"""

import random
import threading
from collections import Counter
from decimal import Decimal
from functools import partial

from django.test import Client

from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from campaigns.services import remove_campaign
from spending.enforcement.transactions import enforcing_brands, enforcing_campaigns
from spending.ledger.entries import BookingResult, RecordedRow, SpendValues
from spending.models import Spend
from spending.recording.bulk import RowsRefused, record_many
from spending.recording.services import record
from spending.tests.test_races import RaceTestCase
from tests.runner import on_postgres
from tests.support import ALICE
from tests.threads import PATIENCE, deadlocks, what_waits

BOB = Actor.task("bob")
ROUNDS = 40


class BulkRaceTestCase(RaceTestCase):
    def bulk(self, *rows: SpendValues) -> list[RecordedRow]:
        return record_many(rows=rows, now=self.now, by=ALICE)

    def row(self, campaign: Campaign, amount: str, external_id: str = "") -> SpendValues:
        return {"campaign_id": campaign.pk, "amount": Decimal(amount), "external_id": external_id}

    def ledger(self, *brands: Brand) -> Decimal:
        spends = Spend.objects.filter(campaign__brand__in=brands).values_list("amount", flat=True)
        return sum(spends, Decimal("0.00"))


@on_postgres
class BulkAgainstBulkTests(BulkRaceTestCase):
    def test_brands_in_opposite_order_know_no_deadlock_and_lose_no_cent(self) -> None:
        """Fails where brands are locked in the order sent, or not at all."""
        brands = [self.brand, *(self.make_brand(f"Brand {number}", "9.00", None) for number in range(3))]
        campaigns = [self.campaign, *(self.make_campaign("Ours", brand) for brand in brands[1:])]
        before, start = deadlocks(), threading.Barrier(4, timeout=PATIENCE)

        def send(number: int) -> None:
            dice = random.Random(number)
            order = campaigns if number % 2 else campaigns[::-1]
            for turn in range(ROUNDS):
                rows = [self.row(campaign, "0.01") for campaign in order]
                restated = [self.row(campaign, f"0.{dice.randint(10, 99)}", f"{turn % 3}") for campaign in order]
                start.wait()
                self.bulk(*rows, *restated)

        for sending in [self.threads.start(partial(send, number)) for number in range(4)]:
            sending.result()

        self.assertEqual(deadlocks(), before)
        self.assertNoDrift()
        self.assertEqual(Spend.objects.filter(external_id="").count(), 4 * ROUNDS * len(campaigns))
        self.assertEqual(Spend.objects.exclude(external_id="").count(), 3 * len(campaigns))
        for brand in brands:
            self.assertEqual(self.counter(brand), self.ledger(brand))

    def test_of_two_restatements_the_second_meets_what_the_first_has_left(self) -> None:
        """Fails where entries are read before their brand is locked."""
        self.spend("10.00", external_id="line-1")
        with enforcing_campaigns(self.campaign.pk, now=self.now, by=BOB):
            waiting = self.threads.start(
                lambda: self.bulk(self.row(self.campaign, "5.00", "line-1"), self.row(self.campaign, "1.00", "line-2"))
            )
            self.assertIn("brands_brand", what_waits(waiting))
            self.bulk(self.row(self.campaign, "0.00", "line-1"), self.row(self.campaign, "2.00", "line-2"))

        self.assertEqual([one.result for one in waiting.result()], [BookingResult.CREATED, BookingResult.REPLACED])
        self.assertEqual(self.counter(self.brand), Decimal("6.00"))
        self.assertNoDrift()


@on_postgres
class BulkAgainstSinglesTests(BulkRaceTestCase):
    def test_the_same_external_ids_are_booked_once_each(self) -> None:
        """Fails without the lock of the brand: both ways then create the same entry."""
        other = self.make_campaign("There", self.make_brand("Globex"))
        campaigns = [self.campaign, other]
        before, start = deadlocks(), threading.Barrier(4, timeout=PATIENCE)
        results: list[Counter[BookingResult]] = []

        def send_at_once(seed: int) -> None:
            dice, met = random.Random(seed), Counter[BookingResult]()
            for turn in range(ROUNDS):
                names = [f"{turn}-{number}" for number in range(5)]
                dice.shuffle(names)
                start.wait()
                rows = [self.row(dice.choice(campaigns), f"{dice.randint(1, 9)}.00", name) for name in names]
                met.update(one.result for one in self.bulk(*rows))
            results.append(met)

        def send_singly(seed: int) -> None:
            dice, met = random.Random(seed), Counter[BookingResult]()
            for turn in range(ROUNDS):
                names = [f"{turn}-{number}" for number in range(5)]
                dice.shuffle(names)
                start.wait()
                for name in names:
                    one = record(
                        **self.row(dice.choice(campaigns), f"{dice.randint(1, 9)}.00", name), now=self.now, by=ALICE
                    )
                    met[one.result] += 1
            results.append(met)

        sending = [self.threads.start(partial(send, seed)) for seed in (1, 2) for send in (send_at_once, send_singly)]
        for each in sending:
            each.result()

        self.assertEqual(deadlocks(), before)
        self.assertNoDrift()
        self.assertEqual(sum(results, Counter())[BookingResult.CREATED], Spend.objects.count())
        self.assertEqual(sum(results, Counter()).total(), 4 * ROUNDS * 5)
        for brand in (self.brand, other.brand):
            self.assertEqual(self.counter(brand), self.ledger(brand))


@on_postgres
class BulkThatWaitsTests(BulkRaceTestCase):
    """A bulk call waits for its brand while something becomes of a campaign."""

    def test_a_campaign_that_is_archived_meanwhile_takes_corrections_and_nothing_new(self) -> None:
        """Fails where campaigns are read before their brand is locked."""
        there = self.make_campaign("There", self.make_brand("Globex"))
        self.spend("10.00", external_id="line-1")
        waiting = []

        def meanwhile(_: Campaign) -> None:
            for name in ("line-2", "line-1"):  # the first is sure to wait: a look at who waits tells of one
                rows = [self.row(there, "1.00"), self.row(self.campaign, "4.00", name)]
                waiting.append(self.threads.start(partial(self.bulk, *rows)))
                what_waits(waiting[-1])

        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=BOB, check=meanwhile)

        with self.assertRaises(RowsRefused) as refused:
            waiting[0].result()
        self.assertEqual([one.result for one in waiting[1].result()], [BookingResult.CREATED, BookingResult.REPLACED])
        self.assertEqual(list(refused.exception.errors), [1])
        self.assertIn("archived", refused.exception.errors[1]["campaign"][0])
        self.assertEqual(self.ledger(self.brand, there.brand), Decimal("5.00"))
        self.assertNoDrift()

    def test_a_campaign_that_is_removed_meanwhile_is_named_by_its_rows(self) -> None:
        """Fails where a row that is gone is answered as if the address were (404)."""
        there = self.make_campaign("There", self.make_brand("Globex"))
        for others in ([], [self.row(there, "1.00")]):
            campaign = self.make_campaign("Short-lived")
            rows = [*others, self.row(campaign, "1.00"), self.row(campaign, "2.00")]
            body = [{"campaign": str(row["campaign_id"]), "amount": str(row["amount"])} for row in rows]
            with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
                post = partial(Client().post, "/api/spends/bulk/", body, content_type="application/json")
                waiting = self.threads.start(post)
                what_waits(waiting)
                Campaign.objects.filter(pk=campaign.pk).delete()

            answer = waiting.result()
            self.assertEqual(answer.status_code, 400, answer.content)
            self.assertEqual(list(answer.json()), [str(len(others)), str(len(others) + 1)])
        self.assertFalse(Spend.objects.exists())

    def test_a_campaign_that_moved_meanwhile_is_booked_where_it_is_now(self) -> None:
        """Fails where the brands locked are those of before the wait."""
        globex = self.make_brand("Globex", daily="3.00")
        there = self.make_campaign("There", globex)
        with enforcing_brands(self.brand.pk, globex.pk, now=self.now, by=BOB):
            waiting = self.threads.start(lambda: self.bulk(self.row(self.campaign, "2.00"), self.row(there, "1.00")))
            what_waits(waiting)
            Campaign.objects.filter(pk=self.campaign.pk).update(brand=globex)

        waiting.result()
        self.assertEqual((self.counter(self.brand), self.counter(globex)), (Decimal("0.00"), Decimal("3.00")))
        self.assertEqual(set(Campaign.objects.values_list("status", flat=True)), {"PAUSED"})
        self.assertNoDrift()
