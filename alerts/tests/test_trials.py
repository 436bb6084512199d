"""Send a test: from code and from the command line."""

import json
from io import StringIO

from django.core import mail
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from alerts.channels.trial import send_test
from alerts.models import Subscription
from alerts.tests.subscribing import SECRET, person, subscribe
from alerts.tests.test_webhooks import verified
from delivery.models import Attempt, Channel, Message
from tests.receivers import Reply, always, receiving
from tests.support import NOON


@override_settings(OUTGOING_LOOPBACK=True, MAIL_IS_SET_UP=True)
class TrialTests(TestCase):
    def test_each_channel_by_its_own_sender_and_past_the_outbox(self) -> None:
        with receiving() as receiver:
            for channel in (Channel.WEBHOOK, Channel.SLACK, Channel.TEAMS):
                one = subscribe(channel, url=receiver.url, is_active=False, name="Our room")
                self.assertTrue(send_test(one, now=NOON).delivered)
        for received in receiver.received:
            self.assertIn("This is a test of “Our room”", json.dumps(json.loads(received.body), ensure_ascii=False))
        self.assertTrue(send_test(subscribe(Channel.MAIL, user=person("reader")), now=NOON).delivered)
        self.assertIn("This is a test", mail.outbox[0].subject)
        self.assertFalse(Message.objects.exists() or Attempt.objects.exists())

    def test_what_it_ran_into_is_said_and_nothing_is_switched_off(self) -> None:
        with receiving(always(Reply(410, body=b"gone"))) as receiver:
            outcome = send_test(subscribe(Channel.WEBHOOK, url=receiver.url), now=NOON)
        self.assertEqual((outcome.delivered, outcome.status), (False, 410))
        subscription = Subscription.objects.get()
        self.assertEqual((subscription.is_active, subscription.failing_since), (True, None))


@override_settings(OUTGOING_LOOPBACK=True, MAIL_IS_SET_UP=True)
class CommandTests(TestCase):
    def run_it(self, *arguments: str) -> str:
        out = StringIO()
        call_command("notify_test", *arguments, stdout=out)
        return out.getvalue()

    def test_it_lists_who_is_told(self) -> None:
        self.assertEqual(self.run_it(), "Nobody subscribes to alerts yet.\n")
        room = subscribe(Channel.SLACK, name="Room")
        old = subscribe(Channel.TEAMS, name="Old room", is_active=False, switched_off="Nothing has arrived.")
        reader = subscribe(Channel.MAIL, name="", user=person("reader"))
        self.assertEqual(
            self.run_it().splitlines(),
            [
                f"{room.pk}  Slack: Room",
                f"{old.pk}  Teams: Old room, switched off: Nothing has arrived.",
                f"{reader.pk}  mail: mail to reader",
            ],
        )

    def test_it_sends_a_test_by_name_or_id(self) -> None:
        with receiving() as receiver:
            room = subscribe(Channel.WEBHOOK, name="Room", url=receiver.url)
            self.assertEqual(self.run_it("Room"), "The test was sent to “Room”.\n")
            self.assertEqual(self.run_it(str(room.pk)), "The test was sent to “Room”.\n")
        self.assertEqual(len(receiver.received), 2)

    def test_what_does_not_arrive_fails_the_command(self) -> None:
        with receiving(always(Reply(500))) as receiver:
            subscribe(Channel.WEBHOOK, name="Room", url=receiver.url)
            with self.assertRaisesMessage(CommandError, "did not arrive at “Room”. The receiver answered 500."):
                self.run_it("Room")

    def test_a_name_that_is_unknown_or_of_several(self) -> None:
        with self.assertRaisesMessage(CommandError, "No subscription has the name or id “Room”"):
            self.run_it("Room")
        for _ in range(2):
            subscribe(Channel.WEBHOOK, name="Room")
        with self.assertRaisesMessage(CommandError, "2 subscriptions have the name “Room”"):
            self.run_it("Room")

    def test_it_is_signed_as_every_other(self) -> None:
        with receiving() as receiver:
            subscribe(Channel.WEBHOOK, name="Room", url=receiver.url)
            self.run_it("Room")
        self.assertEqual(verified(receiver.received[0], SECRET)["type"], "test")
