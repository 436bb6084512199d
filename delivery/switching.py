"""Switching delivery on and off: from when on a campaign's platform is told of it, and through which account."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from campaigns.models import Campaign
from delivery.drift_alerts import close_drifts
from delivery.models import Account, Delivery
from delivery.outbox import request_push

DELIVERED_AS: Final = frozenset({"brand_id", "platform", "external_id", "delivery_enabled"})
"""What says which campaign on which platform is told what to do, and by whose account."""

BATCH: Final = 1_000
_NOTHING_KNOWN: Final = (
    "account", "enabled_at", "observed", "observed_at", "observed_generation", "applied", "applied_at", "drift",
    "drift_since", "reapplied", "contested_at", "error",
)  # fmt: skip


def switch_delivery(campaigns: Sequence[Campaign], *, now: datetime) -> None:
    """Follow campaigns at their platforms from `now` (UTC) on, or no longer, as each of them says."""
    for at in range(0, len(campaigns), BATCH):
        batch = campaigns[at : at + BATCH]
        _begin([campaign for campaign in batch if campaign.delivery_enabled], now)
        _end([campaign for campaign in batch if not campaign.delivery_enabled])
        close_drifts([campaign.pk for campaign in batch], now=now)


def _begin(campaigns: Sequence[Campaign], now: datetime) -> None:
    """Begin anew with campaigns, and have their accounts look at what is wanted.

    Whatever was seen there before counts no longer: nobody has looked after it meanwhile, or it is another campaign.
    """
    if not campaigns:
        return
    accounts = _accounts_of(campaigns)
    rows = [Delivery(campaign=campaign, account_id=accounts.get(campaign.pk), enabled_at=now) for campaign in campaigns]
    Delivery.objects.bulk_create(rows, update_conflicts=True, unique_fields=["campaign"], update_fields=_NOTHING_KNOWN)
    request_push([campaign.pk for campaign in campaigns], now=now)


def _end(campaigns: Sequence[Campaign]) -> None:
    """Forget how campaigns differ from what is wanted: nobody looks after it any longer."""
    if campaigns:
        Delivery.objects.filter(campaign__in=campaigns).update(
            drift="", drift_since=None, reapplied=0, contested_at=None, error=""
        )


def _accounts_of(campaigns: Sequence[Campaign]) -> dict[UUID, UUID]:
    """Return the account of each campaign for which it is clear.

    It stays where it still fits; else it is the only one that the brand has on the platform, if it has one.
    """
    accounts: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    brand_ids = {campaign.brand_id for campaign in campaigns}
    for pk, brand_id, platform in Account.objects.filter(brand__in=brand_ids).values_list("pk", "brand", "platform"):
        accounts[brand_id, platform].append(pk)
    known = Delivery.objects.filter(campaign__in=[campaign.pk for campaign in campaigns], account__isnull=False)
    former = dict(known.order_by().values_list("campaign", "account"))
    chosen: dict[UUID, UUID] = {}
    for campaign in campaigns:
        fitting = accounts[campaign.brand_id, campaign.platform]
        if former.get(campaign.pk) in fitting:
            chosen[campaign.pk] = former[campaign.pk]
        elif len(fitting) == 1:
            chosen[campaign.pk] = fitting[0]
    return chosen
