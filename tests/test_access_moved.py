"""What moves from one brand to another, or is left by a member, tells nobody what is not his: the admin's pages."""

import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Model
from django.test import TestCase
from django.urls import reverse

from brands.models import Role
from campaigns.models import Campaign, StatusEvent
from campaigns.services import change_campaign, pause_campaign
from tests.access import Roles
from tests.browsing import FormReader
from tests.support import ALICE


class MovedTests(Roles, TestCase):
    """“Theirs” was paused with a note in the other brand, then moved to Acme, and got another name there."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        pause_campaign(campaign_id=self.theirs.pk, note="zanzibar", now=self.now, by=ALICE)
        for values in ({"brand_id": self.brand.pk}, {"name": "Kilimanjaro"}):
            change_campaign(campaign_id=self.theirs.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]

    def page(self, row: type[Model] | Model, name: str = "changelist", query: str = "") -> str:
        args = [row.pk] if isinstance(row, Model) else []
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=args)
        answer = self.client.get(f"{address}?{query}")
        self.assertEqual(answer.status_code, 200)
        return answer.content.decode()

    def test_its_page_tells_of_its_events_as_far_as_they_are_seen(self) -> None:
        narrow = dict.fromkeys((self.manager, self.viewer, self.grouped), False)
        wide = dict.fromkeys((*self.reach_every_brand, self.administrator), True)
        for user, seen in {**narrow, **wide}.items():
            self.client.force_login(user)
            self.assertEqual("zanzibar" in self.page(self.theirs, "change"), seen, user)
        self.join(self.manager, self.other, Role.VIEWER)
        self.client.force_login(self.manager)
        self.assertIn("zanzibar", self.page(self.theirs, "change"))

    def test_who_keeps_its_events_does_not_learn_its_new_name(self) -> None:
        event = StatusEvent.objects.get(note="zanzibar")
        self.client.force_login(self.stranger)
        for page in (self.page(StatusEvent), self.page(event, "change")):
            self.assertIn("zanzibar", page)
            self.assertNotIn("Kilimanjaro", page)
            self.assertIn("one that moved to another brand", page)
        self.assertNotIn("zanzibar", self.page(StatusEvent, query="q=kilimanjaro"))
        for user in (*self.reach_every_brand, self.administrator):
            self.client.force_login(user)
            self.assertIn("Kilimanjaro", self.page(event, "change"))
            self.assertIn("zanzibar", self.page(StatusEvent, query="q=kilimanjaro"))

    def test_a_brand_that_one_has_left_is_named_nowhere(self) -> None:
        for user in self.managers:
            with self.subTest(user), transaction.atomic():
                self.check_left(user)
                transaction.set_rollback(True)

    def check_left(self, user: User) -> None:
        self.client.cookies.clear()
        self.client.force_login(user)
        form = FormReader("campaign_form")
        form.feed(self.page(self.campaign, "change"))
        fields = {name: value for name, value in form.fields.items() if "__prefix__" not in name}
        address = reverse("admin:campaigns_campaign_change", args=[self.campaign.pk])
        self.assertEqual(self.client.post(address, {**fields, "name": "Mombasa"}).status_code, 302)
        self.assertIn("Mombasa", self.page(Campaign))
        self.lose(user)
        self.client.get(reverse("admin:index"))  # what a message still has to say was said in the brand

        for address in ("index", "campaigns_campaign_changelist", "campaigns_statusevent_changelist"):
            self.assertNotIn("Mombasa", self.client.get(reverse(f"admin:{address}")).content.decode(), address)
