"""Locks, always in the order of brands' ids, and what to do when something moved while one waited.

SQLite has no row locks: its transactions begin IMMEDIATE, one writer at a time, which comes to the same.
"""

from collections.abc import Callable, Collection
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.db import OperationalError, connection
from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random

from brands.access.memberships import written_by
from brands.models import Brand
from budget_system.core.actors import Reach
from budget_system.core.errors import Conflict
from campaigns.models import Campaign

P = ParamSpec("P")
R = TypeVar("R")

ENOUGH = stop_after_attempt(4) | stop_after_delay(15)
"""What has waited out SQLite's 20 seconds for its lock is not repeated: its caller would be gone before it is done."""

DEADLOCK_DETECTED, SERIALIZATION_FAILURE = "40P01", "40001"


class RowMoved(Conflict):
    """A row read before the lock changed its brand, or was changed past the gate, while the lock was awaited.

    What reaches a caller, where a row moves again each time, is a refusal that names it: nothing was changed.
    """


def lock_brands(brand_ids: Collection[UUID], *, skip_locked: bool = False) -> dict[UUID, Brand]:
    """Lock brands in id order, archived ones too; with `skip_locked` leave out what somebody else holds."""
    locked = Brand.everything.filter(pk__in=brand_ids).order_by("pk")
    return {brand.pk: brand for brand in locked.select_for_update(no_key=True, skip_locked=skip_locked)}


def lock_campaigns(campaign_ids: Collection[UUID], reach: Reach) -> tuple[dict[UUID, Brand], dict[UUID, Campaign]]:
    """Lock campaigns' brands, and read the campaigns as they stand once the lock is held, in one statement.

    The campaigns are locked with their brands: a lock on the brand alone would read a campaign from the snapshot taken
    before the wait. One that left its brand meanwhile is not in the answer, nor one that may not be written.
    """
    rows = (
        written_by(Campaign.everything.filter(pk__in=campaign_ids), reach)
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


def is_passing(error: BaseException) -> bool:
    """Say whether repeating the whole transaction may succeed: something moved, or the database broke a tie."""
    if connection.in_atomic_block:
        return False  # the transaction that must be repeated is not ours
    if isinstance(error, RowMoved):
        return True
    if not isinstance(error, OperationalError):
        return False
    sqlstate = getattr(error.__cause__, "sqlstate", None)
    return sqlstate in {DEADLOCK_DETECTED, SERIALIZATION_FAILURE} or "database is locked" in str(error)


def starting_over(service: Callable[P, R]) -> Callable[P, R]:
    """Repeat a service, from its first read, up to three times where its rows moved or the database broke a tie."""

    @wraps(service)
    def repeated(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in Retrying(
            retry=retry_if_exception(is_passing), stop=ENOUGH, wait=wait_random(0, 0.1), reraise=True
        ):
            with attempt:
                return service(*args, **kwargs)
        raise AssertionError("unreachable: the last attempt returns or raises")

    return repeated
