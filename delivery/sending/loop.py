"""The loop of a sender: claims what is due, sends in threads, settles in its own."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, transaction

from budget_system.core.retry import retry_on_conflict
from delivery.models import Message
from delivery.sending.claims import claim, settle
from delivery.sending.senders import Finish, Outcome, Senders

log = logging.getLogger("budget_system.outbox")

THREADS: Final = 32
"""How many messages are on their way at once, from one process."""

KEPT: Final = 8
"""How many of them are kept for channels that go first: receivers of the others may all hang at once."""

CLAIM_SECONDS: Final = 10.0
"""Seconds after which nothing more is claimed: what is on its way then ends before the task's hard limit."""

PAUSE_SECONDS: Final = 0.2
"""Seconds between two looks for what has become due, while something is on its way."""

UNSENT: Final = timedelta(seconds=5)
"""Until when a message waits whose sending failed for a fault of ours, at the least."""

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Sent:
    """How the messages of a run ended."""

    delivered: int = 0
    failed: int = 0
    errors: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts under the names that the log shows."""
        return {"delivered": self.delivered, "failed": self.failed, "errors": self.errors}


def send_due(senders: Senders, *, clock: Clock, seconds: float = CLAIM_SECONDS, threads: int = THREADS) -> Sent:
    """Send what is due, until nothing is left or the time is up; return how that ended.

    A message that fails by a fault of ours is logged with its traceback, counted in `errors` and tried again later;
    the others go on.
    """
    counts = Sent()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(threads, thread_name_prefix="sender") as pool:
        at_work: dict[Future[Finish], Message] = {}
        while True:
            if time.monotonic() < until:
                for message in _claimed(senders, now=clock(), free=threads - len(at_work)):
                    _begin(message, senders, pool, at_work, clock, counts)
            if not at_work:
                return counts
            done, _ = wait(at_work, timeout=PAUSE_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                _end(at_work.pop(future), future, senders, clock, counts)


def _claimed(senders: Senders, *, now: datetime, free: int) -> list[Message]:
    """Claim as many messages as there is room for."""
    room = max(free - KEPT, 0)
    claimed = claim(senders, now=now, limit=room)
    if len(claimed) == room:  # there may be more
        first = {channel: sender for channel, sender in senders.items() if sender.goes_first}
        claimed += claim(first, now=now, limit=free - room) if first else []
    return claimed


def _begin(
    message: Message,
    senders: Senders,
    pool: ThreadPoolExecutor,
    at_work: "dict[Future[Finish], Message]",
    clock: Clock,
    counts: Sent,
) -> None:
    try:
        at_work[pool.submit(senders[message.channel].prepare(message, clock()))] = message
    except (OperationalError, InterfaceError):
        raise  # the database is away: the lease runs out, and the message is due again
    except Exception:  # whatever one message throws must not stop the others
        _fault(message, senders, clock, counts)


def _end(message: Message, future: "Future[Finish]", senders: Senders, clock: Clock, counts: Sent) -> None:
    try:
        outcome = _finish(message, future.result(), senders, clock)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        _fault(message, senders, clock, counts)
        return
    counts.delivered += outcome.delivered
    counts.failed += not outcome.delivered


@retry_on_conflict
def _finish(message: Message, finish: Finish, senders: Senders, clock: Clock) -> Outcome:
    now = clock()
    with transaction.atomic():
        outcome = finish(now)
        if not settle(message, outcome, senders[message.channel], now=now):
            transaction.set_rollback(True)  # who claimed it since stores what a try comes to
    return outcome


def _fault(message: Message, senders: Senders, clock: Clock, counts: Sent) -> None:
    fields = {"event": "message_failed", "message_id": str(message.pk), "channel": message.channel}
    log.exception("Message %s (%s) failed, and not for its receiver", message.pk, message.channel, extra=fields)
    counts.errors += 1
    outcome = Outcome(error="A fault of this system; its log has the reason.", retry_after=UNSENT)
    settle(message, outcome, senders[message.channel], now=clock())
