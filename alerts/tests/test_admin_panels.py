"""Alerts on the pages of brands and campaigns."""

from django.contrib.auth.models import User

from alerts.models import Alert, AlertKind, Subscription
from alerts.services.muting import mute_alert
from brands.models import Membership, Role
from tests.browsing import AdminTestCase
from tests.support import ALICE


class PanelTests(AdminTestCase):
    def test_a_brands_page_shows_what_is_open_and_who_is_told(self) -> None:
        self.assertContains(self.client.get(self.page_of(self.brand)), "Nothing is open.")
        self.spend("85.00")
        mute_alert(alert_id=Alert.objects.get(threshold=50).pk, now=self.now, by=ALICE)
        channel = Subscription.objects.create(
            channel="slack", name="Ops", secrets={"url": "https://hooks.example.com/x"}
        )
        channel.brands.add(self.brand)
        Subscription.objects.create(channel="mail", user=self.admin, name="Of none")

        page = self.client.get(self.page_of(self.brand))

        self.assertContains(page, "spent 80 % of its daily budget")
        self.assertContains(page, "muted by the API")
        self.assertContains(page, "Ops</a> (hooks.example.com)")
        self.assertNotContains(page, "Of none")

    def test_tells_of_more_than_it_shows_and_leaves_pauses_to_the_campaigns(self) -> None:
        for number in range(7):
            kind = AlertKind.SILENT if number else AlertKind.PAUSED
            Alert.objects.create(kind=kind, brand=self.brand, key=str(number), at=self.now, message=f"Number {number}.")
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, "Number", 5)
        self.assertNotContains(page, "Number 0.")
        self.assertContains(page, "All its open alerts")

    def test_a_campaigns_page_shows_its_own(self) -> None:
        self.assertNotContains(self.client.get(self.page_of(self.campaign)), "Open alerts")
        for campaign, word in ((self.campaign, "Mine."), (self.make_campaign("Autumn"), "Theirs.")):
            Alert.objects.create(
                kind=AlertKind.SILENT, brand=self.brand, campaign=campaign, key=word, at=self.now, message=word
            )
        page = self.client.get(self.page_of(self.campaign))
        self.assertContains(page, "Mine.")
        self.assertNotContains(page, "Theirs.")

    def test_a_viewer_sees_of_the_subscriptions_what_they_may(self) -> None:
        viewer = User.objects.create_user("vi", is_staff=True)
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        Subscription.objects.create(channel="mail", user=self.admin, name="Anas", every_brand=True)
        Subscription.objects.create(channel="mail", user=viewer, name="Vis", every_brand=True)
        self.client.force_login(viewer)
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, "Vis</a>")
        self.assertNotContains(page, "Anas")
