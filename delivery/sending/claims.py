"""Claiming what is due, with a lease that only its holder can settle.

A sender that is killed leaves a lease that runs out: the message is due again, with the same id.
"""

import random
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from delivery.models import Attempt, Message, MessageState
from delivery.sending.senders import Outcome, Sender, Senders

LEASE: Final = timedelta(seconds=45)
"""Longer than the hard limit of the task that sends: nobody sends what another still sends. What a killed sender had is
sent again within a minute: beat looks every ten seconds.
"""

JITTER: Final = 0.1
"""By which part a wait is longer at most, so that what failed together is not tried again together."""


def claim(senders: Senders, *, now: datetime, limit: int) -> list[Message]:
    """Claim up to `limit` messages that are due at `now` (UTC), the longest due first, until the lease ends.

    Of one receiver no more are on their way than its sender allows, so that one that hangs delays no other.
    """
    if limit <= 0:
        return []
    with transaction.atomic():
        # What waits for receivers that hang is left out first, or it would fill the candidates.
        counts = _on_their_way(now).values_list("receiver", "channel").annotate(Count("pk"))
        full = [
            receiver for receiver, channel, held in counts if channel in senders and held >= senders[channel].at_once
        ]
        due = Message.objects.filter(due_at__lte=now, channel__in=senders).exclude(receiver__in=full)
        place = Window(RowNumber(), partition_by=[F("receiver")], order_by=[F("due_at"), F("pk")])
        most = max(sender.at_once for sender in senders.values())
        first = (
            due.annotate(place=place)
            .filter(place__lte=most)
            .order_by("due_at", "pk")
            .values("pk", "receiver", "channel")
        )
        candidates = list(first[: limit * most])
        if not candidates:
            return []
        # Counted after the candidates were read: who claimed some of them meanwhile is counted too.
        of_these = _on_their_way(now).filter(receiver__in={row["receiver"] for row in candidates})
        leased = dict(of_these.values_list("receiver").annotate(Count("pk")))
        chosen: list[UUID] = []
        for row in candidates:
            held = leased.get(row["receiver"], 0)
            if held < senders[row["channel"]].at_once and len(chosen) < limit:
                leased[row["receiver"]] = held + 1
                chosen.append(row["pk"])
        rows = Message.objects.filter(pk__in=chosen, due_at__lte=now).order_by("pk")
        claimed = list(rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked))
        if not claimed:
            return []
        until = now + LEASE
        Message.objects.filter(pk__in=[message.pk for message in claimed]).update(
            due_at=until, leased_until=until, attempts=F("attempts") + 1
        )
    for message in claimed:
        message.due_at = message.leased_until = until
        message.attempts += 1
    return sorted(claimed, key=lambda message: (message.created_at, message.pk))


def _on_their_way(now: datetime) -> "QuerySet[Message]":
    return Message.objects.filter(leased_until__gt=now).order_by()


def settle(message: Message, outcome: Outcome, sender: Sender, *, now: datetime) -> bool:
    """Store what a try came to; return whether the message was still ours.

    One whose lease has run out belongs to who claimed it since. One that was asked for again meanwhile is due at once.
    """
    values: dict[str, object] = {"leased_until": None, "error": outcome.error}
    due_at = next_try(message, outcome, sender, now=now)
    if due_at is not None:
        values["due_at"] = due_at
    else:
        state = MessageState.DELIVERED if outcome.delivered else MessageState.FAILED
        values |= {"due_at": None, "state": state, "settled_at": now}
    mine = Message.objects.filter(pk=message.pk, attempts=message.attempts, leased_until=message.leased_until)
    settled = mine.filter(revision=message.revision).update(**values)
    if not settled and due_at is None:
        settled = mine.update(leased_until=None, due_at=now, attempts=0)
    elif not settled:
        settled = mine.update(**values)
    if settled:
        Attempt.objects.create(
            message=message, at=now, delivered=outcome.delivered, status=outcome.status, error=outcome.error
        )
    return bool(settled)


def next_try(message: Message, outcome: Outcome, sender: Sender, *, now: datetime) -> datetime | None:
    """Return when a message is tried again after its latest try; `None` where it is settled."""
    if outcome.delivered or outcome.gives_up:
        return None
    if message.attempts > len(sender.delays) and not sender.goes_on:
        return None
    delay = sender.delays[min(message.attempts, len(sender.delays)) - 1]
    delay *= 1 + random.uniform(0, JITTER)
    return now + max(delay, outcome.retry_after or delay)
