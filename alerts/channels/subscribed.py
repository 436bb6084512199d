"""What all channels of subscriptions have in common: who is still told, and when a receiver is switched off."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User

from alerts.channels.bodies import SWITCHED_OFF, written
from alerts.channels.recipients import may_receive
from alerts.models import Subscription
from delivery.models import Channel, Message
from delivery.outbox import enqueue
from delivery.receivers import ReceiverKind, parse_receiver, receiver_name
from delivery.sending.senders import WEBHOOK_DELAYS, Finish, Outcome, Send, Sender

log = logging.getLogger("budget_system.access")

PATIENCE: Final = timedelta(days=5)
"""For how long nothing but failure is borne."""

Trying = Callable[[], Outcome]
"""Sends once, without the database."""

Make = Callable[[Subscription, Message, datetime], Trying]
"""Makes of a message what is sent to a subscription at an instant (UTC)."""


def sender_of(make: Make) -> Sender:
    """Return the sender of a channel whose messages all go to subscriptions."""

    def prepare(message: Message, now: datetime) -> Send:
        return prepare_for(message, now, make)

    return Sender(prepare, WEBHOOK_DELAYS)


def prepare_for(message: Message, now: datetime, make: Make, *, switches_off: bool = True) -> Send:
    """Read to whom a message goes, and whether it may still.

    With `switches_off` a receiver that is gone, or has failed for too long, is switched off.
    """
    subscription = _subscription_of(message)
    if subscription is None:
        return _give_up("The subscription is gone.")
    if refusal := _refusal_of(subscription, message):
        return _give_up(refusal)
    trying = make(subscription, message, now)
    return sending(trying, partial(_note, subscription.pk) if switches_off else None)


def sending(trying: Trying, note: Callable[[Outcome, datetime], Outcome] | None = None) -> Send:
    """Return what sends once, and afterwards notes what that came to."""

    def send() -> Finish:
        outcome = trying()
        return lambda now: note(outcome, now) if note else outcome

    return send


def _give_up(error: str) -> Send:
    return lambda: lambda _: Outcome(gives_up=True, error=error)


def _subscription_of(message: Message) -> Subscription | None:
    """Return to which subscription a message goes; `None` where it is gone."""
    _, pk = parse_receiver(message.receiver)
    return Subscription.objects.select_related("user").filter(pk=UUID(pk)).first()


def _refusal_of(subscription: Subscription, message: Message) -> str:
    """Return why a message may not go to a subscription any more; empty where it may."""
    if not subscription.is_active:
        return "The subscription is switched off."
    if message.brand_id is not None and not may_receive(subscription, message.brand_id):
        return "The subscriber may not read this brand any more."
    return ""


def _note(subscription_id: UUID, outcome: Outcome, now: datetime) -> Outcome:
    """Store since when nothing arrives at a receiver; switch it off where it is gone, or has failed for too long."""
    mine = Subscription.objects.filter(pk=subscription_id)
    if outcome.delivered:
        mine.exclude(failing_since=None).update(failing_since=None)
        return outcome
    mine.filter(failing_since=None).update(failing_since=now)
    if outcome.gives_up:
        switch_off(subscription_id, f"It wants no more: {outcome.error}", now=now)
    elif mine.filter(failing_since__lte=now - PATIENCE).exists():
        switch_off(subscription_id, f"Nothing has arrived for {PATIENCE.days} days. {outcome.error}", now=now)
    return outcome


def switch_off(subscription_id: UUID, reason: str, *, now: datetime) -> None:
    """Switch a subscription off and tell its owner, or the administrators where it has none; once."""
    active = Subscription.objects.filter(pk=subscription_id, is_active=True)
    if not active.update(is_active=False, switched_off=reason, updated_at=now):
        return
    subscription = Subscription.objects.select_related("user").get(pk=subscription_id)
    log_end(subscription, reason)
    owners = [subscription.user] if subscription.user else User.objects.filter(is_superuser=True, is_active=True)
    body = {
        "type": SWITCHED_OFF,
        "timestamp": written(now),
        "data": {"name": str(subscription), "channel": subscription.get_channel_display(), "reason": reason},
    }
    enqueue(
        Message(
            channel=Channel.MAIL,
            receiver=receiver_name(ReceiverKind.USER, user.pk),
            body=body,
            created_at=now,
            due_at=now,
        )
        for user in owners
    )


def log_end(subscription: Subscription, reason: str) -> None:
    """Log that a subscription ended by itself, or by its reader."""
    fields = {"event": "subscription", "subscription": str(subscription.pk), "by": "sender"}
    log.warning("Subscription %s (%s) is switched off: %s", subscription, subscription.channel, reason, extra=fields)
