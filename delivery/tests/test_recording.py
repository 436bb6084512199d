"""What was seen at a platform: when a campaign is settled, when it drifts, and when a person has to decide."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.test import SimpleTestCase, TestCase, TransactionTestCase, tag

from alerts.models import Alert, AlertKind
from brands.models import Brand
from campaigns.models import Campaign
from campaigns.services import CampaignValues, activate_campaign, change_campaign, pause_campaign
from delivery.models import Account, Delivery, Drift, Message, Observed
from delivery.recording import CALM, REPETITION, Observation, Recorded, record_observation, record_observations
from tests.runner import on_postgres
from tests.support import ALICE, NOON, Agency
from tests.threads import deadlocks, threads

ACTIVE, PAUSED, NOT_FOUND = Observed.ACTIVE, Observed.PAUSED, Observed.NOT_FOUND
HOUR = timedelta(hours=1)


def delivery_of(status: str = "PAUSED", generation: int = 2) -> Delivery:
    campaign = Campaign(brand=Brand(name="Acme"), name="Shoes", status=status, generation=generation)
    return Delivery(campaign=campaign)


class Looked:
    """A delivery that is looked at, or acknowledged, hour after hour."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery, self.now = delivery, NOON

    def at(self, observed: Observed, was: str = "", *, applied: bool = False, later: timedelta = HOUR) -> Recorded:
        self.now += later
        generation = self.delivery.campaign.generation
        return record_observation(self.delivery, observed, generation, was, self.now, applied=applied)

    @property
    def drift(self) -> tuple[str, int, bool]:
        row = self.delivery
        return row.drift, row.reapplied, row.contested_at is not None


class RuleTests(SimpleTestCase):
    def test_an_older_generation_settles_no_newer_one(self) -> None:
        row = delivery_of(generation=4)
        self.assertEqual(record_observation(row, PAUSED, 2, "", NOON), Recorded.STORED)
        self.assertEqual((row.observed, row.observed_generation, row.is_settled), ("PAUSED", 2, False))
        self.assertEqual(record_observation(row, PAUSED, 4, "", NOON), Recorded.STORED)
        self.assertTrue(row.is_settled)
        self.assertEqual(record_observation(row, ACTIVE, 3, "", NOON), Recorded.STALE)
        self.assertTrue(row.is_settled)

    def test_a_generation_that_is_still_to_come_is_refused(self) -> None:
        row = delivery_of(generation=4)
        self.assertEqual(record_observation(row, PAUSED, 5, "", NOON), Recorded.AHEAD)
        self.assertEqual(row.observed, "")

    def test_an_acknowledgement_sent_twice_changes_nothing(self) -> None:
        looked = Looked(delivery_of())
        self.assertEqual(looked.at(PAUSED, "ACTIVE"), Recorded.STORED)
        before = vars(looked.delivery).copy()
        self.assertEqual(looked.at(PAUSED, "ACTIVE", later=REPETITION / 2), Recorded.REPEATED)
        self.assertEqual(looked.at(PAUSED, "PAUSED"), Recorded.REPEATED)
        self.assertEqual(looked.at(PAUSED), Recorded.REPEATED)
        self.assertEqual(vars(looked.delivery), before)

    def test_what_somebody_changed_is_set_again_twice_then_a_person_decides(self) -> None:
        looked = Looked(delivery_of())
        looked.at(PAUSED, applied=True)
        for count in (1, 2):
            looked.at(ACTIVE)
            self.assertEqual(looked.drift, (Drift.CHANGED, count, False))
            looked.at(ACTIVE)  # seen again, it is the same change
            looked.at(PAUSED, applied=True)
            self.assertEqual(looked.drift, ("", count, False))
        looked.at(ACTIVE)
        self.assertEqual(looked.drift, (Drift.CHANGED, 2, True))

    def test_a_script_that_has_set_it_again_already_does_so_twice(self) -> None:
        looked = Looked(delivery_of())
        looked.at(PAUSED, "ACTIVE")
        self.assertEqual(looked.drift, ("", 0, False))
        looked.at(PAUSED, "ACTIVE")
        self.assertEqual(looked.drift, (Drift.CHANGED, 1, False))
        self.assertEqual(looked.at(PAUSED, "ACTIVE", later=REPETITION / 2), Recorded.REPEATED)
        looked.at(PAUSED, "ACTIVE")
        self.assertEqual(looked.drift, (Drift.CHANGED, 2, True))

    def test_a_script_that_finds_it_as_it_left_it_ends_the_drift(self) -> None:
        looked = Looked(delivery_of())
        looked.at(PAUSED, "ACTIVE")
        looked.at(PAUSED, "ACTIVE")
        looked.at(PAUSED, "PAUSED")
        self.assertEqual(looked.drift, ("", 1, False))

    def test_after_a_calm_day_or_a_new_generation_the_count_begins_anew(self) -> None:
        looked = Looked(delivery_of())
        for _ in range(2):
            looked.at(PAUSED, applied=True)
            looked.at(ACTIVE)
        looked.at(PAUSED, applied=True)
        looked.at(ACTIVE, later=CALM + HOUR)
        self.assertEqual(looked.drift, (Drift.CHANGED, 1, False))
        looked.at(PAUSED, applied=True)
        looked.delivery.campaign.status, looked.delivery.campaign.generation = "ACTIVE", 3
        looked.at(ACTIVE, applied=True)
        self.assertEqual(looked.drift, ("", 0, False))

    def test_a_change_to_what_is_wanted_is_none(self) -> None:
        looked = Looked(delivery_of())
        looked.at(ACTIVE)
        looked.at(PAUSED, "PAUSED")
        self.assertEqual((looked.drift, looked.delivery.is_settled), (("", 0, False), True))

    def test_what_is_gone_is_missing_until_it_is_seen_again(self) -> None:
        looked = Looked(delivery_of())
        looked.at(NOT_FOUND)
        self.assertEqual(looked.drift, (Drift.MISSING, 0, False))
        self.assertFalse(looked.delivery.is_settled)
        looked.at(ACTIVE)
        self.assertEqual(looked.drift, ("", 0, False))


class ModelTests(SimpleTestCase):
    def test_a_thousand_interleavings_of_changes_and_acknowledgements(self) -> None:
        random = Random(20260311)
        settled = 0
        for _ in range(1_000):
            row = delivery_of("ACTIVE", 1)
            on_their_way: list[tuple[int, Observed]] = []
            newest, seen = 0, ""
            now = NOON
            for _ in range(30):
                now += timedelta(seconds=random.randrange(900))
                campaign = row.campaign
                step = random.random()
                if step < 0.3:
                    campaign.status = "ACTIVE" if campaign.status == "PAUSED" else "PAUSED"
                    campaign.generation += 1
                elif step < 0.6:
                    obeyed = Observed(campaign.status)
                    sent = random.choice((obeyed, obeyed, obeyed, ACTIVE, PAUSED, NOT_FOUND))
                    on_their_way.append((campaign.generation, sent))
                elif on_their_way:
                    at = random.randrange(len(on_their_way))
                    generation, observed = on_their_way[at] if random.random() < 0.2 else on_their_way.pop(at)
                    was = random.choice(("", "ACTIVE", "PAUSED"))
                    record_observation(row, observed, generation, was, now, applied=random.random() < 0.3)
                    if generation >= newest:
                        newest, seen = generation, observed
                expected = newest == campaign.generation and seen == campaign.status
                self.assertEqual(row.is_settled, expected)
                self.assertEqual((row.observed, row.observed_generation), (seen, newest))
                self.assertLessEqual(row.reapplied, 2)
                self.assertEqual(bool(row.drift), row.drift_since is not None)
                settled += row.is_settled
        self.assertGreater(settled, 1_000)


@tag("both_databases")
class RecordTests(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        account = Account.objects.create(brand=self.brand, platform="google", external_id="1")
        self.campaigns = [self.campaign, *(self.make_campaign(f"Campaign {number}") for number in range(3))]
        for number, campaign in enumerate(self.campaigns):
            Campaign.objects.filter(pk=campaign.pk).update(
                platform="google", external_id=str(number), delivery_enabled=True
            )
            Delivery.objects.create(campaign=campaign, account=account)

    def record(self, observed: Observed, *, generation: int = 1, now: datetime = NOON) -> list[Recorded]:
        seen = Observation(observed, generation)
        return list(record_observations({one.pk: seen for one in self.campaigns}, now=now).values())

    def drifts(self) -> list[str]:
        rows = Alert.objects.filter(kind=AlertKind.DELIVERY_DRIFTED)
        return sorted(str(row.state) for row in rows)

    def test_what_is_settled_is_what_the_queryset_says(self) -> None:
        self.assertEqual(self.record(ACTIVE), [Recorded.STORED] * 4)
        self.assertEqual(Delivery.objects.settled().count(), 4)
        pause_campaign(campaign_id=self.campaign.pk, now=NOON, by=ALICE)
        self.assertEqual(Delivery.objects.unsettled().get().campaign, self.campaign)
        activate_campaign(campaign_id=self.campaign.pk, now=NOON, by=ALICE)
        self.record(ACTIVE)
        self.assertEqual(Delivery.objects.unsettled().get().campaign, self.campaign)

    def test_drift_is_told_once_in_one_message_and_resolved(self) -> None:
        self.record(ACTIVE)
        self.record(PAUSED)
        self.record(PAUSED)
        self.assertEqual(self.drifts(), ["open"] * 4)
        self.assertEqual(Message.objects.filter(channel="alerts").count(), 1)
        message = Alert.objects.get(campaign=self.campaign).message
        self.assertEqual(
            message, "Somebody changed campaign “Spring sale” of “Acme” at Google Ads, where it should run."
        )
        self.record(ACTIVE)
        self.assertEqual(self.drifts(), ["resolved"] * 4)

    def test_a_campaign_without_delivery_is_left_out(self) -> None:
        Delivery.objects.filter(campaign=self.campaign).delete()
        self.assertEqual(len(self.record(ACTIVE)), 3)


@on_postgres
class RaceTests(Agency, TransactionTestCase):
    def setUp(self) -> None:
        super().setUp()
        account = Account.objects.create(brand=self.brand, platform="google", external_id="1", connector="sandbox")
        self.campaigns = [self.campaign, *(self.make_campaign(f"Campaign {number}") for number in range(3))]
        for number, campaign in enumerate(self.campaigns):
            values: CampaignValues = {"platform": "google", "external_id": str(number), "delivery_enabled": True}
            change_campaign(campaign_id=campaign.pk, values=values, now=NOON, by=ALICE)
        self.assertEqual(Delivery.objects.filter(account=account).count(), 4)

    def change(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(15):
            order = random.choice((pause_campaign, activate_campaign))
            order(campaign_id=random.choice(self.campaigns).pk, now=NOON, by=ALICE)

    def look(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(15):
            rows = dict(Campaign.objects.values_list("pk", "generation"))
            seen = {pk: Observation(random.choice((ACTIVE, PAUSED)), rows[pk]) for pk in rows}
            record_observations(seen, now=NOON)

    def switch(self, seed: int) -> None:
        random = Random(seed)
        for _ in range(10):
            pk = random.choice(self.campaigns).pk
            for enabled in (False, True):
                change_campaign(campaign_id=pk, values={"delivery_enabled": enabled}, now=NOON, by=ALICE)

    def at_once(self, *works: Callable[[int], None]) -> None:
        before = deadlocks()
        with threads(2 * len(works)) as at_once:
            for future in [at_once.start(partial(work, seed)) for work in works for seed in (1, 2)]:
                future.result()
        self.assertEqual(deadlocks(), before)

    def test_changes_looks_and_switches_at_once_leave_alerts_of_what_differs(self) -> None:
        self.at_once(self.change, self.look, self.switch)
        for row in Delivery.objects.select_related("campaign"):
            self.assertLessEqual(row.observed_generation, row.campaign.generation)
            alerts = Alert.objects.open().filter(campaign=row.campaign, kind=AlertKind.DELIVERY_DRIFTED).count()
            self.assertEqual((alerts, bool(row.drift_since)), (bool(row.drift), bool(row.drift)))

    def test_whatever_comes_late_the_newest_generation_stays(self) -> None:
        Campaign.objects.update(generation=1_000)
        newest = 0

        def acknowledge(seed: int) -> None:
            nonlocal newest
            random = Random(seed)
            for count in range(1, 60):
                generation = random.randrange(count * 10)
                seen = {one.pk: Observation(ACTIVE, generation) for one in self.campaigns}
                record_observations(seen, now=NOON)
                newest = max(newest, generation)

                stored = Delivery.objects.values_list("observed_generation", flat=True)
                self.assertTrue(all(one >= generation for one in stored), (list(stored), generation))

        self.at_once(acknowledge, acknowledge, acknowledge)
        stored = set(Delivery.objects.values_list("observed_generation", flat=True))
        self.assertEqual(stored, {newest})
