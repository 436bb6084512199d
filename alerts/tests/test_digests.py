"""Digests: when, of what, to whom."""

from datetime import UTC, datetime, timedelta

import time_machine
from django.core import mail
from django.test import TestCase, override_settings, tag

from alerts.channels.digests import DigestsFailed, send_digests
from alerts.models import Alert, AlertKind, Subscription, SubscriptionMode
from alerts.tests.subscribing import alert, person, send, subscribe, written
from brands.models import Membership, Role
from delivery.models import Channel, Message
from tasks.delivery_tasks import send_messages_task
from tests.support import Agency

DAY = timedelta(days=1)
SEVEN = datetime(2026, 3, 12, 6, tzinfo=UTC)
"""07:00 in Berlin, the day after the agency's noon."""


@tag("both_databases")
@override_settings(MAIL_IS_SET_UP=True)
class DigestTests(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        Message.objects.all().delete()
        Alert.objects.all().delete()
        self.reader = person("reader")
        Membership.objects.create(user=self.reader, brand=self.brand, role=Role.VIEWER)
        self.subscription = subscribe(
            Channel.MAIL, user=self.reader, mode=SubscriptionMode.DIGEST, timezone="Europe/Berlin"
        )
        self.assertEqual(send_digests(now=self.now), 0)

    def due(self) -> datetime | None:
        return Subscription.objects.get(pk=self.subscription.pk).digest_due_at

    def test_it_is_due_at_seven_where_the_person_is(self) -> None:
        self.assertEqual(self.due(), SEVEN)
        alert(self.brand, now=self.now)
        self.assertEqual(send_digests(now=SEVEN - timedelta(seconds=1)), 0)
        self.assertEqual(send_digests(now=SEVEN), 1)
        self.assertEqual(self.due(), SEVEN + DAY)
        self.assertEqual(send_digests(now=SEVEN + timedelta(seconds=10)), 0)

    def test_the_clocks_change_and_it_stays_seven(self) -> None:
        before = datetime(2026, 3, 28, 6, tzinfo=UTC)
        Subscription.objects.update(digest_due_at=before)
        send_digests(now=before)
        self.assertEqual(self.due(), datetime(2026, 3, 29, 5, tzinfo=UTC))

    def test_it_tells_each_alert_once_brand_by_brand(self) -> None:
        second = self.make_brand("Zeta")
        Membership.objects.create(user=self.reader, brand=second, role=Role.VIEWER)
        Alert.objects.all().delete()
        alert(second, now=self.now, message="Zeta is silent.")
        resolved = alert(self.brand, now=self.now, message="Acme is silent.")
        Alert.objects.filter(pk=resolved.pk).update(resolved_at=self.now)
        alert(self.brand, AlertKind.DRIFT, now=SEVEN - timedelta(seconds=30), message="Too late for today.")
        send_digests(now=SEVEN)
        Message.objects.filter(channel=Channel.ALERTS).delete()
        send(SEVEN)
        (sent,) = mail.outbox
        self.assertEqual(sent.subject, "2 alerts of 2 brands")
        text = str(sent.body)
        self.assertLess(text.index("- Acme is silent. (resolved)"), text.index("- Zeta is silent."))
        self.assertNotIn("Too late", text)
        send_digests(now=SEVEN + DAY)
        Message.objects.filter(channel=Channel.ALERTS).delete()
        send(SEVEN + DAY)
        self.assertEqual(mail.outbox[1].subject, "1 alert of “Acme”")
        self.assertIn("Too late for today.", str(mail.outbox[1].body))
        self.assertNotIn("silent", str(mail.outbox[1].body))

    def test_nothing_to_tell_is_not_told(self) -> None:
        other = self.make_brand("Other")
        alert(other, now=self.now)
        alert(self.brand, now=self.now - DAY)
        muted = alert(self.brand, AlertKind.DRIFT, now=self.now)
        Alert.objects.filter(pk=muted.pk).update(muted_at=self.now)
        Subscription.objects.update(kinds=[AlertKind.SILENT, AlertKind.DRIFT])
        alert(self.brand, AlertKind.IMPORT_FAILED, now=self.now)
        self.assertEqual(send_digests(now=SEVEN), 0)
        self.assertEqual((written(Channel.MAIL), self.due()), ([], SEVEN + DAY))

    def test_after_an_outage_one_digest_tells_of_all_days(self) -> None:
        for days in range(3):
            alert(self.brand, now=self.now + days * DAY)
        self.assertEqual(send_digests(now=SEVEN + 2 * DAY + timedelta(hours=3)), 1)
        (message,) = written(Channel.MAIL)
        self.assertEqual(message.body["data"]["message"], "3 alerts of “Acme”")
        self.assertEqual(self.due(), SEVEN + 3 * DAY)

    def test_what_may_not_be_read_any_more_is_left_out_when_it_is_sent(self) -> None:
        second = self.make_brand("Zeta")
        membership = Membership.objects.create(user=self.reader, brand=second, role=Role.VIEWER)
        Alert.objects.all().delete()
        for brand in (self.brand, second):
            alert(brand, now=self.now, message=f"{brand} is silent.")
        Message.objects.all().delete()
        send_digests(now=SEVEN)
        membership.delete()
        send(SEVEN)
        self.assertEqual(mail.outbox[0].subject, "1 alert of “Acme”")
        self.assertNotIn("Zeta", str(mail.outbox[0].body))
        Message.objects.update(due_at=SEVEN, state="waiting")
        Membership.objects.all().delete()
        send(SEVEN)
        self.assertEqual(len(mail.outbox), 1)

    def test_a_jump_over_several_thresholds_is_told_as_the_highest(self) -> None:
        Alert.objects.all().delete()
        self.spend("81.50")
        self.assertEqual(Alert.objects.count(), 2)
        send_digests(now=SEVEN)
        (message,) = written(Channel.MAIL)
        self.assertEqual([one["threshold"] for one in message.body["data"]["sections"][0]["alerts"]], [80])

    def test_one_that_fails_stops_no_other(self) -> None:
        broken = subscribe(Channel.MAIL, user=self.reader, mode=SubscriptionMode.DIGEST, timezone="Nowhere/Else")
        alert(self.brand, now=self.now)
        with self.assertLogs("budget_system.outbox", "ERROR"), self.assertRaises(DigestsFailed):
            send_digests(now=SEVEN)
        self.assertEqual([one.receiver for one in written(Channel.MAIL)], [self.subscription.receiver])
        broken.delete()

    def test_the_task_of_the_sender_writes_them(self) -> None:
        alert(self.brand, now=self.now)
        Message.objects.all().delete()
        with time_machine.travel(SEVEN, tick=False):
            send_messages_task()
            send_messages_task()
        self.assertEqual(len(mail.outbox), 1)

    def test_many_alerts_stay_a_mail(self) -> None:
        for number in range(30):
            alert(self.brand, now=self.now + timedelta(seconds=number))
        send_digests(now=SEVEN)
        (message,) = written(Channel.MAIL)
        (section,) = message.body["data"]["sections"]
        self.assertEqual((len(section["alerts"]), section["more"]), (20, 10))
        Message.objects.filter(channel=Channel.ALERTS).delete()
        send(SEVEN)
        self.assertIn("and 10 more", str(mail.outbox[0].body))
