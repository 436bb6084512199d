"""What Today says of platforms."""

from datetime import timedelta

from django.test import tag

from campaigns.models import Campaign
from delivery.models import Account, Delivery, Drift
from spending.reports.today.matter import SHOWN_OF_A_KIND, MatterKind, MoreOf
from spending.tests.test_today_matters import MatterTestCase
from tests.browsing import AdminTestCase


def deliver(campaign: Campaign, external_id: str = "42", **values: object) -> Delivery:
    Campaign.objects.filter(pk=campaign.pk).update(platform="google", external_id=external_id, delivery_enabled=True)
    return Delivery.objects.create(campaign=campaign, **values)


@tag("both_databases")
class DeliveryMattersTests(MatterTestCase):
    def test_an_account_that_is_stopped_is_told_until_it_is_connected(self) -> None:
        account = Account.objects.create(
            brand=self.brand, platform="google", external_id="111", state="stopped", error_at=self.now
        )
        (matter,) = self.of(MatterKind.STOPPED_ACCOUNT)
        self.assertEqual((matter.account, matter.brand), (account, self.brand))
        self.assert_hidden(MatterKind.STOPPED_ACCOUNT)
        self.assert_returns(MatterKind.STOPPED_ACCOUNT)
        Account.objects.update(error_at=self.now + timedelta(hours=1))
        self.assertEqual(len(self.of(MatterKind.STOPPED_ACCOUNT)), 1)
        Account.objects.update(state="connected")
        self.assertEqual(self.of(MatterKind.STOPPED_ACCOUNT), [])

    def test_an_account_whose_costs_are_old_is_told_until_they_are_read(self) -> None:
        account = self.stale("111")
        self.assertEqual(self.of(MatterKind.STALE_ACCOUNT), [])  # it has no campaign to switch
        deliver(self.campaign, account=account)
        (matter,) = self.of(MatterKind.STALE_ACCOUNT)
        self.assertEqual((matter.account, matter.brand, matter.at), (account, self.brand, account.costs_read_at))
        self.assert_hidden(MatterKind.STALE_ACCOUNT)
        self.assert_returns(MatterKind.STALE_ACCOUNT)
        self.at += timedelta(hours=1)
        self.assertEqual(self.of(MatterKind.STALE_ACCOUNT), [])  # still put away: nothing else has happened
        Account.objects.update(costs_read_at=self.now - timedelta(hours=3))
        self.assertEqual(len(self.of(MatterKind.STALE_ACCOUNT)), 1)
        self.at = self.now
        self.assertEqual(self.of(MatterKind.STALE_ACCOUNT), [])

    def test_of_many_whose_costs_are_old_the_oldest_are_shown(self) -> None:
        for number in range(SHOWN_OF_A_KIND + 1):
            account = self.stale(str(number), hours=30 - number)
            deliver(self.make_campaign(f"C{number}"), str(number), account=account)
        shown = [one.account.external_id for one in self.of(MatterKind.STALE_ACCOUNT) if one.account]
        self.assertEqual(shown, [str(number) for number in range(SHOWN_OF_A_KIND)])
        self.assertIn(MoreOf(MatterKind.STALE_ACCOUNT), self.read().more)

    def stale(self, external_id: str, hours: int = 5) -> Account:
        return Account.objects.create(
            brand=self.brand,
            platform="google",
            external_id=external_id,
            connector="sandbox",
            costs_read_at=self.now - timedelta(hours=hours),
        )

    def test_what_differs_is_told_and_what_a_person_decides_apart(self) -> None:
        deliver(self.campaign, drift=Drift.CHANGED, drift_since=self.now)
        (matter,) = self.of(MatterKind.DELIVERY_DRIFT)
        self.assertEqual(matter.campaign, self.campaign)
        self.assert_hidden(MatterKind.DELIVERY_DRIFT)
        Delivery.objects.update(contested_at=self.now)
        self.assertEqual(self.of(MatterKind.DELIVERY_DRIFT), [])
        self.assert_returns(MatterKind.CONTESTED)
        Campaign.objects.update(delivery_enabled=False)
        self.assertEqual(self.of(MatterKind.CONTESTED), [])

    def test_of_many_there_is_a_list(self) -> None:
        for number in range(SHOWN_OF_A_KIND + 1):
            campaign = self.make_campaign(f"C{number}")
            deliver(campaign, str(number), drift=Drift.LATE, drift_since=self.now)
        self.assertEqual(len(self.of(MatterKind.DELIVERY_DRIFT)), SHOWN_OF_A_KIND)
        self.assertIn(MoreOf(MatterKind.DELIVERY_DRIFT, of_campaigns=True), self.read().more)


class PageTests(AdminTestCase):
    def test_each_line_says_what_to_do_and_leads_there(self) -> None:
        Account.objects.create(
            brand=self.brand,
            platform="google",
            external_id="111",
            state="stopped",
            error="The token is dead.",
            error_at=self.now,
        )
        stale = Account.objects.create(
            brand=self.brand,
            platform="google",
            external_id="112",
            connector="sandbox",
            error="It did not answer.",
            costs_read_at=self.now - timedelta(hours=5, minutes=12),
        )
        drifted = deliver(self.campaign, account=stale, observed="PAUSED", drift=Drift.CHANGED, drift_since=self.now)
        contested = deliver(
            self.make_campaign("Autumn"),
            "43",
            observed="PAUSED",
            drift=Drift.CHANGED,
            drift_since=self.now,
            contested_at=self.now,
        )
        page = self.client.get("/admin/")
        for words in (
            "Acme: Google Ads 111",
            "The token is dead.",
            "Acme: Google Ads 112",
            "Its costs were last read today 06:48 (UTC), 5 h 12 min ago; the brand allows 3 hours. Until they are "
            "read no campaign is switched on there; pauses go out. It did not answer.",
            self.page_of(stale),
            "Somebody keeps changing it at Google Ads, last seen paused; running is wanted.",
            "At Google Ads it is paused, and running is wanted",
            self.page_of(drifted),
            self.page_of(contested),
        ):
            self.assertContains(page, words)
