"""To whom an alert goes."""

from django.test import TestCase, tag
from uuid_utils.compat import uuid7

from alerts.channels.bodies import encoded
from alerts.channels.fanout import SENDER
from alerts.models import Alert, AlertKind, SubscriptionMode
from alerts.tests.subscribing import alert, make_alert, person, subscribe, written
from alerts.writing import open_alerts
from brands.models import Membership, Role
from delivery.models import Channel, Message, MessageState
from delivery.sending import loop
from delivery.sending.claims import LEASE, claim
from delivery.sending.loop import send_due
from delivery.sending.senders import Senders
from tests.support import NOON, Agency

FAN_OUT: Senders = {Channel.ALERTS: SENDER}


class FanOutCase(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        Message.objects.all().delete()
        Alert.objects.all().delete()
        self.other = self.make_brand("Other")

    def told(self) -> set[str]:
        """Send the alerts alone; return the receivers for whom there is a message now."""
        rows = Message.objects.exclude(channel=Channel.ALERTS)
        send_due(FAN_OUT, clock=lambda: NOON)
        return set(rows.values_list("receiver", flat=True))


@tag("both_databases")
class WhoTests(FanOutCase):
    def test_by_brand_and_kind(self) -> None:
        every = subscribe(Channel.WEBHOOK)
        mine = subscribe(Channel.SLACK, brands=[self.brand, self.other])
        theirs = subscribe(Channel.TEAMS, brands=[self.other])
        kinds = subscribe(Channel.WEBHOOK, kinds=[AlertKind.PAUSED])
        off = subscribe(Channel.WEBHOOK, is_active=False)
        none_left = subscribe(Channel.WEBHOOK, brands=[self.other])
        none_left.brands.clear()
        alert(self.brand)
        self.assertEqual(self.told(), {every.receiver, mine.receiver})
        for one in (theirs, kinds, off, none_left):
            self.assertNotIn(one.receiver, self.told())

    def test_a_person_of_what_they_may_read_now(self) -> None:
        reads, was, none = person("reads"), person("was"), person("none")
        for user in (reads, was):
            Membership.objects.create(user=user, brand=self.brand, role=Role.VIEWER)
        gone = person("gone", is_superuser=True, is_active=False)
        administrator = person("administrator", is_superuser=True)
        rows = {user: subscribe(Channel.MAIL, user=user) for user in (reads, was, none, gone, administrator)}
        named = subscribe(Channel.MAIL, user=none, brands=[self.brand])
        Membership.objects.filter(user=was).delete()
        alert(self.brand)
        self.assertEqual(self.told(), {rows[reads].receiver, rows[administrator].receiver})
        self.assertNotIn(named.receiver, self.told())

    def test_a_channel_of_every_brand_tells_what_who_set_it_up_may_read(self) -> None:
        reader = person("reader")
        Membership.objects.create(user=reader, brand=self.brand, role=Role.VIEWER)
        everything = subscribe(Channel.SLACK, user=reader)
        named = subscribe(Channel.SLACK, user=reader, brands=[self.other])
        alert(self.other)
        self.assertEqual(self.told(), {named.receiver})
        alert(self.brand)
        self.assertEqual(self.told(), {named.receiver, everything.receiver})

    def test_a_digest_is_no_mail_at_once(self) -> None:
        subscribe(Channel.MAIL, user=person("one", is_superuser=True), mode=SubscriptionMode.DIGEST)
        alert(self.brand)
        self.assertEqual(self.told(), set())

    def test_what_is_muted_meanwhile_is_not_told(self) -> None:
        subscribe(Channel.WEBHOOK)
        alert(self.brand)
        Alert.objects.update(muted_at=NOON)
        self.assertEqual(self.told(), set())

    def test_once_each_whatever_races(self) -> None:
        subscribe(Channel.WEBHOOK)
        alert(self.brand)
        (message,) = Message.objects.all()
        (slow,) = claim(FAN_OUT, now=NOON, limit=1)
        late = SENDER.prepare(slow, NOON)()
        later = NOON + LEASE
        (again,) = claim(FAN_OUT, now=later, limit=1)
        for one, finish in ((again, SENDER.prepare(again, later)()), (slow, late)):
            loop._finish(one, finish, FAN_OUT, lambda: later)
        self.assertEqual(len(written(Channel.WEBHOOK)), 1)
        message.refresh_from_db()
        self.assertEqual(message.state, MessageState.DELIVERED)


class WhatTests(FanOutCase):
    def body(self, *alerts: Alert) -> dict[str, object]:
        subscribe(Channel.WEBHOOK)
        open_alerts(alerts, now=NOON)
        self.told()
        (message,) = written(Channel.WEBHOOK)
        return message.body

    def test_a_jump_over_several_thresholds_names_the_highest(self) -> None:
        batch = uuid7()
        body = self.body(
            *(
                make_alert(
                    self.brand,
                    AlertKind.THRESHOLD,
                    batch=batch,
                    threshold=threshold,
                    key=str(threshold),
                    period="D",
                    start=NOON.date(),
                    message=f"Acme has spent {threshold} %.",
                    figures={"spent": "120.00", "budget": "100.00", "currency": "USD"},
                )
                for threshold in (50, 100, 80)
            )
        )
        self.assertEqual((body["type"], body["timestamp"]), ("budget.threshold", "2026-03-11T12:00:00Z"))
        data = body["data"]
        assert isinstance(data, dict)
        self.assertEqual(data["message"], "Acme has spent 100 %.")
        self.assertEqual([one["threshold"] for one in data["alerts"]], [100, 80, 50])
        self.assertEqual(data["alerts"][0]["figures"]["spent"], "120.00")
        self.assertEqual(data["alerts"][0]["period"], "day")  # as the API says it
        self.assertEqual(data["brand"], {"id": str(self.brand.pk), "name": "Acme"})
        self.assertEqual(data["url"], f"https://budget.example.com/admin/brands/brand/{self.brand.pk}/change/")

    def test_many_campaigns_make_one_message_below_20_kb(self) -> None:
        batch = uuid7()
        name = "Kampagne “ü” \n\U0001f600" + "x" * 300
        body = self.body(
            *(
                make_alert(self.brand, AlertKind.PAUSED, batch=batch, key=str(number), message=f"{name} {number}")
                for number in range(2000)
            )
        )
        data = body["data"]
        assert isinstance(data, dict)
        self.assertLess(len(encoded(body)), 20_000)
        self.assertEqual(data["message"], "2000 campaigns of “Acme” are paused by the rules.")
        self.assertEqual(len(data["alerts"]) + data["more"], 2000)
        self.assertGreater(len(data["alerts"]), 20)
