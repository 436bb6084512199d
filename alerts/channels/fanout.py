"""From one alert to all who subscribe: a message for each, in the transaction that settles the alert's own."""

from datetime import datetime
from typing import Final
from uuid import UUID

from alerts.channels.bodies import compose
from alerts.channels.recipients import subscribers
from alerts.models import Alert
from delivery.models import Message
from delivery.outbox import enqueue
from delivery.sending.senders import DELIVERED, WEBHOOK_DELAYS, Finish, Outcome, Send, Sender


def _prepare(message: Message, now: datetime) -> Send:
    batch = UUID(message.body["batch"])

    def finish(now: datetime) -> Outcome:
        return message_subscribers(batch, now=now)

    def send() -> Finish:
        return finish

    return send


def message_subscribers(batch: UUID, *, now: datetime) -> Outcome:
    """Write a message to each who subscribes to the alerts of a batch. What has been muted meanwhile is left out."""
    alerts = list(Alert.objects.filter(batch=batch, muted_at=None).select_related("brand", "campaign"))
    if alerts:
        brand, body = alerts[0].brand, compose(alerts)
        enqueue(
            Message(
                channel=subscription.channel,
                receiver=subscription.receiver,
                brand=brand,
                body=body,
                created_at=now,
                due_at=now,
            )
            for subscription in subscribers(brand, alerts[0].kind)
        )
    return DELIVERED


SENDER: Final = Sender(_prepare, WEBHOOK_DELAYS, goes_first=True)
