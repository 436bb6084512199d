"""The sender's worker looks after what is due by itself where no message tells it to."""

from datetime import timedelta

from django.test import TestCase
from django.utils import timezone

from delivery.models import Channel, Message, MessageState
from tasks.delivery_tasks import NOBODY_SENDS, send_if_nobody_does
from tasks.models import Heartbeat


class WithoutBrokerTests(TestCase):
    def test_it_sends_only_where_nobody_has_for_a_while(self) -> None:
        message = Message.objects.create(
            channel=Channel.PLATFORM, receiver="account:01a22dc1-d19b-70c6-8bf9-83475b0b5abd"
        )
        now = timezone.now()
        Heartbeat.objects.create(name="send_messages_task", finished_at=now)
        self.assertFalse(send_if_nobody_does(now=now))
        self.assertTrue(send_if_nobody_does(now=now + NOBODY_SENDS + timedelta(seconds=1)))
        message.refresh_from_db()
        self.assertEqual(message.state, MessageState.DELIVERED)
