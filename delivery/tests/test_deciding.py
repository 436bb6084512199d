"""Ours or theirs: what a person decides where a platform does something else than is wanted."""

from django.test import TestCase, tag

from alerts.models import Alert, AlertKind
from budget_system.core.errors import Conflict, NotFound
from campaigns.models import Campaign
from campaigns.services import pause_campaign
from delivery.models import Account, Connector, Delivery, Message, Observed
from delivery.platforms.deciding import Choice, decide
from delivery.recording import Observation, record_observations
from tests.support import ALICE, Agency


@tag("both_databases")
class DecideTests(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        account = Account.objects.create(
            brand=self.brand, platform="google", external_id="1", connector=Connector.SANDBOX
        )
        Campaign.objects.filter(pk=self.campaign.pk).update(platform="google", external_id="7", delivery_enabled=True)
        Delivery.objects.create(campaign=self.campaign, account=account, reapplied=2)

    def seen(self, observed: Observed) -> Delivery:
        generation = Campaign.objects.get().generation
        record_observations({self.campaign.pk: Observation(observed, generation)}, now=self.now)
        return Delivery.objects.select_related("campaign").get()

    def contest(self, settled: Observed, observed: Observed) -> None:
        self.seen(settled)
        Delivery.objects.update(reapplied=2)
        self.assertIsNotNone(self.seen(observed).contested_at)
        Message.objects.all().delete()

    def decide(self, choice: Choice) -> tuple[str, int, bool, int]:
        campaign = decide(campaign_id=self.campaign.pk, choice=choice, now=self.now, by=ALICE)
        row = Delivery.objects.get()
        pushes = Message.objects.filter(channel="platform").count()
        return campaign.status, row.reapplied, row.contested_at is None, pushes

    def test_ours_is_pushed_again_and_stays_told_until_it_is_settled(self) -> None:
        self.contest(Observed.ACTIVE, Observed.PAUSED)
        self.assertEqual(self.decide(Choice.OURS), ("ACTIVE", 0, True, 1))
        alerts = Alert.objects.filter(kind=AlertKind.DELIVERY_DRIFTED)
        self.assertEqual([row.state for row in alerts], ["open"])
        self.seen(Observed.ACTIVE)
        self.assertEqual([row.state for row in alerts.all()], ["resolved"])

    def test_theirs_becomes_a_persons_pause(self) -> None:
        self.contest(Observed.ACTIVE, Observed.PAUSED)
        self.assertEqual(self.decide(Choice.THEIRS), ("PAUSED", 0, True, 1))
        row = Campaign.objects.get()
        self.assertEqual((row.paused_by_person, row.generation), (True, 2))
        self.assertFalse(Alert.objects.open().filter(kind=AlertKind.DELIVERY_DRIFTED).exists())
        self.assertTrue(self.seen(Observed.PAUSED).is_settled)

    def test_theirs_becomes_an_activation_where_no_rule_is_against_it(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.contest(Observed.PAUSED, Observed.ACTIVE)
        self.assertEqual(self.decide(Choice.THEIRS), ("ACTIVE", 0, True, 1))

    def test_theirs_cannot_run_against_a_budget(self) -> None:
        self.spend("100.00")
        self.contest(Observed.PAUSED, Observed.ACTIVE)
        with self.assertRaisesMessage(Conflict, "daily budget used up"):
            self.decide(Choice.THEIRS)
        self.assertIsNotNone(Delivery.objects.get().contested_at)

    def test_theirs_of_what_is_gone_switches_its_delivery_off(self) -> None:
        self.seen(Observed.NOT_FOUND)
        Message.objects.all().delete()
        self.decide(Choice.THEIRS)
        self.assertFalse(Campaign.objects.get().delivery_enabled)

    def test_there_must_be_something_to_decide(self) -> None:
        with self.assertRaises(Conflict):
            self.decide(Choice.THEIRS)
        Campaign.objects.update(delivery_enabled=False)
        with self.assertRaises(NotFound):
            self.decide(Choice.OURS)
