"""The switch of a campaign's delivery: when it may be on, and what begins and ends with it."""

import time_machine
from django.test import Client, tag

from brands.models import Change
from campaigns.models import Campaign
from campaigns.services import change_campaign, pause_campaign, remove_campaign, restore_campaign
from delivery.models import Account, Delivery, Drift, Message
from tests.browsing import AdminTestCase
from tests.support import ALICE, AgencyTestCase


class DeliveryTestCase(AgencyTestCase):
    """The agency's campaign is number 42 at Google."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        Campaign.objects.filter(pk=self.campaign.pk).update(platform="google", external_id="42")
        self.address = f"/api/campaigns/{self.campaign.pk}/"

    def account(self, external_id: str = "111", platform: str = "google", connector: str = "sandbox") -> Account:
        return Account.objects.create(brand=self.brand, platform=platform, external_id=external_id, connector=connector)

    def patch(self, status: int = 200, /, **values: object) -> dict[str, object]:
        response = Client().patch(self.address, values, "application/json")
        self.assertEqual(response.status_code, status, response.content)
        return dict(response.json())

    def switch_on(self) -> Delivery:
        change_campaign(campaign_id=self.campaign.pk, values={"delivery_enabled": True}, now=self.now, by=ALICE)
        return Delivery.objects.get(campaign=self.campaign)


@tag("both_databases")
class SwitchTests(DeliveryTestCase):
    def test_it_is_off_at_first_and_is_switched_by_a_field(self) -> None:
        self.assertIs(Client().get(self.address).json()["delivery_enabled"], False)
        self.assertIs(self.patch(delivery_enabled=True)["delivery_enabled"], True)
        self.assertTrue(Delivery.objects.filter(campaign=self.campaign).exists())
        self.assertIs(self.patch(delivery_enabled=False)["delivery_enabled"], False)

    def test_it_needs_a_platform_and_an_id_there(self) -> None:
        self.patch(platform="", external_id="")
        self.assertEqual(
            self.patch(400, delivery_enabled=True),
            {
                "delivery_enabled": [
                    "“Spring sale” has no platform and no external_id, so no platform can be told of it; enter what is "
                    "missing first."
                ]
            },
        )
        self.assertIn("no external_id,", str(self.patch(400, delivery_enabled=True, platform="meta")))
        values = {"brand": str(self.brand.pk), "name": "New", "platform": "meta", "delivery_enabled": True}
        refused = Client().post("/api/campaigns/", values, "application/json")
        self.assertEqual((refused.status_code, list(refused.json())), (400, ["delivery_enabled"]))
        self.assertFalse(Delivery.objects.exists())

    def test_what_it_needs_is_not_emptied_while_it_is_on(self) -> None:
        self.patch(delivery_enabled=True)
        said = ["Delivery is on, and needs this; switch delivery_enabled off too, or before."]
        self.assertEqual(self.patch(400, external_id=""), {"external_id": said})
        self.assertEqual(self.patch(400, platform="", external_id=""), {"platform": said, "external_id": said})
        self.patch(external_id="", delivery_enabled=False)

    def test_a_new_campaign_may_have_it_on(self) -> None:
        values = {"brand": str(self.brand.pk), "name": "New", "platform": "google", "external_id": "43"}
        made = Client().post("/api/campaigns/", {**values, "delivery_enabled": True}, "application/json")
        self.assertEqual(made.status_code, 201, made.content)
        self.assertEqual(Delivery.objects.get().campaign.name, "New")

    def test_its_account_is_the_only_one_of_brand_and_platform_and_is_asked_to_push(self) -> None:
        self.account("222", platform="meta")
        account = self.account()
        self.assertEqual(self.switch_on().account, account)
        self.assertEqual(list(Message.objects.values_list("receiver", flat=True)), [account.receiver])

    def test_of_two_accounts_none_is_guessed_and_one_that_fits_stays(self) -> None:
        first, _ = self.account(), self.account("222")
        self.assertIsNone(self.switch_on().account)
        Delivery.objects.update(account=first, observed="PAUSED", observed_generation=7, applied="PAUSED")
        self.patch(delivery_enabled=False)
        delivery = self.switch_on()
        self.assertEqual((delivery.account, delivery.observed, delivery.observed_generation), (first, "", 0))
        self.patch(platform="meta")
        self.assertIsNone(Delivery.objects.get().account)

    def test_another_id_there_is_another_campaign_of_which_nothing_is_known(self) -> None:
        self.switch_on()
        Delivery.objects.update(observed="PAUSED", observed_at=self.now, contested_at=self.now)
        self.patch(name="Renamed")
        self.assertEqual(Delivery.objects.get().observed, "PAUSED")
        self.patch(external_id="43")
        delivery = Delivery.objects.get()
        self.assertEqual((delivery.observed, delivery.observed_at, delivery.contested_at), ("", None, None))

    def test_switched_off_nothing_differs_any_longer_and_nothing_is_sent(self) -> None:
        account = self.account()
        self.switch_on()
        Delivery.objects.update(drift=Drift.CHANGED, drift_since=self.now, contested_at=self.now)
        self.patch(delivery_enabled=False)
        delivery = Delivery.objects.get()
        self.assertEqual((delivery.drift, delivery.drift_since, delivery.contested_at), ("", None, None))
        revision = Message.objects.get(key=account.receiver).revision
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(Message.objects.get(key=account.receiver).revision, revision)
        self.assertFalse(Delivery.objects.enabled().exists())

    def test_one_that_is_restored_begins_anew(self) -> None:
        self.spend("1.00")
        self.switch_on()
        Delivery.objects.update(observed="ACTIVE", observed_generation=1)
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertFalse(Delivery.objects.enabled().exists())
        restore_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(Delivery.objects.enabled().get().observed_generation, 0)

    def test_its_history_tells_who_switched_it(self) -> None:
        self.patch(delivery_enabled=True)
        change = Change.objects.latest("at", "id")
        self.assertEqual((change.before, change.after), ({"delivery_enabled": False}, {"delivery_enabled": True}))
        (entry,) = Client().get(f"{self.address}history/").json()[:1]
        self.assertEqual(entry["after"], {"delivery_enabled": True})

    def test_a_tag_of_before_is_out_of_date(self) -> None:
        tag_before = Client().get(self.address).headers["ETag"]
        self.patch(delivery_enabled=True)
        values, headers = {"name": "Other"}, {"If-Match": tag_before}
        self.assertEqual(Client().patch(self.address, values, "application/json", headers=headers).status_code, 412)


class AdminSwitchTests(AdminTestCase):
    def test_the_form_switches_it_and_says_what_is_missing(self) -> None:
        self.assertIn(
            "“Spring sale” has no external_id",
            str(self.errors(self.change(self.campaign, delivery_enabled="on", platform="google"))),
        )
        self.change(self.campaign, delivery_enabled="on", platform="google", external_id="42")
        self.assertTrue(Delivery.objects.enabled().filter(campaign=self.campaign).exists())
        self.change(self.campaign, delivery_enabled=None)
        self.assertFalse(Delivery.objects.enabled().exists())
