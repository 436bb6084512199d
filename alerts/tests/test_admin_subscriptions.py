"""Subscriptions in the admin: whose they are, and what is shown once."""

import json
import re
from typing import Any
from unittest import mock

import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import TestCase, override_settings, tag
from django.urls import reverse

from alerts.admin.subscriptions import SubscriptionAdmin
from alerts.models import Subscription
from alerts.models.subscriptions import default_kinds
from delivery.sending.senders import DELIVERED, Outcome
from tests.access import Roles
from tests.browsing import AdminTestCase

HOOK = "https://hooks.example.com/services/tell-nobody"


class SubscriptionFormTests(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.admin.email = "ana@example.com"
        self.admin.save()
        self.add_url = self.url(Subscription, "add")

    def form(self, **typed: object) -> dict[str, object]:
        """Return what the form of a new one sends, with all boxes as they are ticked at first."""
        return {**self.open(self.add_url, "subscription"), "kinds": default_kinds(), "brands": [], **typed}

    def add(self, **typed: object) -> Any:
        return self.send(self.add_url, self.form(**typed))

    def test_all_but_the_coming_and_going_of_campaigns_is_ticked_at_first(self) -> None:
        page = self.client.get(self.add_url).content.decode()
        ticked = [
            re.findall('value="([^"]*)"', box)[0]
            for box in re.findall(r'<input type="checkbox"[^>]*\schecked(?=[\s>])', page)
        ]
        self.assertEqual(ticked, default_kinds())
        self.assertIn("Part of a budget spent", page)

    def test_one_subscribes_to_ones_own_mail(self) -> None:
        answer = self.add(channel="mail", mode="digest", timezone="Europe/Berlin")

        row = Subscription.objects.get()
        self.assertRedirects(answer, self.page_of(row))
        self.assertEqual(
            (row.user, row.mode, row.timezone, row.every_brand), (self.admin, "digest", "Europe/Berlin", True)
        )
        listed = self.client.get(self.url(Subscription, "changelist"))
        self.assertContains(listed, "ana, daily at 07:00 (Europe/Berlin)")
        self.assertContains(listed, "every brand that they may read")

    def test_the_secret_of_a_webhook_is_shown_once(self) -> None:
        answer = self.add(channel="webhook", name="Ops", url=HOOK, brands=[str(self.brand.pk)])

        secret = Subscription.objects.get().secrets["secret"]
        self.assertContains(answer, secret)
        self.assertNotContains(answer, "tell-nobody")
        row = Subscription.objects.get()
        for page in (self.page_of(row), self.url(Subscription, "changelist")):
            shown = self.client.get(page)
            self.assertContains(shown, "hooks.example.com")
            self.assertNotContains(shown, "tell-nobody")
            self.assertNotContains(shown, secret)

    def test_a_new_secret_is_asked_for_first(self) -> None:
        self.add(channel="webhook", url=HOOK, brands=[str(self.brand.pk)])
        row = Subscription.objects.get()
        url = self.page_of(row, "rotate")
        self.assertContains(self.client.get(url), "Make a new secret")
        self.assertEqual(Subscription.objects.get().secrets, row.secrets)

        answer = self.send(url, {"confirmed": "yes"})
        self.assertEqual(len(Subscription.objects.get().signing_secrets(self.now)), 2)
        self.assertContains(answer, Subscription.objects.get().secrets["secret"])

    def test_what_may_be_changed_is_shown_where_the_channel_is_not_asked(self) -> None:
        self.add(channel="mail", mode="at_once")
        self.add(channel="webhook", name="Ops", url=HOOK, brands=[str(self.brand.pk)])
        for row, shown in zip(
            Subscription.objects.order_by("created_at"), (("mode", "timezone"), ("url",)), strict=True
        ):
            self.assert_conditions_can_be_judged(self.page_of(row), *shown)
        self.assert_conditions_can_be_judged(self.add_url, "url", "mode", "timezone")

    def assert_conditions_can_be_judged(self, url: str, *fields: str) -> None:
        """Each condition names only fields of the page, but for those whose absence it asks for."""
        page = self.client.get(url).content.decode()
        there = json.loads(re.findall(r"x-data='([^']*)'", page)[0])
        for field in fields:
            self.assertIn(field, there)
            condition = SubscriptionAdmin.conditional_fields[field]
            names = set(re.findall(r"(?<!')\b[a-z]+\b(?!')", condition)) - {"typeof"}
            asked_for = set(re.findall(r"typeof (\w+) == 'undefined'", condition))
            self.assertLessEqual(names - asked_for, set(there), condition)

    def test_only_what_was_changed_is_written(self) -> None:
        self.add(channel="slack", name="Ops", url=HOOK, brands=[str(self.brand.pk)])
        row = Subscription.objects.get()
        form = {**self.open(self.page_of(row), "subscription"), "kinds": row.kinds, "brands": [str(self.brand.pk)]}
        self.assertEqual(form["url"], "")

        answer = self.send(self.page_of(row), {**form, "name": "Night watch", "kinds": ["spend.silent"]})
        self.assertEqual(answer.status_code, 302, answer.context and answer.context["adminform"].form.errors)

        row = Subscription.objects.get()
        self.assertEqual(
            (row.name, row.url, row.kinds, row.every_brand), ("Night watch", HOOK, ["spend.silent"], False)
        )
        self.assertEqual(list(row.brands.all()), [self.brand])
        without = {name: value for name, value in form.items() if name != "is_active"}
        self.send(self.page_of(row), {**without, "name": "Night watch", "kinds": row.kinds})
        row.refresh_from_db()
        self.assertEqual((row.is_active, row.switched_off), (False, "user ana has switched it off."))

    def test_a_refusal_stands_at_its_field(self) -> None:
        for typed, field, says in (
            ({"channel": "webhook", "url": "https://127.0.0.1/"}, "url", "not on the internet"),
            ({"channel": "teams"}, "url", "Say where"),
            ({"channel": "slack", "url": HOOK, "kinds": []}, "kinds", "required"),
            ({"channel": "mail", "user": str(User.objects.create_user("nomail").pk)}, "user", "has no mail address"),
        ):
            with self.subTest(field=field, typed=typed):
                errors = self.errors(self.add(**{"timezone": "UTC", **typed}))
                self.assertIn(says, str(errors[field]))
        self.assertFalse(Subscription.objects.exists())

    @override_settings(MAIL_IS_SET_UP=True)
    def test_a_test_is_sent_after_asking_and_says_what_it_came_to(self) -> None:
        self.add(channel="mail")
        row = Subscription.objects.get()
        url = self.page_of(row, "test")
        self.assertContains(self.client.get(url), "goes to ana")
        self.assertEqual(mail.outbox, [])

        arrived = self.send(url, {"confirmed": "yes"})
        self.assertEqual([message.to for message in mail.outbox], [["ana@example.com"]])
        self.assertIn("has arrived", self.messages_in(arrived))
        with mock.patch("alerts.admin.subscription_orders.send_test", return_value=Outcome(error="410 Gone")):
            self.assertIn("has not arrived at ana: 410 Gone", self.messages_in(self.send(url, {"confirmed": "yes"})))

    def test_says_why_one_is_switched_off_and_since_when_one_fails(self) -> None:
        self.add(channel="slack", url=HOOK)
        Subscription.objects.update(is_active=False, switched_off="It wants no more: 410.")
        listed = self.url(Subscription, "changelist")
        self.assertContains(self.client.get(listed), "It wants no more: 410.")
        Subscription.objects.update(is_active=True, failing_since=self.now)
        self.assertContains(self.client.get(listed), "since Wed 11 Mar 2026, 12:00")

    def test_says_where_no_mail_server_is_set_up(self) -> None:
        self.add(channel="mail")
        for is_set_up in (False, True):
            with self.settings(MAIL_IS_SET_UP=is_set_up):
                for url in (self.url(Subscription, "changelist"), self.page_of(Subscription.objects.get())):
                    said = "nothing is sent before one is set up" in self.client.get(url).content.decode()
                    self.assertEqual(said, not is_set_up)

    def test_is_deleted(self) -> None:
        self.add(channel="slack", url=HOOK)
        row = Subscription.objects.get()
        self.assertContains(self.client.get(self.page_of(row, "delete")), "will be deleted")
        self.send(self.page_of(row, "delete"), {"post": "yes"})
        self.assertFalse(Subscription.objects.exists())

    def test_the_list_asks_the_database_as_often_for_many_as_for_few(self) -> None:
        self.add(channel="slack", url=HOOK, brands=[str(self.brand.pk)])
        few = self.queries_of_list(Subscription)
        for _ in range(4):
            self.add(channel="slack", url=HOOK, brands=[str(self.brand.pk)])
        self.assertLessEqual(self.queries_of_list(Subscription), few)


class SubscriptionAccessTests(Roles, TestCase):
    """Who reaches which subscription in the admin: as over REST."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.own = Subscription.objects.create(channel="mail", user=self.viewer, every_brand=True, name="Veras mail")
        self.acme = self.channel("Of Acme", self.brand)
        self.zephyr = self.channel("Of Zephyr", self.other)
        self.of_all = Subscription.objects.create(channel="slack", every_brand=True, name="Of all")

    def channel(self, name: str, *brands: Any) -> Subscription:
        row = Subscription.objects.create(channel="webhook", name=name, secrets={"url": HOOK, "secret": "whsec_eA=="})
        row.brands.set(brands)
        return row

    @tag("slow")
    def test_each_sees_and_changes_their_own(self) -> None:
        rows = (self.own, self.acme, self.zephyr, self.of_all)
        for user, reads, writes in (
            (self.viewer, {self.own, self.acme}, {self.own}),
            (self.manager, {self.acme}, {self.acme}),
            (self.stranger, {self.zephyr}, {self.zephyr}),
            (self.every_viewer, {self.acme, self.zephyr}, set()),
            (self.loner, set(), set()),
            (self.administrator, set(rows), set(rows)),
        ):
            self.client.force_login(user)
            listed = self.client.get(reverse("admin:alerts_subscription_changelist")).content.decode()
            for row in rows:
                for page in ("change", "delete", "test", "rotate"):
                    with self.subTest(user=user.username, row=row.name, page=page):
                        url = reverse(f"admin:alerts_subscription_{page}", args=[row.pk])
                        allowed = writes if page != "change" else reads
                        with mock.patch("alerts.admin.subscription_orders.send_test", return_value=DELIVERED) as sent:
                            status = self.client.get(url).status_code
                            wanted = 200 if row in allowed else 403 if row in reads else 302
                            self.assertEqual(status, wanted)
                            if row not in writes:
                                body = {"post": "yes", "confirmed": "yes", "name": "Mine", "kinds": ["spend.silent"]}
                                self.assertIn(self.client.post(url, body).status_code, (302, 403))
                            sent.assert_not_called()
                with self.subTest(user=user.username, listed=row.name):
                    self.assertEqual(row.name in listed, row in reads)
            self.assertEqual(set(Subscription.objects.values_list("name", flat=True)), {row.name for row in rows})

    def test_a_manager_makes_a_channel_of_their_brands_alone(self) -> None:
        self.client.force_login(self.manager)
        url = reverse("admin:alerts_subscription_add")
        page = self.client.get(url).content.decode()
        self.assertIn("Acme", page)
        self.assertNotIn("Other", page.replace("Otherwise", ""))
        form = {"channel": "slack", "url": HOOK, "kinds": ["spend.silent"], "timezone": "UTC"}
        for brands, says in (([], "Choose the brands"), ([str(self.other.pk)], "Select a valid choice")):
            answer = self.client.post(url, {**form, "brands": brands})
            self.assertIn(says, str(answer.context["adminform"].form.errors["brands"]))
        self.assertEqual(self.client.post(url, {**form, "brands": [str(self.brand.pk)]}).status_code, 302)

        self.client.force_login(self.viewer)
        answer = self.client.post(url, {**form, "brands": [str(self.brand.pk)]})
        self.assertIn("may only read “Acme”", str(answer.context["adminform"].form.errors["brands"]))
