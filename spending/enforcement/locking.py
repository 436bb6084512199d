"""Locks, always in the order of brands' ids.

SQLite has no row locks: its transactions begin IMMEDIATE, one writer at a time, which comes to the same.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from django.db import connection

from brands.access.memberships import EveryBrand, writable_rows
from brands.models import Brand
from budget_system.core.actors import NO_ACCESS, BrandAccess
from budget_system.core.prepared import PreparedQuery, from_row, related_from_row
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
    ids = list(dict.fromkeys(campaign_ids))
    named = list(access.writes) if isinstance(access.writes, frozenset) else None
    brands: dict[UUID, Brand] = {}
    campaigns: dict[UUID, Campaign] = {}
    if not ids or named == []:
        return brands, campaigns
    every = isinstance(access.writes, EveryBrand)
    query = _locking_query(connection.vendor, len(ids), None if named is None else len(named), every)
    for row in query.fetch(dict(zip(_stand_ins(len(ids) + len(named or [])), [*ids, *(named or [])], strict=True))):
        campaign = from_row(Campaign, row)
        campaign.brand = brands.get(campaign.brand_id) or related_from_row(Brand, row)
        brands[campaign.brand_id] = campaign.brand
        campaigns[campaign.pk] = campaign
    return brands, campaigns


@lru_cache(maxsize=128)
def _locking_query(vendor: str, campaigns: int, named: int | None, every: bool) -> PreparedQuery:
    """Return the query that locks so many campaigns, of so many brands where these are named, else of all or every."""
    ids = _stand_ins(campaigns + (named or 0))
    access = replace(NO_ACCESS, writes=EveryBrand() if every else None if named is None else frozenset(ids[campaigns:]))
    return PreparedQuery(
        writable_rows(Campaign.everything.filter(pk__in=ids[:campaigns]), access)
        .select_related("brand")
        .order_by("brand_id", "pk")
        .select_for_update(of=("brand", "self"), no_key=True)
    )


def _stand_ins(number: int) -> list[UUID]:
    return [UUID(int=place) for place in range(number)]
