"""What a person's commands do beyond the sweeps: they rely on nothing stored and decide every campaign."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.enforcement.audit import find_drift, log_repairs, repair_totals, restart_day
from spending.enforcement.counts import Counts
from spending.enforcement.drift_notes import note_drift
from spending.enforcement.gate import Gate
from spending.enforcement.passes import campaign_numbers, run_for_brands


def recount_budgets(
    *, now: datetime, by: Actor, brand_ids: Collection[UUID] | None = None, dry_run: bool = False
) -> Counts:
    """Recount the current day and month from the ledger, repair and report drift, and decide every campaign.

    `brand_ids` narrows it; with `dry_run` everything is rolled back and only the counts are returned.
    """

    def recount(gate: Gate, counts: Counts) -> None:
        brands = list(gate.brands.values())
        for brand in brands:
            restart_day(gate, brand)
            brand.catch_up(now)
        counts.drifts += find_drift(brands, current=True)
        repair_totals(gate, counts.drifts)
        _decide_every_campaign(gate, counts)

    counts = run_for_brands(campaign_numbers(brand_ids), recount, now=now, by=by, dry_run=dry_run, done=log_repairs)
    note_drift(counts.drifts, repaired=not dry_run, now=now)
    return counts


def decide_windows(
    *, now: datetime, by: Actor, brand_ids: Collection[UUID] | None = None, dry_run: bool = False
) -> Counts:
    """Decide the windows of every campaign, whatever was stored of them; arguments as in `recount_budgets`."""
    return run_for_brands(campaign_numbers(brand_ids), _decide_every_campaign, now=now, by=by, dry_run=dry_run)


def _decide_every_campaign(gate: Gate, counts: Counts) -> None:
    for brand in gate.brands.values():
        gate.touch_all(brand)
    counts.checked += Campaign.objects.filter(brand__in=gate.brands).count()
