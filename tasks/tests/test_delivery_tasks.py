"""The sender's worker looks after what is due by itself where no message tells it to."""

from datetime import timedelta

from django.test import SimpleTestCase, TestCase
from django.utils import timezone

from budget_system.operations.outgoing import ANSWER_SECONDS, CONNECT_SECONDS
from delivery.connectors.protocol import CALL_SECONDS, PUSH_SECONDS
from delivery.models import Channel, Message, MessageState
from delivery.sending.claims import LEASE
from delivery.sending.loop import CLAIM_SECONDS
from tasks.delivery_tasks import NOBODY_SENDS, send_if_nobody_does, send_messages_task
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


class LimitTests(SimpleTestCase):
    def test_what_was_claimed_last_has_ended_before_the_task_does_and_the_task_before_the_lease(self) -> None:
        push, request = PUSH_SECONDS + 2 * CALL_SECONDS, CONNECT_SECONDS + ANSWER_SECONDS
        soft, hard = send_messages_task.soft_time_limit or 0, send_messages_task.time_limit or 0
        self.assertLess(CLAIM_SECONDS + max(push, request), soft)
        self.assertLess(soft, hard)
        self.assertLess(hard, LEASE.total_seconds())
        self.assertLess(LEASE.total_seconds() + 10, 60)  # beat looks every ten seconds
