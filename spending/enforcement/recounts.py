"""What a person's commands do beyond the sweeps: they rely on nothing stored and decide every campaign."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.enforcement.audit import find_drift, repair_totals, restart_day
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.enforcement.sweeps import count_begun_days


def recount_budgets(
    *, now: datetime, by: Actor, brand_ids: Collection[UUID] | None = None, dry_run: bool = False
) -> Counts:
    """Recount the current day and month from the ledger, repair and report drift, and decide every campaign.

    `brand_ids` narrows it; with `dry_run` everything is rolled back and only the counts are returned.
    """

    def recount(gate: Gate, counts: Counts) -> None:
        count_begun_days(gate, counts)
        for brand in gate.brands.values():
            restart_day(gate, brand)
            brand.catch_up(now)
            repair_totals(gate, brand, find_drift(brand, days=[brand.today]))
        _decide_every_campaign(gate, counts)

    return run_for_brands(Brand.objects.ids(brand_ids), recount, now=now, by=by, dry_run=dry_run, one_by_one=True)


def decide_windows(
    *, now: datetime, by: Actor, brand_ids: Collection[UUID] | None = None, dry_run: bool = False
) -> Counts:
    """Decide the windows of every campaign, whatever was stored of them; arguments as in `recount_budgets`."""
    return run_for_brands(Brand.objects.ids(brand_ids), _decide_every_campaign, now=now, by=by, dry_run=dry_run)


def _decide_every_campaign(gate: Gate, counts: Counts) -> None:
    for brand in gate.brands.values():
        gate.touch_all(brand)
    counts.checked += Campaign.objects.filter(brand__in=gate.brands).count()
