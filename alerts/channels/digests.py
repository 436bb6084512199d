"""Digests: once a day, at 07:00 where the person is, what has begun since the day before (RULES 11)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from alerts.channels.digest_bodies import compose_digest
from alerts.channels.recipients import DIGEST
from alerts.models import Alert, Subscription
from brands.access.memberships import access_of, visible_rows
from brands.calendar import ONE_DAY, local_date, zone
from delivery.models import Channel, Message
from delivery.outbox import enqueue

HOUR: Final = time(7)
LAG: Final = timedelta(minutes=1)
"""Alerts of the last minute may not be committed yet: they come with the next digest."""
LONGEST: Final = timedelta(days=7)
"""How far a digest looks back, after an outage or where a subscription was switched on again."""
MOST_ALERTS: Final = 5000


def send_digests(*, now: datetime) -> int:
    """Put the digests that are due at `now` (UTC) into the outbox; return how many. Nothing to tell is not told."""
    subscriptions = Subscription.objects.filter(DIGEST, is_active=True)
    for subscription in subscriptions.filter(digest_due_at=None):
        _plan(subscription, _next(_latest(now, subscription.timezone), subscription.timezone))
    due = subscriptions.filter(digest_due_at__lte=now).select_related("user")
    return sum(_send(subscription, now) for subscription in due)


@transaction.atomic
def _send(subscription: Subscription, now: datetime) -> bool:
    until = _latest(now, subscription.timezone)
    before = subscription.digest_due_at
    if before is None or subscription.user is None or not _plan(subscription, _next(until, subscription.timezone)):
        return False
    since = max(_seven(local_date(before, subscription.timezone) - ONE_DAY, subscription.timezone), until - LONGEST)
    alerts = _alerts(subscription, subscription.user, since - LAG, until - LAG)
    if not alerts:
        return False
    body = compose_digest(alerts, now=now)
    enqueue([Message(channel=Channel.MAIL, receiver=subscription.receiver, body=body, created_at=now, due_at=now)])
    return True


def _alerts(subscription: Subscription, user: User, since: datetime, until: datetime) -> list[Alert]:
    found = Alert.objects.filter(at__gte=since, at__lt=until, kind__in=subscription.kinds, muted_at=None)
    if not subscription.every_brand:
        found = found.filter(brand__in=subscription.brands.all())
    readable = visible_rows(found, access_of(user)).select_related("brand", "campaign")
    return list(readable.order_by("brand__name", "brand_id", "at", "id")[:MOST_ALERTS])


def _plan(subscription: Subscription, at: datetime) -> bool:
    """Store when the next digest is due; return whether nobody else has done so meanwhile."""
    mine = Subscription.objects.filter(pk=subscription.pk, digest_due_at=subscription.digest_due_at)
    return bool(mine.update(digest_due_at=at))


def _latest(now: datetime, tz: str) -> datetime:
    """Return the latest 07:00 of a zone."""
    today = local_date(now, tz)
    seven = _seven(today, tz)
    return seven if seven <= now else _seven(today - ONE_DAY, tz)


def _next(seven: datetime, tz: str) -> datetime:
    return _seven(local_date(seven, tz) + ONE_DAY, tz)


def _seven(day: date, tz: str) -> datetime:
    return datetime.combine(day, HOUR, tzinfo=zone(tz)).astimezone(UTC)
