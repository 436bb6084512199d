"""Mail: what it says, to whom, and what a mail server's answers come to."""

import smtplib
from typing import Any
from unittest.mock import patch

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import TestCase, override_settings
from uuid_utils.compat import uuid7

from alerts.channels.bodies import compose
from alerts.models import AlertKind, Subscription
from alerts.tests.subscribing import alert, make_alert, person, send, subscribe, written
from alerts.writing import open_alerts
from brands.models import Membership, Role
from delivery.models import Attempt, Channel, Message, MessageState
from tests.support import NOON, Agency


@override_settings(MAIL_IS_SET_UP=True)
class MailTests(Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        Message.objects.all().delete()
        self.reader = person("reader")
        Membership.objects.create(user=self.reader, brand=self.brand, role=Role.VIEWER)
        self.subscription = subscribe(Channel.MAIL, user=self.reader)

    def sent(self) -> EmailMultiAlternatives:
        (one,) = mail.outbox
        assert isinstance(one, EmailMultiAlternatives)
        return one

    def test_it_says_what_began_as_text_and_html_and_how_to_end_it(self) -> None:
        self.brand.name = "A & <b>B</b>"
        self.brand.save()
        alert(self.brand, message="“A & <b>B</b>” has spent\r\n100 %.")
        send()
        sent = self.sent()
        html = str(sent.alternatives[0][0])
        self.assertEqual((sent.to, sent.from_email), (["reader@example.com"], "budget@example.com"))
        self.assertEqual(sent.subject, "“A & <b>B</b>” has spent 100 %.")
        self.assertIn("“A & <b>B</b>” has spent", sent.body)
        self.assertIn("“A &amp; &lt;b&gt;B&lt;/b&gt;” has spent", html)
        link = sent.extra_headers["List-Unsubscribe"].strip("<>")
        self.assertTrue(link.startswith("https://budget.example.com/unsubscribe/"))
        self.assertEqual(sent.extra_headers["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        for text in (sent.body, html):
            self.assertIn(link, text)
            self.assertIn(f"https://budget.example.com/admin/brands/brand/{self.brand.pk}/change/", text)
        (message,) = written(Channel.MAIL)
        self.assertEqual(sent.message()["Message-ID"], f"<{message.pk}@example.com>")

    def test_many_campaigns_are_one_mail_that_lists_them(self) -> None:
        batch = uuid7()
        campaigns = [self.make_campaign(f"Nr. {number}") for number in range(3)]
        alerts = [
            make_alert(
                self.brand, AlertKind.PAUSED, batch=batch, campaign=one, key=str(one.pk), message=f"{one} is paused."
            )
            for one in campaigns
        ]
        open_alerts(alerts, now=NOON)
        send()
        sent = self.sent()
        self.assertEqual(sent.subject, "3 campaigns of “Acme” are paused by the rules.")
        for number in range(3):
            self.assertIn(f"- Nr. {number} is paused.", sent.body)
            self.assertIn(f"Nr. {number} is paused.</li>", str(sent.alternatives[0][0]))

    def test_who_lost_the_brand_since_it_was_written_gets_nothing(self) -> None:
        for ends in (
            lambda: Membership.objects.all().delete(),
            lambda: type(self.reader).objects.filter(pk=self.reader.pk).update(is_active=False),
            lambda: Subscription.objects.update(is_active=False),
        ):
            message = self.written_message()
            ends()
            send()
            message.refresh_from_db()
            self.assertEqual((message.state, mail.outbox), (MessageState.FAILED, []))
            self.assertTrue(message.error)

    def written_message(self) -> Message:
        body = compose([make_alert(self.brand)])
        receiver = self.subscription.receiver
        return Message.objects.create(
            channel=Channel.MAIL, receiver=receiver, brand=self.brand, body=body, created_at=NOON, due_at=NOON
        )

    def test_without_a_mail_server_or_an_address_it_is_given_up_and_says_why(self) -> None:
        with self.settings(MAIL_IS_SET_UP=False):
            message = self.written_message()
            send()
        message.refresh_from_db()
        self.assertIn("no mail server is set up", message.error)
        type(self.reader).objects.update(email="")
        message = self.written_message()
        send()
        message.refresh_from_db()
        self.assertEqual(message.error, "The person has no e-mail address.")
        self.assertEqual(mail.outbox, [])

    def test_what_the_mail_server_answers(self) -> None:
        refused: Any = smtplib.SMTPRecipientsRefused
        for error, state in (
            (OSError("down"), MessageState.WAITING),
            (smtplib.SMTPServerDisconnected("gone"), MessageState.WAITING),
            (smtplib.SMTPAuthenticationError(535, b"password secret"), MessageState.WAITING),
            (refused({"reader@example.com": (450, b"later")}), MessageState.WAITING),
            (refused({"reader@example.com": (550, b"unknown")}), MessageState.FAILED),
        ):
            with self.subTest(error=error), patch.object(EmailMultiAlternatives, "send", side_effect=error):
                message = self.written_message()
                send()
                message.refresh_from_db()
                self.assertEqual(message.state, state)
                self.assertNotIn("secret", message.error)
                self.assertEqual(Attempt.objects.filter(message=message).count(), 1)
                message.delete()
        self.assertTrue(Subscription.objects.get().is_active)  # the mail server is ours: nobody is switched off for it
