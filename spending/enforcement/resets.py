"""Ordered resets: a person clears a counter, the ledger stays.

The scheduled reset tasks order nothing: counters belong to their day and month, see
`spending.enforcement.sweeps.begin_days`.
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import F

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.money import ZERO, in_currency, to_cents
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.ledger import totals
from spending.ledger.counting import Key, Shift
from spending.models import CampaignTotal, Period, Reset

log = logging.getLogger("budget_system.resets")


@dataclass(frozen=True, slots=True)
class Clearing:
    """What a reset would clear of a brand, or has cleared."""

    brand: Brand
    period: Period
    start: date
    amount: Decimal
    campaigns: int


def preview(*, periods: Collection[Period], brand_ids: Collection[UUID] | None = None, now: datetime) -> list[Clearing]:
    """Return per brand and period what a reset would clear at `now` (UTC); brands without any are left out."""
    clearings = []
    for brand in Brand.objects.filter(pk__in=Brand.objects.ids(brand_ids)).order_by("name_key"):
        brand.catch_up(now)
        for period in periods:
            rows = list(_to_clear(brand, period))
            if rows:
                amount = sum((row.amount - row.cleared for row in rows), ZERO)
                clearings.append(Clearing(brand, period, _start(brand, period), amount, len(rows)))
    return clearings


def reset(
    *,
    periods: Collection[Period],
    brand_ids: Collection[UUID] | None = None,
    note: str = "",
    now: datetime,
    by: Actor,
    dry_run: bool = False,
) -> Counts:
    """Clear the current counters of brands and of their campaigns, archived ones too, and decide what may run again.

    What is cleared is recorded as a reset; where there is nothing to clear, nothing is written. A person's pause stays.
    `brand_ids` narrows it to some brands; with `dry_run` everything is rolled back and only the counts are returned.
    Raise `Forbidden` where all brands are to be reset and `by` is no administrator.
    """
    if brand_ids is None:
        by.require_administrator()

    def clear(gate: Gate, counts: Counts) -> None:
        for brand in gate.brands.values():
            brand.catch_up(now)
            for period in periods:
                cleared = _clear(gate, brand, period, note)
                if period == Period.DAY:
                    counts.daily_reset += cleared
                else:
                    counts.monthly_reset += cleared
            gate.touch_all(brand)

    return run_for_brands(Brand.objects.ids(brand_ids), clear, now=now, by=by, dry_run=dry_run, one_by_one=True)


def _clear(gate: Gate, brand: Brand, period: Period, note: str) -> int:
    """Clear one counter of a brand and its campaigns; return the number of campaigns whose counter was cleared."""
    rows = list(_to_clear(brand, period))
    if not rows:
        return 0
    shifts = {Key(row.campaign_id, row.period, row.start): Shift(0, to_cents(row.amount - row.cleared)) for row in rows}
    totals.shift(shifts, brand.pk)
    entry = Reset.objects.create(
        brand=brand,
        period=period,
        start=_start(brand, period),
        at=gate.now,
        by=str(gate.by),
        cleared=sum((row.amount - row.cleared for row in rows), ZERO),
        campaigns=len(rows),
        note=note,
    )
    transaction.on_commit(partial(_announce, entry))
    return len(rows)


def _to_clear(brand: Brand, period: Period) -> Collection[CampaignTotal]:
    return CampaignTotal.objects.filter(
        campaign__brand=brand, period=period, start=_start(brand, period), amount__gt=F("cleared")
    )


def _start(brand: Brand, period: Period) -> date:
    return brand.today if period == Period.DAY else brand.this_month


def _announce(entry: Reset) -> None:
    log.info(
        "Brand “%s”: %s of %s reset, %s cleared in %d campaigns, by %s%s",
        entry.brand,
        entry.get_period_display(),
        entry.start,
        in_currency(entry.cleared, entry.brand.currency),
        entry.campaigns,
        entry.by,
        f", note: {entry.note}" if entry.note else "",
        extra={
            "event": "reset",
            "brand": str(entry.brand),
            "brand_id": str(entry.brand_id),
            "period": entry.period,
            "start": entry.start.isoformat(),
            "cleared": str(entry.cleared),
            "campaigns": entry.campaigns,
            "note": entry.note,
            "by": entry.by,
        },
    )
