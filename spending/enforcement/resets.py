"""Ordered resets: a person clears a counter, the ledger stays.

The scheduled reset tasks order nothing: counters belong to their day and month, see
`spending.enforcement.sweeps.begin_days`.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import partial, reduce
from operator import or_
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.money import ZERO, in_currency, to_cents
from campaigns.status import DAY_BIT, MONTH_BIT
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import campaign_numbers, run_for_brands
from spending.ledger import totals
from spending.ledger.counting import Key, Shift
from spending.models import CampaignTotal, Period, Reset

log = logging.getLogger("budget_system.resets")

ENDS_WITH = {Period.DAY: DAY_BIT, Period.MONTH: MONTH_BIT}
"""The reasons that may end where a period's counters are cleared."""


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
    brands = list(Brand.objects.filter(pk__in=Brand.objects.ids(brand_ids)).order_by("name_key"))
    for brand in brands:
        brand.catch_up(now)
    return _clearings(_to_clear(brands, periods), brands, periods)


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
        brands = list(gate.brands.values())
        for brand in brands:
            if brand.day_ends_at <= now:
                gate.touch_all(brand)
            brand.catch_up(now)
            gate.recheck_thresholds(brand)
        gate.turn(*brands, ends=sum(ENDS_WITH[period] for period in periods))
        rows = _to_clear(brands, periods)
        shifts = {row.key: Shift(0, to_cents(row.amount)) for row in rows}
        totals.shift(shifts, {row.key.owner: row.brand_id for row in rows})
        clearings = _clearings(rows, brands, periods)
        for clearing in clearings:
            if clearing.period == Period.DAY:
                counts.daily_reset += clearing.campaigns
            else:
                counts.monthly_reset += clearing.campaigns
        _record(clearings, note, gate)

    return run_for_brands(campaign_numbers(brand_ids), clear, now=now, by=by, dry_run=dry_run)


class _Counter(NamedTuple):
    """A campaign's counter that is to be cleared."""

    brand_id: UUID
    key: Key
    amount: Decimal


def _to_clear(brands: Collection[Brand], periods: Collection[Period]) -> list[_Counter]:
    """Return the campaigns' current counters that are not zero, in one query."""
    brands_of: dict[tuple[Period, date], list[UUID]] = defaultdict(list)
    for brand in brands:
        for period in periods:
            brands_of[period, _start(brand, period)].append(brand.pk)
    current = [Q(period=period, start=start, campaign__brand__in=ids) for (period, start), ids in brands_of.items()]
    if not current:
        return []
    rows = CampaignTotal.objects.filter(reduce(or_, current), amount__gt=F("cleared"))
    columns = rows.values_list("campaign__brand_id", "campaign_id", "period", "start", "amount", "cleared")
    return [
        _Counter(brand_id, Key(owner, period, start), amount - cleared)
        for brand_id, owner, period, start, amount, cleared in columns
    ]


def _clearings(rows: Iterable[_Counter], brands: Iterable[Brand], periods: Collection[Period]) -> list[Clearing]:
    """Return what counters come to, by brand and period, in their order."""
    amounts: dict[tuple[UUID, str], list[Decimal]] = defaultdict(list)
    for row in rows:
        amounts[row.brand_id, row.key.period].append(row.amount)
    return [
        Clearing(brand, period, _start(brand, period), sum(cleared, ZERO), len(cleared))
        for brand in brands
        for period in periods
        if (cleared := amounts.get((brand.pk, period)))
    ]


def _record(clearings: Iterable[Clearing], note: str, gate: Gate) -> None:
    entries = [
        Reset(
            brand=clearing.brand,
            period=clearing.period,
            start=clearing.start,
            at=gate.now,
            by=str(gate.by),
            cleared=clearing.amount,
            campaigns=clearing.campaigns,
            note=note,
        )
        for clearing in clearings
    ]
    for entry in Reset.objects.bulk_create(entries):
        transaction.on_commit(partial(_announce, entry))


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
