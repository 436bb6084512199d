"""Opening and resolving alerts, with the messages that tell of them, in the caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from alerts.models import Alert
from delivery.models import Channel, Message
from delivery.outbox import enqueue
from delivery.receivers import ReceiverKind, receiver_name


def queue_messages(alerts: Sequence[Alert], *, now: datetime) -> None:
    """Put alerts that have just been written into the outbox: one message for each batch, to all who subscribe."""
    batches: dict[UUID, UUID] = {alert.batch: alert.brand_id for alert in alerts}
    enqueue(
        Message(
            channel=Channel.ALERTS,
            receiver=receiver_name(ReceiverKind.ALERTS, brand_id),
            brand_id=brand_id,
            body={"batch": str(batch)},
            created_at=now,
            due_at=now,
        )
        for batch, brand_id in batches.items()
    )


@transaction.atomic
def open_alerts(alerts: Collection[Alert], *, now: datetime) -> list[Alert]:
    """Open alerts at `now` (UTC) and put them into the outbox; return those that were not open already.

    Of what an alert's key names only one is open, whatever races.
    """
    if not alerts:
        return []
    Alert.objects.bulk_create(alerts, ignore_conflicts=True)
    written = set(Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).values_list("pk", flat=True))
    opened = [alert for alert in alerts if alert.pk in written]
    queue_messages(opened, now=now)
    return opened


def resolve_alerts(keys: Collection[str], *, now: datetime) -> int:
    """Resolve the open alerts of these keys at `now` (UTC); return how many there were."""
    return Alert.objects.open().filter(key__in=keys).update(resolved_at=now) if keys else 0
