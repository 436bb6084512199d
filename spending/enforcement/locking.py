"""Locks, always in the order of brands' ids.

SQLite has no row locks: its transactions begin IMMEDIATE, one writer at a time, which comes to the same.
"""

from collections.abc import Collection
from uuid import UUID

from brands.access.memberships import writable_rows
from brands.models import Brand
from budget_system.core.actors import BrandAccess
from campaigns.models import Campaign


def lock_brands(brand_ids: Collection[UUID], *, skip_locked: bool = False) -> dict[UUID, Brand]:
    """Lock brands in id order, archived ones too; with `skip_locked` leave out those that somebody else holds."""
    locked = Brand.everything.filter(pk__in=brand_ids).order_by("pk")
    return {brand.pk: brand for brand in locked.select_for_update(no_key=True, skip_locked=skip_locked)}


def lock_campaigns(
    campaign_ids: Collection[UUID], access: BrandAccess
) -> tuple[dict[UUID, Brand], dict[UUID, Campaign]]:
    """Lock campaigns' brands, and read the campaigns as they stand once the lock is held, in one statement.

    The campaigns are locked with their brands: a lock on the brand alone would read a campaign from the snapshot taken
    before the wait. One that left its brand meanwhile is not in the answer, nor one that may not be written.
    """
    rows = (
        writable_rows(Campaign.everything.filter(pk__in=campaign_ids), access)
        .select_related("brand")
        .order_by("brand_id", "pk")
        .select_for_update(of=("brand", "self"), no_key=True)
    )
    brands: dict[UUID, Brand] = {}
    campaigns: dict[UUID, Campaign] = {}
    for campaign in rows:
        campaign.brand = brands.setdefault(campaign.brand_id, campaign.brand)
        campaigns[campaign.pk] = campaign
    return brands, campaigns
