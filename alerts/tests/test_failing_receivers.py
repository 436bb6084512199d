"""A receiver that fails again and again, really over the wire and on a clock of the test's own: nothing is lost."""

import random
import time
from datetime import timedelta
from itertools import pairwise
from unittest.mock import patch

from django.test import TransactionTestCase, override_settings, tag

from alerts.channels.bodies import compose_test
from alerts.tests.subscribing import send, subscribe
from budget_system.operations import outgoing
from delivery.models import Attempt, Channel, Message, MessageState
from delivery.outbox import enqueue
from delivery.sending import loop
from delivery.sending.claims import JITTER
from delivery.sending.senders import WEBHOOK_DELAYS
from tests.receivers import Received, Reply, always, receiving
from tests.sampling import SOAK
from tests.support import NOON

MESSAGES = 600 if SOAK else 60
HANGS = 1.5
"""Seconds that one who answers nothing, or too slowly, is waited for; in earnest it is 18."""
ASKED = timedelta(minutes=20)

FAULTS = (
    Reply(500),
    Reply(503),
    Reply(429, {"Retry-After": f"{ASKED.total_seconds():.0f}"}),
    Reply(302, {"Location": "http://127.0.0.1:1/"}),
    Reply(hangs=True),
    Reply(drips="headers"),
)


@tag("both_databases", "slow")
@override_settings(OUTGOING_LOOPBACK=True)
class FailingReceiverTests(TransactionTestCase):
    def setUp(self) -> None:
        for name in ("CONNECT_SECONDS", "ANSWER_SECONDS"):
            shortened = patch.object(outgoing, name, HANGS / 2)
            shortened.start()
            self.addCleanup(shortened.stop)

    def write(self, receiver: str, number: int) -> None:
        body = compose_test(name="load", now=NOON)
        enqueue(
            Message(channel=Channel.WEBHOOK, receiver=receiver, body=body, created_at=NOON, due_at=NOON)
            for _ in range(number)
        )

    def test_nothing_is_lost_the_schedule_is_kept_and_nobody_else_waits(self) -> None:
        dice = random.Random(20260311)

        def answer(received: Received) -> Reply:
            return dice.choice(FAULTS) if dice.random() < 0.3 else Reply()

        with receiving(answer) as failing, receiving() as quick, receiving(always(Reply(hangs=True))) as hanging:
            stuck, flaky, other = (subscribe(Channel.WEBHOOK, url=one.url) for one in (hanging, failing, quick))
            self.write(stuck.receiver, loop.THREADS)
            self.write(flaky.receiver, MESSAGES)
            self.write(other.receiver, 10)
            now = NOON
            passes = 0
            while True:
                begun = time.monotonic()
                send(now)
                if not passes:
                    late = max(received.at for received in quick.received) - begun
                passes += 1
                Message.objects.filter(receiver=stuck.receiver).delete()  # it has shown what it can: it delays nobody
                due = Message.objects.filter(due_at__isnull=False).order_by("due_at").values_list("due_at", flat=True)
                first = due.first()
                if first is None:
                    break
                now = first + timedelta(seconds=1)
        self.assertLess(late, 1)
        self.assertEqual(set(Message.objects.values_list("state", flat=True)), {MessageState.DELIVERED})
        arrived = {received.headers["webhook-id"] for received in failing.received}
        self.assertEqual(len(arrived), MESSAGES)
        self.assertEqual(len({received.headers["webhook-id"] for received in quick.received}), 10)
        self.assertGreater(Attempt.objects.filter(delivered=False).count(), MESSAGES / 6)
        for message in Message.objects.filter(receiver=flaky.receiver).prefetch_related("tries"):
            self.assert_schedule(sorted(message.tries.all(), key=lambda one: one.at))

    def assert_schedule(self, tries: list[Attempt]) -> None:
        """Each try follows the one before by the schedule's wait, or by what the receiver asked for."""
        for number, (before, after) in enumerate(pairwise(tries)):
            wait = after.at - before.at
            delay = WEBHOOK_DELAYS[number]
            if before.status == 429:
                delay = max(delay, ASKED)
            self.assertGreaterEqual(wait, delay)
            # A pass goes on for some real seconds, on a clock that stands: what is due then waits for the next.
            self.assertLessEqual(wait, delay * (1 + JITTER) + timedelta(seconds=2), (number, before.status))
