"""The outbox: what is claimed, by whom, and what a try comes to."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID

from django.db import transaction
from django.test import TestCase, TransactionTestCase, tag
from django.utils import timezone

from brands.models import Brand
from delivery.models import Attempt, Channel, Message, MessageState
from delivery.outbox import enqueue, purge_messages, send_again
from delivery.sending.claims import LEASE, claim, settle
from delivery.sending.loop import THREADS, send_due
from delivery.sending.senders import DELIVERED, WEBHOOK_DELAYS, Finish, Outcome, Send, Sender
from tasks.budget_tasks import enforce_budget_limits_task
from tests.runner import on_postgres
from tests.support import NOON
from tests.threads import threads

Answer = Callable[[Message], Outcome]


def sender(answer: Answer, at_once: int = 4) -> Sender:
    """Return a sender that answers so, without a network."""

    def prepare(message: Message, _: datetime) -> Send:
        def send() -> Finish:
            outcome = answer(message)
            return lambda _: outcome

        return send

    return Sender(prepare, WEBHOOK_DELAYS, at_once=at_once)


def webhooks(answer: Answer, at_once: int = 4) -> dict[str, Sender]:
    return {Channel.WEBHOOK: sender(answer, at_once)}


def write(number: int = 1, receiver: str = "a") -> list[Message]:
    channel = Channel.WEBHOOK
    messages = [Message(channel=channel, receiver=receiver, created_at=NOON, due_at=NOON) for _ in range(number)]
    enqueue(messages)
    return messages


@tag("both_databases")
class ClaimTests(TestCase):
    senders = webhooks(lambda _: DELIVERED)

    def test_what_is_claimed_is_nobody_elses_until_the_lease_ends(self) -> None:
        write()
        (first,) = claim(self.senders, now=NOON, limit=10)
        self.assertEqual(claim(self.senders, now=NOON + LEASE - timedelta(seconds=1), limit=10), [])
        (again,) = claim(self.senders, now=NOON + LEASE, limit=10)
        self.assertEqual((again.pk, again.attempts), (first.pk, 2))

    def test_of_one_receiver_four_are_on_their_way_and_others_go_on(self) -> None:
        write(10, "hanging")
        write(3, "other")
        claimed = claim(self.senders, now=NOON, limit=100)
        self.assertEqual(sorted(one.receiver for one in claimed), ["hanging"] * 4 + ["other"] * 3)
        self.assertEqual(claim(self.senders, now=NOON, limit=100), [])
        settle(claimed[0], DELIVERED, self.senders[Channel.WEBHOOK], now=NOON)
        self.assertEqual([one.receiver for one in claim(self.senders, now=NOON, limit=100)], ["hanging"])

    def test_receivers_that_hang_with_much_that_waits_leave_room_for_others(self) -> None:
        for number in range(8):
            write(40, f"hanging {number}")
        self.assertEqual(len(claim(self.senders, now=NOON, limit=32)), 32)
        write(1, "other")
        self.assertEqual([one.receiver for one in claim(self.senders, now=NOON, limit=1)], ["other"])

    def test_no_more_than_the_limit(self) -> None:
        write(3)
        self.assertEqual(len(claim(self.senders, now=NOON, limit=2)), 2)
        self.assertEqual(len(claim(self.senders, now=NOON, limit=0)), 0)

    def test_what_is_not_due_and_what_no_sender_sends_stays(self) -> None:
        write()
        self.assertEqual(claim(self.senders, now=NOON - timedelta(seconds=1), limit=9), [])
        self.assertEqual(claim({Channel.SLACK: self.senders[Channel.WEBHOOK]}, now=NOON, limit=9), [])


@tag("both_databases")
class SettleTests(TestCase):
    def claimed(self, answer: Answer, now: datetime = NOON) -> tuple[Message, Sender]:
        senders = webhooks(answer)
        return claim(senders, now=now, limit=1)[0], senders[Channel.WEBHOOK]

    def test_the_schedule_is_that_of_standard_webhooks(self) -> None:
        (written,) = write()
        now, waits = NOON, []
        for _ in range(10):
            message, how = self.claimed(lambda _: Outcome(status=503), now)
            settle(message, Outcome(status=503, error="503"), how, now=now)
            written.refresh_from_db()
            if written.due_at is None:
                break
            waits.append(written.due_at - now)
            now = written.due_at
        for wait, delay in zip(waits, WEBHOOK_DELAYS, strict=True):
            self.assertTrue(delay <= wait <= delay * 1.1, (wait, delay))
        self.assertEqual((written.state, written.attempts), (MessageState.FAILED, 10))
        self.assertEqual(Attempt.objects.filter(message=written).count(), 10)

    def test_retry_after_is_honoured_where_it_is_longer(self) -> None:
        (written,) = write()
        message, how = self.claimed(lambda _: DELIVERED)
        settle(message, Outcome(status=429, retry_after=timedelta(hours=1)), how, now=NOON)
        written.refresh_from_db()
        self.assertEqual(written.due_at, NOON + timedelta(hours=1))

    def test_a_lease_that_has_run_out_settles_nothing(self) -> None:
        (written,) = write()
        late, how = self.claimed(lambda _: DELIVERED)
        self.claimed(lambda _: DELIVERED, NOON + LEASE)
        self.assertFalse(settle(late, DELIVERED, how, now=NOON + LEASE))
        written.refresh_from_db()
        self.assertEqual(written.state, MessageState.WAITING)
        self.assertFalse(Attempt.objects.exists())

    def test_what_was_asked_for_meanwhile_is_due_again(self) -> None:
        (written,) = write()
        message, how = self.claimed(lambda _: DELIVERED)
        Message.objects.update(revision=1)
        settle(message, DELIVERED, how, now=NOON)
        written.refresh_from_db()
        self.assertEqual((written.due_at, written.leased_until, written.state), (NOON, None, MessageState.WAITING))


class AgainTests(TestCase):
    def test_what_is_settled_is_sent_again_with_its_id_and_its_whole_schedule(self) -> None:
        given_up, delivered, waiting, standing = write(4)
        Message.objects.exclude(pk=waiting.pk).update(due_at=None, state=MessageState.FAILED, attempts=10, error="503")
        Message.objects.filter(pk=standing.pk).update(key="account:1")
        later = NOON + timedelta(days=1)
        with patch("delivery.outbox.wake_on_commit") as wake:
            self.assertEqual(send_again(Message.objects.all(), now=later), 2)
            self.assertEqual(send_again(Message.objects.all(), now=later), 0)
        wake.assert_called_once()
        claimed = claim(webhooks(lambda _: DELIVERED), now=later, limit=9)
        self.assertEqual({one.pk for one in claimed}, {given_up.pk, delivered.pk, waiting.pk})
        self.assertEqual({one.attempts for one in claimed}, {1})

    def test_what_waits_for_its_next_try_has_it_now_unless_it_is_on_its_way(self) -> None:
        waiting, at_work = write(2)
        hours = NOON + timedelta(hours=10)
        Message.objects.update(due_at=hours, attempts=6, error="503")
        Message.objects.filter(pk=at_work.pk).update(leased_until=NOON + LEASE)

        self.assertEqual(send_again(Message.objects.all(), now=NOON), 1)

        claimed = claim(webhooks(lambda _: DELIVERED), now=NOON, limit=9)
        self.assertEqual([(one.pk, one.attempts) for one in claimed], [(waiting.pk, 7)])
        at_work.refresh_from_db()
        self.assertEqual(at_work.due_at, hours)


class PurgeTests(TestCase):
    def test_what_was_settled_a_month_ago_goes_and_nothing_else(self) -> None:
        old = write(4)
        senders = webhooks(lambda _: DELIVERED)
        for message in claim(senders, now=NOON, limit=4):
            settle(message, DELIVERED, senders[Channel.WEBHOOK], now=NOON)
        waiting, standing = old[0], old[1]
        Message.objects.filter(pk=waiting.pk).update(due_at=NOON)
        Message.objects.filter(pk=standing.pk).update(key="account:1")
        self.assertEqual(purge_messages(now=NOON + timedelta(days=30)), 0)
        self.assertEqual(purge_messages(now=NOON + timedelta(days=30, seconds=1)), 2)
        self.assertEqual(set(Message.objects.values_list("pk", flat=True)), {waiting.pk, standing.pk})
        self.assertEqual(Attempt.objects.count(), 2)

    def test_old_tries_of_what_becomes_due_again_go(self) -> None:
        (standing,) = write()
        Message.objects.update(key="account:1", due_at=None)
        for days in (31, 30, 1):
            at = timezone.now() - timedelta(days=days)
            pk = UUID(int=(int(at.timestamp() * 1000) << 80) + days)
            Attempt.objects.create(id=pk, message=standing, at=at, delivered=True)
        purge_messages(now=timezone.now() - timedelta(seconds=9))
        self.assertEqual(Attempt.objects.count(), 2)
        self.assertTrue(Message.objects.exists())

    def test_the_budgets_task_does_it(self) -> None:
        write()
        Message.objects.update(due_at=None, state=MessageState.DELIVERED, settled_at=NOON)
        enforce_budget_limits_task()
        self.assertFalse(Message.objects.exists())


class LoopTests(TestCase):
    def test_a_fault_of_ours_stops_no_other_message(self) -> None:
        broken, fine = write(2)

        def answer(message: Message) -> Outcome:
            if message.pk == broken.pk:
                raise ZeroDivisionError
            return DELIVERED

        with self.assertLogs("budget_system.outbox", "ERROR"):
            counts = send_due(webhooks(answer), clock=lambda: NOON)
        self.assertEqual(counts.as_dict(), {"delivered": 1, "failed": 0, "errors": 1})
        fine.refresh_from_db()
        broken.refresh_from_db()
        self.assertEqual((fine.state, broken.state), (MessageState.DELIVERED, MessageState.WAITING))
        self.assertIn("fault of this system", broken.error)

    def test_a_receiver_that_hangs_delays_no_other(self) -> None:
        write(20, "hanging")
        write(20, "quick")
        hang, quick = threading.Event(), set[UUID]()

        def answer(message: Message) -> Outcome:
            if message.receiver == "hanging":
                hang.wait(10)
            else:
                quick.add(message.pk)
                if len(quick) == 20:
                    hang.set()
            return DELIVERED

        counts = send_due(webhooks(answer), clock=lambda: NOON)
        self.assertEqual((len(quick), counts.delivered), (20, 40))

    def test_however_many_receivers_hang_there_is_room_for_what_goes_first(self) -> None:
        for number in range(THREADS):
            write(4, f"hanging {number}")
        urgent = Message(channel=Channel.PLATFORM, receiver="account", created_at=NOON, due_at=NOON)
        enqueue([urgent])
        hang = threading.Event()

        def hanging(_: Message) -> Outcome:
            self.assertTrue(hang.wait(10))
            return DELIVERED

        def first(_: Message) -> Outcome:
            hang.set()
            return DELIVERED

        senders = webhooks(hanging) | {Channel.PLATFORM: replace(sender(first), goes_first=True)}
        counts = send_due(senders, clock=lambda: NOON)
        self.assertEqual(counts.as_dict(), {"delivered": 4 * THREADS + 1, "failed": 0, "errors": 0})


class RollbackTests(TransactionTestCase):
    def test_a_rollback_leaves_nothing(self) -> None:
        Brand.objects.create(name="Acme")
        try:
            with transaction.atomic():
                write(3)
                raise ZeroDivisionError
        except ZeroDivisionError:
            pass
        self.assertEqual(Message.objects.count(), 0)


@on_postgres
class RaceTests(TransactionTestCase):
    def test_eight_senders_claim_each_message_once_and_never_five_of_one_receiver(self) -> None:
        for number in range(5):
            write(40, f"receiver {number}")
        how = webhooks(lambda _: DELIVERED)
        seen: list[UUID] = []
        most: list[int] = []

        def work() -> None:
            while claimed := claim(how, now=NOON, limit=7):
                seen.extend(message.pk for message in claimed)
                most.append(max(leased_by_receiver()))
                for message in claimed:
                    settle(message, DELIVERED, how[Channel.WEBHOOK], now=NOON)

        while Message.objects.filter(due_at=NOON).exists():
            with threads(8) as at_once:
                for future in [at_once.start(work) for _ in range(8)]:
                    future.result()
        self.assertEqual(len(seen), len(set(seen)))
        self.assertEqual(len(seen), 200)
        self.assertLessEqual(max(most), 4)


def leased_by_receiver() -> list[int]:
    leased = list(Message.objects.filter(leased_until__isnull=False).values_list("receiver", flat=True))
    return [leased.count(receiver) for receiver in set(leased)] or [0]
