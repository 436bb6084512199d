"""Signed webhooks: Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

import base64
import hashlib
import hmac
from datetime import datetime
from functools import partial
from typing import Final

from alerts.channels.bodies import encoded
from alerts.channels.http import deliver
from alerts.channels.subscribed import Trying, sender_of
from alerts.models import Subscription
from alerts.models.subscriptions import SECRET_PREFIX
from delivery.models import Message


def make(subscription: Subscription, message: Message, now: datetime) -> Trying:
    """Return what sends a message, signed with each of the subscription's secrets: two while one replaces the other."""
    body = encoded(message.body)
    stamp = str(int(now.timestamp()))
    signatures = [sign(secret, str(message.pk), stamp, body) for secret in subscription.signing_secrets(now)]
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(message.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(signatures),
    }
    return partial(deliver, subscription.url, body, headers)


def sign(secret: str, message_id: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body, with the version of its scheme."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


SENDER: Final = sender_of(make)
