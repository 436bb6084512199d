"""Writing into the outbox, in the transaction of what it tells, and waking its senders once that is committed.

A rollback leaves nothing behind. The wake is a courtesy: where the broker is down, beat's sweep finds what is due.
"""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from threading import Event, Lock, Thread
from typing import Final
from uuid import UUID

import redis
from celery import current_app
from django.db import connection, transaction
from django.db.models import QuerySet
from kombu.exceptions import KombuError
from uuid_utils.compat import uuid7

from budget_system.core.identifiers import first_uuid7
from delivery.models import Account, Attempt, Channel, Message, MessageState

log = logging.getLogger("budget_system.outbox")

SEND_TASK = "tasks.delivery_tasks.send_messages_task"
READ_TASK = "tasks.delivery_tasks.read_costs_task"
DELIVERY_QUEUE = "delivery"


def enqueue(messages: Iterable[Message]) -> None:
    """Write messages into the outbox, and wake its senders when the transaction commits."""
    if Message.objects.bulk_create(messages):
        wake_on_commit()


def send_again(messages: "QuerySet[Message]", *, now: datetime) -> int:
    """Make messages due at `now` (UTC), with the id that they had; return how many there were.

    What is settled begins its schedule anew; what waits for its next try has it now, unless it is on its way.
    """
    kept = messages.filter(key=None)
    waiting = kept.filter(due_at__gt=now).exclude(leased_until__gt=now)
    count = waiting.update(due_at=now)
    settled = kept.filter(due_at=None)
    count += settled.update(due_at=now, state=MessageState.WAITING, attempts=0, settled_at=None, error="")
    if count:
        wake_on_commit()
    return count


RETENTION: Final = timedelta(days=30)
"""For how long it can be seen what became of a message."""
_PURGED_AT_ONCE: Final = 5000


def purge_messages(*, now: datetime) -> int:
    """Delete messages that were settled and written more than 30 days ago, with their tries; return how many.

    Those with a key stay: they become due again. Of their tries the old ones go.
    """
    # Ids of tries begin with their time: the few old ones are found without reading the others.
    tries = Attempt.objects.filter(pk__lt=first_uuid7(now - RETENTION), message__key__isnull=False).order_by("pk")
    Attempt.objects.filter(pk__in=list(tries.values_list("pk", flat=True)[:_PURGED_AT_ONCE])).delete()
    old = Message.objects.filter(created_at__lt=now - RETENTION, due_at=None, key=None).order_by()
    pks = list(old.values_list("pk", flat=True)[:_PURGED_AT_ONCE])
    if pks:
        Message.objects.filter(pk__in=pks).delete()
    return len(pks)


def request_push(campaign_ids: Collection[UUID], *, now: datetime) -> None:
    """Make the accounts of campaigns due for a look at what is wanted there, at `now` (UTC), in a few statements.

    An account has one standing message. Where that is at work or waits out a throttle, its revision alone rises: the
    sender looks again before it settles. Accounts that a script serves ask by themselves; stopped ones get nothing.
    """
    request_push_of(Account.objects.called().filter(deliveries__in=campaign_ids).distinct(), now=now)


def request_push_of(accounts: Iterable[Account], *, now: datetime) -> None:
    """Make accounts due for a look at what is wanted there; see `request_push`."""
    rows = [
        Message(
            channel=Channel.PLATFORM,
            receiver=account.receiver,
            key=account.receiver,
            brand_id=account.brand_id,
            created_at=now,
            due_at=now,
            id=uuid7(),
        )
        for account in accounts
    ]
    if not rows:
        return
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    _raise_revisions([row.receiver for row in rows], now)
    wake_on_commit()


def _raise_revisions(keys: Collection[str], now: datetime) -> None:
    """Make settled messages due, and let those that are not settled be looked at again."""
    table = connection.ops.quote_name(Message._meta.db_table)
    marks = ", ".join(["%s"] * len(keys))
    instant = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET revision = revision + 1, "
            "attempts = CASE WHEN due_at IS NULL THEN 0 ELSE attempts END, "
            f"due_at = COALESCE(due_at, %s), state = %s, settled_at = NULL WHERE key IN ({marks})",
            [instant, MessageState.WAITING, *keys],
        )


def wake_on_commit() -> None:
    """Wake the senders when the transaction commits, without waiting for the broker."""
    transaction.on_commit(_WAKER.wake)


def read_costs_on_commit() -> None:
    """Ask a worker for the costs that are due when the transaction commits; else beat does within a minute."""
    transaction.on_commit(_READER.wake)


class _Waker:
    """Sends the wake from a thread of its own: a broker that accepts and does not answer holds up nobody.

    However many ask meanwhile, one thread sends, and once more after the last that asked.
    """

    def __init__(self, task: str) -> None:
        self._task = task
        self._asked = Event()
        self._at_work = Lock()

    def wake(self) -> None:
        """Ask for a wake."""
        self._asked.set()
        if self._at_work.acquire(blocking=False):
            Thread(target=self._send_while_asked, daemon=True).start()

    def _send_while_asked(self) -> None:
        try:
            while self._asked.is_set():
                self._asked.clear()
                self._send()
        finally:
            self._at_work.release()
        if self._asked.is_set():  # who asked between the last look and the release
            self.wake()

    def _send(self) -> None:
        try:
            current_app.send_task(self._task, queue=DELIVERY_QUEUE, ignore_result=True)
        except (KombuError, redis.RedisError, OSError) as error:
            # No fault of whoever writes, and `/health/` tells of the broker: here it would be told for each message.
            log.debug("The sender could not be woken; beat wakes it within 10 seconds", exc_info=error)


_WAKER = _Waker(SEND_TASK)
_READER = _Waker(READ_TASK)
