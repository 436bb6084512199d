"""A sender that is killed again and again under load: nothing is lost, and a repetition bears the same id."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase, tag
from django.utils import timezone

from alerts.channels.bodies import compose_test
from alerts.tests.subscribing import SECRET, subscribe
from alerts.tests.test_webhooks import verified
from delivery.models import Channel, Message, MessageState
from delivery.outbox import enqueue
from tests.receivers import Received, Reply, receiving
from tests.sampling import SOAK

SENDER = """
import sys, time, django
django.setup()
from datetime import timedelta
from django.utils import timezone
from alerts.channels.registry import SENDERS
from delivery.sending import claims, loop
claims.LEASE = timedelta(seconds=float(sys.argv[1]))
print("begun", flush=True)
while True:
    loop.send_due(SENDERS, clock=timezone.now, seconds=5)
    time.sleep(0.05)
"""

KILLS = 100 if SOAK else 3
BETWEEN = 20
"""Messages written between two kills."""
LEASE_SECONDS = 3
WITHIN = 60
"""Seconds after the last kill in which all is settled."""


@tag("processes")
@tag("both_databases")
class KillTests(TransactionTestCase):
    def start(self) -> "subprocess.Popen[str]":
        """Run a sender on the tests' database; return it once it is at work."""
        name = connection.settings_dict["NAME"]
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            url = urlunsplit(urlsplit(os.environ["TEST_DATABASE_URL"])._replace(path=f"/{name}"))
        environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": settings.SECRET_KEY, "DEBUG": "true"}
        environment |= {"DJANGO_SETTINGS_MODULE": "budget_system.settings", "REDIS_URL": settings.REDIS_URL}
        command = [sys.executable, "-c", SENDER, str(LEASE_SECONDS)]
        process = subprocess.Popen(
            command,
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as lines:
            self.assertEqual(lines.readline(), "begun\n")
        return process

    def write(self, receivers: list[str], number: int) -> None:
        now = timezone.now()
        body = compose_test(name="load", now=now)
        enqueue(
            Message(
                channel=Channel.WEBHOOK, receiver=receivers[one % len(receivers)], body=body, created_at=now, due_at=now
            )
            for one in range(number)
        )

    def test_nothing_is_lost_and_repetitions_bear_the_same_id(self) -> None:
        dice = random.Random(20260311)

        def answer(received: Received) -> Reply:
            verified(received, SECRET)  # which hangs up where it is not ours
            time.sleep(dice.uniform(0, 0.05))  # so that a kill meets some on their way
            return Reply()

        with receiving(answer) as receiver:
            receivers = [subscribe(Channel.WEBHOOK, url=receiver.url).receiver for _ in range(6)]
            for _ in range(KILLS):
                process = self.start()
                try:
                    self.write(receivers, BETWEEN)
                    arrived, until = len(receiver.received), time.monotonic() + WITHIN
                    while len(receiver.received) == arrived and time.monotonic() < until:
                        time.sleep(0.005)
                    time.sleep(dice.uniform(0, 0.6))
                finally:
                    process.kill()
                    process.wait()
            killed = time.monotonic()
            process = self.start()
            try:
                while Message.objects.filter(due_at__isnull=False).exists():
                    self.assertLess(time.monotonic() - killed, WITHIN, self.left())
                    time.sleep(0.1)
                took = time.monotonic() - killed
            finally:
                process.kill()
                process.wait()
            seen = Counter(received.headers["webhook-id"] for received in receiver.received)
        ids = {str(pk) for pk in Message.objects.values_list("pk", flat=True)}
        self.assertEqual(set(Message.objects.values_list("state", flat=True)), {MessageState.DELIVERED})
        self.assertEqual((len(ids), set(seen)), (KILLS * BETWEEN, ids))
        told = f"{KILLS} kills, {len(ids)} messages, {seen.total() - len(seen)} repetitions"
        print(f"{told}, settled {took:.1f} s after the last kill")

    def left(self) -> str:
        """Return what is not settled, for the message of a failure."""
        waiting = Message.objects.filter(due_at__isnull=False)
        return str(Counter(waiting.order_by().values_list("attempts", "error")))
