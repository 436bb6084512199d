"""The switch of a whole brand's delivery: what it would change, what it changes, and what it cannot."""

from typing import Any

from django.test import Client, tag

from brands.models import Change
from campaigns.models import Campaign
from campaigns.services import pause_campaign
from delivery.models import Delivery, Message
from delivery.tests.test_switching import DeliveryTestCase
from tests.support import ALICE


@tag("both_databases")
class BrandSwitchTests(DeliveryTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.nowhere = self.make_campaign("Nowhere")
        self.paused = self.make_campaign("Autumn")
        Campaign.objects.filter(pk=self.paused.pk).update(platform="google", external_id="43")
        pause_campaign(campaign_id=self.paused.pk, now=self.now, by=ALICE)

    def post(self, status: int = 200, /, **body: object) -> Any:
        response = Client().post(f"/api/brands/{self.brand.pk}/delivery/", body, "application/json")
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def test_a_dry_run_says_all_and_changes_nothing(self) -> None:
        before = list(Campaign.objects.values())
        answer = self.post(enabled=True, dry_run=True)
        self.assertEqual(answer["counts"], {"switched": 2, "unchanged": 0, "refused": 1, "to_run": 1, "to_pause": 1})
        self.assertEqual(
            [
                (one["name"], one["external_id"], one["wanted"], one["observed"], one["result"], one["reason"])
                for one in answer["campaigns"]
            ],
            [
                ("Autumn", "43", "PAUSED", "", "switched", ""),
                ("Nowhere", "", "ACTIVE", "", "refused", "It has no platform and no external_id."),
                ("Spring sale", "42", "ACTIVE", "", "switched", ""),
            ],
        )
        self.assertEqual((answer["brand"], answer["enabled"], answer["dry_run"]), (str(self.brand.pk), True, True))
        self.assertEqual((list(Campaign.objects.values()), Delivery.objects.count()), (before, 0))
        self.assertFalse(Change.objects.filter(after={"delivery_enabled": True}).exists())

    def test_it_switches_what_can_be_and_once(self) -> None:
        account = self.account()
        self.assertEqual(self.post(enabled=True)["counts"]["switched"], 2)
        self.assertEqual(Delivery.objects.enabled().filter(account=account).count(), 2)
        self.assertEqual(Message.objects.get().receiver, account.receiver)
        self.assertEqual(Change.objects.filter(after={"delivery_enabled": True}).count(), 2)
        Delivery.objects.update(observed="ACTIVE")
        self.assertEqual(
            self.post(enabled=True)["counts"],
            {"switched": 0, "unchanged": 2, "refused": 1, "to_run": 0, "to_pause": 0},
        )
        self.assertEqual({one["observed"] for one in self.post(enabled=True)["campaigns"]}, {"", "ACTIVE"})
        off = self.post(enabled=False)["counts"]
        self.assertEqual(off, {"switched": 2, "unchanged": 1, "refused": 0, "to_run": 0, "to_pause": 0})
        self.assertFalse(Delivery.objects.enabled().exists())

    def test_it_costs_the_same_however_many_campaigns_there_are(self) -> None:
        for number in range(20):
            row = self.make_campaign(f"More {number}")
            Campaign.objects.filter(pk=row.pk).update(platform="google", external_id=f"5{number}")
        with self.assertNumQueries(12):
            self.post(enabled=True)

    def test_what_is_sent_is_strict(self) -> None:
        self.assertEqual(list(self.post(400)), ["enabled"])
        self.assertEqual(list(self.post(400, enabled="true")), ["enabled"])
        self.assertEqual(list(self.post(400, enabled=True, dry_run=1)), ["dry_run"])
        self.assertEqual(list(self.post(400, enabled=True, dryrun=True)), ["dryrun"])
