"""Webhooks, Slack and Teams: what is sent, and what a receiver's answers come to."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core import mail
from django.test import SimpleTestCase, TestCase, override_settings, tag
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from uuid_utils.compat import uuid7

from alerts.channels import slack, teams
from alerts.channels.bodies import MOST_ALERTS, compose
from alerts.channels.webhook import make
from alerts.models import Alert, AlertKind, Subscription
from alerts.tests.subscribing import FORMER, SECRET, alert, make_alert, person, send, subscribe, written
from delivery.models import Attempt, Channel, Message, MessageState
from delivery.sending.senders import WEBHOOK_DELAYS
from tests.receivers import Received, Reply, always, receiving
from tests.support import NOON, Agency


def verified(received: Received, secret: str) -> Any:
    """Return the body of a request whose signature the reference library accepts."""
    return Webhook(secret).verify(received.body.decode(), received.headers)


@override_settings(OUTGOING_LOOPBACK=True)
class WebhookCase(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        Message.objects.all().delete()


class SignatureTests(WebhookCase):
    @tag("slow")
    def test_the_reference_verifier_accepts_a_thousand_also_across_a_rotation(self) -> None:
        now = datetime.now(UTC)  # the verifier takes five minutes' difference, and has its own clock
        with receiving() as receiver:
            subscription = subscribe(Channel.WEBHOOK, url=receiver.url)
            for number in range(1000):
                if number == 400:
                    until = (now + timedelta(hours=1)).isoformat()
                    subscription.secrets = {
                        **subscription.secrets,
                        "secret": FORMER,
                        "former": SECRET,
                        "former_until": until,
                    }
                if number == 800:
                    subscription.secrets = {"url": receiver.url, "secret": FORMER}
                body = {"type": "test", "timestamp": "x", "data": {"message": "ü“\u2028\U0001f600" * (number % 7)}}
                message = Message(channel=Channel.WEBHOOK, receiver=subscription.receiver, body=body)
                self.assertTrue(make(subscription, message, now)().delivered)
        self.assertEqual(len(receiver.received), 1000)
        for number, received in enumerate(receiver.received):
            for secret in (SECRET, FORMER):
                if secret == SECRET if number < 400 else secret == FORMER or number < 800:
                    self.assertEqual(verified(received, secret)["type"], "test")
                else:
                    with self.assertRaises(WebhookVerificationError):
                        verified(received, secret)

    def test_a_repetition_has_the_same_id_and_body_and_a_new_time(self) -> None:
        replies = [Reply(503), Reply(200)]
        with receiving(lambda _: replies.pop(0)) as receiver:
            subscribe(Channel.WEBHOOK, url=receiver.url)
            alert(self.brand)
            send()
            send(NOON + timedelta(minutes=1))
        first, second = receiver.received
        self.assertEqual(first.headers["webhook-id"], second.headers["webhook-id"])
        self.assertEqual(first.body, second.body)
        self.assertEqual(first.headers["webhook-timestamp"], str(int(NOON.timestamp())))
        self.assertEqual(second.headers["webhook-timestamp"], str(int(NOON.timestamp()) + 60))
        self.assertEqual(first.headers["content-type"], "application/json")
        self.assertEqual(json.loads(first.body)["type"], "spend.silent")


class OutcomeTests(WebhookCase):
    def answered(self, reply: Reply, now: datetime = NOON) -> Message:
        """Send what a receiver answers so; return the message."""
        with receiving(always(reply)) as receiver:
            subscription = Subscription.objects.first() or subscribe(Channel.WEBHOOK)
            subscription.secrets = {**subscription.secrets, "url": receiver.url + "/T0SECRET?sig=xyzzy-secret"}
            subscription.save()
            Alert.objects.all().delete()
            alert(self.brand, now=now)
            send(now)
        return Message.objects.filter(channel=Channel.WEBHOOK).order_by("-created_at", "-id")[0]

    def test_success_and_failure(self) -> None:
        for status in (200, 204, 299):
            message = self.answered(Reply(status))
            self.assertEqual((message.state, message.error), (MessageState.DELIVERED, ""))
        for status in (301, 302, 307, 400, 404, 429, 500, 503):
            message = self.answered(Reply(status, {"Location": "https://example.com/"}))
            self.assertEqual((message.state, message.error), ("waiting", f"The receiver answered {status}."))
            self.assertEqual(Attempt.objects.get(message=message).status, status)
            wait = (message.due_at or NOON) - NOON
            self.assertTrue(WEBHOOK_DELAYS[0] <= wait <= WEBHOOK_DELAYS[0] * 1.1)
            message.delete()

    def test_retry_after_is_honoured(self) -> None:
        message = self.answered(Reply(429, {"Retry-After": "900"}))
        self.assertEqual(message.due_at, NOON + timedelta(minutes=15))

    def test_no_secret_and_no_address_stands_in_what_is_kept(self) -> None:
        said = b"No \x00hook\r\n /hook/T0SECRET?sig=xyzzy-secret is here. Nor T0SECRET, xyzzy-secret."
        message = self.answered(Reply(404, body=said))
        attempt = Attempt.objects.get(message=message)
        for text in (message.error, attempt.error):
            self.assertIn("The receiver answered 404: No hook", text)
            self.assertNotIn("SECRET", text)
            self.assertNotIn("xyzzy", text)
            self.assertNotIn("127.0.0.1", text)

    @override_settings(MAIL_IS_SET_UP=True)
    def test_410_switches_it_off_and_tells_its_owner_once(self) -> None:
        owner = person("owner")
        subscribe(Channel.WEBHOOK, user=owner, name="Our desk", brands=[self.brand])
        alert(self.brand)
        message = self.answered(Reply(410))
        subscription = Subscription.objects.get()
        self.assertEqual((message.state, subscription.is_active), (MessageState.FAILED, False))
        self.assertIn("The receiver answered 410", subscription.switched_off)
        (sent,) = mail.outbox
        self.assertEqual((sent.to, sent.subject), (["owner@example.com"], "“Our desk” was switched off"))
        self.assertIn("The receiver answered 410", str(sent.body))
        alert(self.brand, now=NOON + timedelta(hours=1))
        send(NOON + timedelta(hours=1))
        self.assertEqual(len(mail.outbox), 1)

    @override_settings(MAIL_IS_SET_UP=True)
    def test_five_days_of_nothing_but_failure_switch_it_off(self) -> None:
        person("admin", is_superuser=True)
        self.answered(Reply(500))
        self.assertEqual(Subscription.objects.get().failing_since, NOON)
        self.answered(Reply(500), NOON + timedelta(days=4, hours=23))
        self.assertTrue(Subscription.objects.get().is_active)
        self.answered(Reply(500), NOON + timedelta(days=5))
        self.assertFalse(Subscription.objects.get().is_active)
        self.assertEqual([sent.to for sent in mail.outbox], [["admin@example.com"]])
        self.assertIn("5 days", str(mail.outbox[0].body))

    def test_one_success_begins_the_five_days_anew(self) -> None:
        self.answered(Reply(500))
        self.answered(Reply(200), NOON + timedelta(days=4))
        self.assertIsNone(Subscription.objects.get().failing_since)
        self.answered(Reply(500), NOON + timedelta(days=6))
        self.assertTrue(Subscription.objects.get().is_active)

    def test_what_waits_for_one_that_is_off_or_gone_is_given_up(self) -> None:
        first = self.answered(Reply(500))
        Subscription.objects.update(is_active=False)
        send(NOON + timedelta(minutes=1))
        first.refresh_from_db()
        self.assertEqual((first.state, first.error), ("failed", "The subscription is switched off."))
        Message.objects.update(state="waiting", due_at=NOON)
        Subscription.objects.all().delete()
        send(NOON + timedelta(minutes=2))
        first.refresh_from_db()
        self.assertEqual((first.state, first.error), ("failed", "The subscription is gone."))


class ChatTests(Agency, TestCase):
    def body(self, number: int = 3, name: str = "<!channel> & *Sale*") -> dict[str, Any]:
        self.brand.name = "A&B <https://evil.example|click>"
        batch = uuid7()
        return compose(
            [
                make_alert(
                    self.brand,
                    AlertKind.PAUSED,
                    campaign=self.make_campaign(f"{name} {one}"),
                    batch=batch,
                    message=f"Campaign “{name} {one}” is paused.",
                )
                for one in range(number)
            ]
        )

    def test_slack_gets_blocks_with_a_text_in_which_nothing_is_a_link(self) -> None:
        shown = slack.as_slack(self.body())
        self.assertEqual(
            shown["text"], "3 campaigns of “A&amp;B &lt;https://evil.example|click&gt;” are paused by the rules."
        )
        self.assertEqual([one["type"] for one in shown["blocks"]], ["header", "section", "section", "context"])
        self.assertEqual(shown["blocks"][0]["text"]["text"], "Campaign paused by the rules")
        self.assertIn("• Campaign “&lt;!channel&gt; &amp; *Sale* 0” is paused.", shown["blocks"][2]["text"]["text"])
        self.assertNotIn("<!channel>", json.dumps(shown))

    def test_teams_gets_a_card(self) -> None:
        shown = teams.as_teams(self.body())
        (attachment,) = shown["attachments"]
        card = attachment["content"]
        self.assertEqual((shown["type"], card["type"]), ("message", "AdaptiveCard"))
        self.assertEqual(attachment["contentType"], "application/vnd.microsoft.card.adaptive")
        self.assertEqual(card["body"][0]["text"], "Campaign paused by the rules")
        self.assertIn("3 campaigns", card["body"][1]["text"])
        self.assertNotIn("*Sale*", json.dumps(card))
        self.assertEqual(card["actions"][0]["type"], "Action.OpenUrl")

    def test_many_long_ones_stay_within_what_they_take(self) -> None:
        body = self.body(120, "x" * 240)
        self.assertLessEqual(len(body["data"]["alerts"]), MOST_ALERTS)
        for block in slack.as_slack(body)["blocks"]:
            self.assertLessEqual(len(str(block.get("text", {}).get("text", ""))), 3000)
        self.assertLess(len(json.dumps(teams.as_teams(body))), 28_000)
        self.assertIn("more.", json.dumps(teams.as_teams(body)))

    @override_settings(OUTGOING_LOOPBACK=True)
    def test_both_arrive(self) -> None:
        Message.objects.all().delete()
        with receiving() as receiver:
            for channel in (Channel.SLACK, Channel.TEAMS):
                subscribe(channel, url=receiver.url)
            alert(self.brand)
            send()
        shapes = sorted("blocks" in json.loads(received.body) for received in receiver.received)
        self.assertEqual(shapes, [False, True])
        states = [written(channel)[0].state for channel in (Channel.SLACK, Channel.TEAMS)]
        self.assertEqual(states, [MessageState.DELIVERED] * 2)


class ScheduleTests(SimpleTestCase):
    def test_it_is_that_of_standard_webhooks(self) -> None:
        self.assertEqual(sum(WEBHOOK_DELAYS, timedelta()), timedelta(hours=75, minutes=35, seconds=5))
