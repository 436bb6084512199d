"""Looking at what platforms do, and seeing where they differ from what is wanted for too long."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from campaigns.status import CampaignStatus
from delivery.drift_alerts import close_drifts, open_drifts
from delivery.models import Account, Connector, Delivery, Drift
from delivery.models.states import DeliveryQuerySet
from delivery.outbox import request_push_of
from delivery.platforms.push import LOOK_AFTER
from delivery.recording import RECORDED_AT_A_TIME, locked
from delivery.staleness import alert_to_stale

GRACE: Final = timedelta(minutes=10)
"""How long a platform may take before it is late."""

SCRIPT_GRACE: Final = timedelta(minutes=90)
"""The same of what a script does, which runs once an hour."""


def observe(*, now: datetime) -> dict[str, int]:
    """Ask for a look at the accounts that are due for one, and tell of what is late; return how many of each."""
    delivered = Delivery.objects.enabled()
    unlinked = delivered.filter(
        account=None, campaign__brand=OuterRef("brand"), campaign__platform=OuterRef("platform")
    )
    accounts = Account.objects.called().filter(
        Q(looked_at=None) | Q(looked_at__lte=now - LOOK_AFTER),
        Exists(delivered.filter(account=OuterRef("pk"))) | Exists(unlinked),
        brand__archived_at=None,
    )
    due = list(accounts)
    request_push_of(due, now=now)
    stale = alert_to_stale(now=now)
    late, over = _alert_to_late(stale, now), _end_what_is_over(now)
    return {"looks": len(due), "stale": len(stale), "late": late, "over": over}


def _alert_to_late(stale: Collection[UUID], now: datetime) -> int:
    """Mark what differs from what is wanted for longer than its platform may take, but for what is held back."""
    # What was held back is given its time once it no longer is.
    held = Q(account__in=stale) | Q(account__fresh_since__gt=now - GRACE)
    late = Delivery.objects.enabled().unsettled().filter(_differs_since_before(now), drift="")
    late = late.exclude(held, campaign__status=CampaignStatus.ACTIVE)
    told = 0
    for batch in _batches(late):
        with transaction.atomic():
            rows = [row for row in locked(batch) if not row.drift and not row.is_settled]
            for row in rows:
                row.drift, row.drift_since = Drift.LATE, differs_since(row)
            Delivery.objects.bulk_update(rows, ["drift", "drift_since"])
            open_drifts(rows, now=now)
        told += len(rows)
    return told


def _end_what_is_over(now: datetime) -> int:
    """End the drift of what is switched off, and of what a script has set again and found unchanged since."""
    drifted = Delivery.objects.exclude(drift="")
    switched_off = drifted.exclude(pk__in=Delivery.objects.enabled().values("pk"))
    calm = drifted.enabled().settled().filter(contested_at=None, observed_at__lte=now - SCRIPT_GRACE)
    ended = 0
    for batch in [*_batches(switched_off), *_batches(calm)]:
        with transaction.atomic():
            Delivery.objects.filter(pk__in=batch).update(drift="", drift_since=None, contested_at=None)
            close_drifts(batch, now=now)
        ended += len(batch)
    return ended


def differs_since(delivery: Delivery) -> datetime:
    """Return since when a platform does something else than is wanted, as far as is known."""
    return max(delivery.enabled_at, delivery.campaign.status_changed_at or delivery.enabled_at)


def _differs_since_before(now: datetime) -> Q:
    """Return what keeps deliveries that were given their time."""
    by_script = Q(account=None) | Q(account__connector=Connector.SCRIPT)
    return by_script & _wanted_before(now - SCRIPT_GRACE) | ~by_script & _wanted_before(now - GRACE)


def _wanted_before(instant: datetime) -> Q:
    changed = Q(campaign__status_changed_at=None) | Q(campaign__status_changed_at__lte=instant)
    return Q(enabled_at__lte=instant) & changed


def _batches(rows: DeliveryQuerySet) -> list[list[UUID]]:
    pks = list(rows.order_by("pk").values_list("pk", flat=True))
    return [pks[at : at + RECORDED_AT_A_TIME] for at in range(0, len(pks), RECORDED_AT_A_TIME)]
