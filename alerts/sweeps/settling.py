"""Opening the alerts that hold, and resolving those that no longer do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from uuid_utils.compat import uuid7

from alerts.models import Alert
from alerts.models.alerts import AlertQuerySet
from alerts.writing import open_alerts, resolve_alerts

WRITTEN_AT_ONCE: Final = 500


def settle(told: AlertQuerySet, holding: Mapping[str, Alert], *, now: datetime) -> int:
    """Open what holds and is not open, resolve what is open (`told`) and does not hold; return how many changed.

    What opens in one brand makes one message. Where nothing changes, nothing is written.
    """
    is_open = set(told.values_list("key", flat=True))
    return resolve(sorted(is_open - holding.keys()), now=now) + open_new(
        [alert for key, alert in holding.items() if key not in is_open], now=now
    )


def resolve(keys: Sequence[str], *, now: datetime) -> int:
    """Resolve open alerts by their keys; return how many there were."""
    parts = range(0, len(keys), WRITTEN_AT_ONCE)
    return sum(resolve_alerts(keys[at : at + WRITTEN_AT_ONCE], now=now) for at in parts)


def open_new(alerts: Sequence[Alert], *, now: datetime) -> int:
    """Open alerts, those of one brand with one message; return how many were not open already."""
    batches = {brand_id: uuid7() for brand_id in sorted({alert.brand_id for alert in alerts})}
    for alert in alerts:
        alert.batch = batches[alert.brand_id]
    ordered = sorted(alerts, key=lambda alert: alert.batch)
    parts = range(0, len(ordered), WRITTEN_AT_ONCE)
    return sum(len(open_alerts(ordered[at : at + WRITTEN_AT_ONCE], now=now)) for at in parts)
