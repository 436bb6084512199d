"""Delivery in the admin: the list, a person's decision, and the switch of a whole brand."""

from datetime import timedelta

from django.urls import reverse
from django.utils.html import escape

from campaigns.models import Campaign
from campaigns.services import change_campaign, pause_campaign
from delivery.models import Account, Delivery, Drift, Observed
from delivery.recording import Observation, record_observations
from delivery.staleness import HELD
from tests.browsing import AdminTestCase
from tests.support import ALICE


class DeliveryAdminTestCase(AdminTestCase):
    def deliver(self, campaign: Campaign, external_id: str) -> Delivery:
        change_campaign(
            campaign_id=campaign.pk,
            values={"platform": "google", "external_id": external_id, "delivery_enabled": True},
            now=self.now,
            by=ALICE,
        )
        return Delivery.objects.get(campaign=campaign)

    def drift(self, delivery: Delivery, observed: str = "PAUSED") -> None:
        Delivery.objects.filter(pk=delivery.pk).update(
            observed=observed,
            observed_at=self.now,
            observed_generation=1,
            drift=Drift.CHANGED,
            drift_since=self.now,
            contested_at=self.now,
            reapplied=2,
        )


class ListTests(DeliveryAdminTestCase):
    def test_an_empty_list_says_how_to_begin(self) -> None:
        page = self.client.get(self.url(Delivery, "changelist"))
        self.assertContains(page, "Campaigns stand here once their delivery is on")

    def test_it_shows_both_sides_and_keeps_one_state(self) -> None:
        _, settled, differs, contested = (
            self.deliver(self.make_campaign(name), str(number))
            for number, name in enumerate(("Waits", "Settles", "Drifts", "Contests"), 1)
        )
        Delivery.objects.filter(pk=settled.pk).update(
            observed="ACTIVE", observed_at=self.now, observed_generation=1, applied="ACTIVE", applied_at=self.now
        )
        Delivery.objects.filter(pk=differs.pk).update(
            observed="NOT_FOUND", observed_at=self.now, drift=Drift.MISSING, drift_since=self.now
        )
        self.drift(contested)
        self.make_campaign("Not delivered")
        names = ("Waits", "Settles", "Drifts", "Contests", "Not delivered")
        for query, shown in (
            ("", names[:4]),
            ("?state=waiting", ("Waits",)),
            ("?state=settled", ("Settles",)),
            ("?state=drifted", ("Drifts",)),
            ("?state=contested", ("Contests",)),
            ("?platform=meta", ()),
            ("?q=Settl", ("Settles",)),
        ):
            with self.subTest(query=query):
                page = self.client.get(f"{self.url(Delivery, 'changelist')}{query}")
                table = page.content.decode()
                for name in names:
                    self.assertEqual(f"{name}<span" in table, name in shown, name)
        page = self.client.get(self.url(Delivery, "changelist"))
        for words in ("not seen yet", "not there", "yours to decide", "set running", "no account has it yet"):
            self.assertContains(page, words)

    def test_it_says_since_when_it_was_seen_so(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        for minutes in (0, 5):
            seen = Observation(Observed.ACTIVE, self.campaign.generation)
            record_observations({delivery.pk: seen}, now=self.now + timedelta(minutes=minutes))
        self.assertContains(self.client.get(self.url(Delivery, "changelist")), "first seen Wed 11 Mar 2026, 12:00")

    def test_it_asks_the_database_as_often_for_many_as_for_few(self) -> None:
        Account.objects.create(brand=self.brand, platform="google", external_id="111", connector="sandbox")
        self.deliver(self.campaign, "42")
        few = self.queries_of_list(Delivery)
        for number in range(5):
            self.deliver(self.make_campaign(f"C{number}"), str(number))
        self.assertLessEqual(self.queries_of_list(Delivery), few)

    def test_a_page_says_through_which_account_it_goes(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.assertContains(self.client.get(self.page_of(delivery)), "the first script that finds it there")
        account = Account.objects.create(brand=self.brand, platform="google", external_id="111", seen_at=self.now)
        Delivery.objects.update(account=account)
        page = self.client.get(self.page_of(delivery))
        link = f'<a class="bs-link" href="{self.page_of(account)}">Google Ads 111</a>'
        self.assertContains(page, f"{link}, by its own script (asked Wed 11 Mar 2026, 12:00)")
        self.assertNotContains(page, "Theirs…")


class PanelTests(DeliveryAdminTestCase):
    def test_a_campaigns_page_shows_both_sides_once_it_is_on(self) -> None:
        self.assertNotContains(self.client.get(self.page_of(self.campaign)), "Last set there")
        delivery = self.deliver(self.campaign, "42")
        Delivery.objects.update(error="Google said: try later.")
        page = self.client.get(self.page_of(self.campaign))
        for words in ("At Google Ads", "not seen yet", "nothing set there yet", "Google said: try later."):
            self.assertContains(page, words)
        self.assertContains(page, self.page_of(delivery))

    def test_what_is_held_back_says_so(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        account = Account.objects.create(brand=self.brand, platform="google", external_id="111", connector="sandbox")
        Account.objects.update(costs_read_at=self.now - timedelta(days=1))
        Delivery.objects.update(error=HELD, account=account, observed="PAUSED", observed_at=self.now)
        for address in (self.page_of(self.campaign), self.page_of(delivery), self.url(Delivery, "changelist")):
            page = self.client.get(address)
            self.assertContains(page, escape(HELD))
            self.assertContains(page, "It stays as it is there until costs are read again.")
        Account.objects.update(costs_read_at=self.now)
        self.assertNotContains(self.client.get(self.page_of(self.campaign)), "until costs are read again.")
        Account.objects.update(state="stopped", error="The token is dead.")
        page = self.client.get(self.page_of(self.campaign))
        self.assertContains(page, "the account is stopped: The token is dead.")
        self.assertNotContains(page, escape(HELD))

    def test_a_brands_page_counts_states_and_names_its_accounts(self) -> None:
        self.assertNotContains(self.client.get(self.page_of(self.brand)), "Told by")
        self.drift(self.deliver(self.campaign, "42"))
        self.deliver(self.make_campaign("Autumn"), "43")
        account = Account.objects.create(
            brand=self.brand, platform="google", external_id="111", state="stopped", error="The token is dead."
        )
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, self.page_of(account))
        for words in ("1 waiting", "1 yours to decide", "of 2 campaigns", "Google Ads 111", "The token is dead."):
            self.assertContains(page, words)
        self.assertContains(page, f"?campaign__brand__id__exact={self.brand.pk}&amp;state=contested")


class DecidingTests(DeliveryAdminTestCase):
    def test_theirs_becomes_a_persons_pause(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.drift(delivery)
        url = self.page_of(delivery, "theirs_one")
        self.assertContains(self.client.get(self.page_of(delivery)), url)
        self.assertContains(self.client.get(url), "It is paused here, as it is there.")

        answer = self.send(url, {"confirmed": "yes", "note": "they know"})

        self.assertRedirects(answer, self.page_of(delivery))
        self.campaign.refresh_from_db()
        self.assertEqual((self.campaign.status, self.campaign.paused_by_person), ("PAUSED", True))
        delivery.refresh_from_db()
        self.assertEqual((delivery.drift, delivery.contested_at), ("", None))

    def test_its_history_is_the_campaigns(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.assertContains(self.client.get(self.url(Delivery, "history", delivery.pk)), "delivery enabled")

    def test_ours_is_set_there_again(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.drift(delivery)
        asked = self.act("ours", delivery)
        self.assertContains(asked, "it is set running at Google Ads again")
        answer = self.act("ours", delivery, confirmed="yes", note="")
        self.assertIn("1 delivery: 1 decided for ours.", self.messages_in(answer))
        delivery.refresh_from_db()
        self.assertIsNone(delivery.contested_at)
        self.campaign.refresh_from_db()
        self.assertEqual(self.campaign.status, "ACTIVE")

    def test_what_was_not_seen_there_yet_is_not_to_be_taken_over(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.drift(delivery, "")
        self.assertContains(self.act("theirs", delivery), "it was not seen there yet; there is nothing to take over")
        answer = self.act("theirs", delivery, confirmed="yes", note="")
        self.assertIn("1 delivery: 1 refused.", self.messages_in(answer))

    def test_one_that_is_gone_there_is_delivered_no_longer(self) -> None:
        delivery = self.deliver(self.campaign, "42")
        self.drift(delivery, "NOT_FOUND")
        answer = self.send(self.page_of(delivery, "theirs_one"), {"confirmed": "yes", "note": ""})
        self.assertRedirects(answer, self.url(Delivery, "changelist"))
        self.campaign.refresh_from_db()
        self.assertFalse(self.campaign.delivery_enabled)


class BrandSwitchTests(DeliveryAdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        Campaign.objects.filter(pk=self.campaign.pk).update(platform="google", external_id="42")
        self.nowhere = self.make_campaign("Nowhere")
        paused = self.make_campaign("Autumn")
        Campaign.objects.filter(pk=paused.pk).update(platform="google", external_id="43")
        pause_campaign(campaign_id=paused.pk, now=self.now, by=ALICE)

    def page(self, name: str) -> str:
        return reverse(f"admin:brands_brand_{name}", args=[self.brand.pk])

    def test_it_says_before_what_would_change_and_then_changes_it(self) -> None:
        asked = self.client.get(self.page("deliver_all"))
        self.assertContains(asked, "Switch delivery on for “Acme”?")
        self.assertContains(asked, "to run 1 campaign and to pause 1, and of each change")
        self.assertContains(asked, "No account of it is connected yet.")
        self.assertContains(asked, '<td data-label="Seen there">not seen yet</td>', count=3)
        Account.objects.create(brand=self.brand, platform="google", external_id="111", connector="sandbox")
        self.assertNotContains(self.client.get(self.page("deliver_all")), "No account of it is connected yet.")
        self.assertContains(asked, "cannot be switched on: no platform and no external ID")
        self.assertFalse(Delivery.objects.exists())

        answer = self.send(self.page("deliver_all"), {"confirmed": "yes"})

        self.assertRedirects(answer, self.page_of(self.brand))
        self.assertIn("Delivery is on for 2 campaigns of “Acme”. 1 campaign cannot be", self.messages_in(answer))
        self.assertEqual(Delivery.objects.enabled().count(), 2)
        self.send(self.page("deliver_none"), {"confirmed": "yes"})
        self.assertFalse(Delivery.objects.enabled().exists())

    def test_what_would_change_nothing_is_not_offered(self) -> None:
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, self.page("deliver_all"))
        self.assertNotContains(page, self.page("deliver_none"))
        self.send(self.page("deliver_all"), {"confirmed": "yes"})
        self.assertContains(self.client.get(self.page_of(self.brand)), self.page("deliver_none"))
