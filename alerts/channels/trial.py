"""Send a test: one message at once, by the same code as every other."""

from datetime import datetime

from alerts.channels.bodies import compose_test
from alerts.channels.registry import MAKERS
from alerts.models import Subscription
from delivery.models import Message
from delivery.sending.senders import Outcome


def send_test(subscription: Subscription, *, now: datetime) -> Outcome:
    """Send a test to a subscription, also one that is switched off, and return what it came to.

    It goes past the outbox, is not tried again, and switches nothing off. Call it outside any transaction: a receiver
    may take as long as `budget_system.operations.outgoing` lets it.
    """
    body = compose_test(name=str(subscription), now=now)
    message = Message(channel=subscription.channel, receiver=subscription.receiver, body=body, created_at=now)
    return MAKERS[subscription.channel](subscription, message, now)()
