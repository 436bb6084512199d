"""Keeping what drifted, so that people learn of it without reading the log."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from spending.enforcement.drift import Drift
from spending.models import DriftFound


def note_drift(drifts: Iterable[Drift], *, repaired: bool, now: datetime) -> set[UUID]:
    """Keep of each brand what drifted last; return the brands. Where nothing did, nothing is written."""
    of_brands: dict[UUID, list[Drift]] = defaultdict(list)
    for drift in drifts:
        of_brands[drift.brand_id].append(drift)
    if of_brands:
        DriftFound.objects.bulk_create(
            [
                DriftFound(
                    brand_id=brand_id,
                    at=now,
                    totals=len(found),
                    left=sum(not (repaired and drift.can_be_repaired) for drift in found),
                    text=str(found[0]),
                )
                for brand_id, found in of_brands.items()
            ],
            update_conflicts=True,
            unique_fields=["brand"],
            update_fields=["at", "totals", "left", "text"],
        )
    return set(of_brands)


def note_all_checked(drifted: Iterable[UUID]) -> None:
    """Forget drift that was left where a check of every total no longer finds any."""
    gone = DriftFound.objects.filter(left__gt=0).exclude(brand__in=set(drifted))
    if gone.exists():
        gone.delete()
