"""What tests of channels need: subscriptions, alerts, and sending at an instant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts.channels.registry import SENDERS
from alerts.models import Alert, AlertKind, Subscription
from alerts.models.alerts import alert_key
from alerts.writing import open_alerts
from brands.models import Brand
from campaigns.models import Campaign
from delivery.models import Channel, Message
from delivery.sending.loop import Sent, send_due
from tests.support import NOON

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FORMER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


def subscribe(
    channel: Channel, *, brands: Sequence[Brand] = (), url: str = "https://example.com/hook", **values: Any
) -> Subscription:
    """Store a subscription: to every brand unless some are named, to every kind unless some are said."""
    secrets = {} if channel == Channel.MAIL else {"url": url, "secret": SECRET}
    values = {"kinds": AlertKind.values, "secrets": secrets, "name": f"Our {channel}"} | values
    made = Subscription.objects.create(channel=channel, every_brand=not brands, **values)
    made.brands.set(brands)
    return made


def alert(brand: Brand, kind: AlertKind = AlertKind.SILENT, *, now: datetime = NOON, **values: Any) -> Alert:
    """Open an alert."""
    made = make_alert(brand, kind, now=now, **values)
    open_alerts([made], now=now)
    return made


def make_alert(
    brand: Brand,
    kind: AlertKind = AlertKind.SILENT,
    *,
    campaign: Campaign | None = None,
    now: datetime = NOON,
    **values: Any,
) -> Alert:
    """Return an alert that is not stored yet."""
    values = {"message": f"Something about “{brand}”.", "key": alert_key(kind, brand.pk, now)} | values
    return Alert(kind=kind, brand=brand, campaign=campaign, at=now, **values)


def send(now: datetime = NOON) -> Sent:
    """Send all that is due."""
    return send_due(SENDERS, clock=lambda: now)


def written(channel: Channel) -> list[Message]:
    """Return the messages of a channel, the oldest first."""
    return list(Message.objects.filter(channel=channel).order_by("created_at", "id"))


def person(name: str, **values: Any) -> User:
    """Store a person with an address."""
    return User.objects.create_user(name, email=f"{name}@example.com", **values)
