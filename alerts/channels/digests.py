"""Digests: once a day, at 07:00 where the person is, what has begun since the day before.

The rules are in docs/alerts.md, The digest.
"""

import logging
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from alerts.channels.digest_bodies import compose_digest
from alerts.channels.recipients import TOLD_DAILY
from alerts.models import Alert, Subscription
from brands.access.memberships import access_of, visible_rows
from brands.calendar import ONE_DAY, local_date, zone
from delivery.models import Channel, Message
from delivery.outbox import enqueue

log = logging.getLogger("budget_system.outbox")

HOUR: Final = time(7)
LAG: Final = timedelta(minutes=1)
"""Alerts of the last minute may not be committed yet: they come with the next digest."""
LONGEST: Final = timedelta(days=7)
"""How far a digest looks back, after an outage or where a subscription was switched on again."""
MOST_ALERTS: Final = 5000


class DigestsFailed(RuntimeError):
    """Some digests failed; the others were written, and the log has the tracebacks."""


def send_digests(*, now: datetime) -> int:
    """Put the digests that are due at `now` (UTC) into the outbox; return how many. Nothing to tell is not told.

    One that fails by a fault of ours is logged, and the others go on; then `DigestsFailed` is raised.
    """
    waiting = Subscription.objects.filter(TOLD_DAILY, Q(digest_due_at=None) | Q(digest_due_at__lte=now), is_active=True)
    written = errors = 0
    for subscription in waiting.select_related("user"):
        try:
            written += _send(subscription, now)
        except (OperationalError, InterfaceError):
            raise  # the database is away: all are due again
        except Exception:  # whatever one throws must not stop the others
            fields = {"event": "digest_failed", "subscription": str(subscription.pk)}
            log.exception("The digest of subscription %s failed", subscription.pk, extra=fields)
            errors += 1
    if errors:
        raise DigestsFailed(f"{errors} digests failed; see the tracebacks in the log.")
    return written


@transaction.atomic
def _send(subscription: Subscription, now: datetime) -> bool:
    """Write a digest where there is something to tell, and plan the next; return whether one was written."""
    until = _latest(now, subscription.timezone)
    before, user = subscription.digest_due_at, subscription.user
    is_planned = _plan(subscription, _seven(local_date(until, subscription.timezone) + ONE_DAY, subscription.timezone))
    if not is_planned or before is None or user is None:
        return False
    since = max(_seven(local_date(before, subscription.timezone) - ONE_DAY, subscription.timezone), until - LONGEST)
    alerts = _alerts(subscription, user, since - LAG, until - LAG)
    if not alerts:
        return False
    body = compose_digest(alerts, now=now)
    enqueue([Message(channel=Channel.MAIL, receiver=subscription.receiver, body=body, created_at=now, due_at=now)])
    return True


def _alerts(subscription: Subscription, user: User, since: datetime, until: datetime) -> list[Alert]:
    rows = Alert.objects.filter(at__gte=since, at__lt=until, kind__in=subscription.kinds, muted_at=None)
    if not subscription.every_brand:
        rows = rows.filter(brand__in=subscription.brands.all())
    readable = visible_rows(rows, access_of(user)).select_related("brand", "campaign")
    found = list(readable.order_by("brand__name", "brand_id", "at", "id")[:MOST_ALERTS])
    highest: dict[UUID, int] = {}
    for alert in found:
        highest[alert.batch] = max(highest.get(alert.batch, 0), alert.threshold or 0)
    # Of thresholds that were reached in one jump the highest is told, as in every message.
    return [alert for alert in found if (alert.threshold or 0) == highest[alert.batch]]


def _plan(subscription: Subscription, at: datetime) -> bool:
    """Store when the next digest is due; return whether nobody else has done so meanwhile."""
    mine = Subscription.objects.filter(pk=subscription.pk, digest_due_at=subscription.digest_due_at)
    return bool(mine.update(digest_due_at=at))


def _latest(now: datetime, tz: str) -> datetime:
    """Return the latest 07:00 of a zone."""
    today = local_date(now, tz)
    seven = _seven(today, tz)
    return seven if seven <= now else _seven(today - ONE_DAY, tz)


def _seven(day: date, tz: str) -> datetime:
    return datetime.combine(day, HOUR, tzinfo=zone(tz)).astimezone(UTC)
