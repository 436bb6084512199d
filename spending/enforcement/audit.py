"""Comparing the totals with the ledger: finding drift, reporting and repairing it.

Drift comes from rows that bypassed the gate (a fixture, a manual change of the database). It is never hidden.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.enforcement.counts import Counts
from spending.enforcement.drift import Drift
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.ledger.comparison import Days, Difference, brand_sums, campaign_differences
from spending.ledger.counting import NO_SHIFT, Key, Shift
from spending.ledger.totals import overwrite
from spending.models import BrandTotal, CampaignTotal

log = logging.getLogger("budget_system.drift")


def check_totals(*, now: datetime, by: Actor, repair: bool = False) -> tuple[list[Drift], Counts]:
    """Compare every total of every brand, archived ones too, with the ledger; with `repair` correct what drifted.

    A repair decides the brand's campaigns in the same transaction.
    """

    def check(gate: Gate, counts: Counts) -> None:
        brands = list(gate.brands.values())
        drifts = find_drift(brands)
        counts.drifts += drifts
        if repair:
            for brand in brands:
                restart_day(gate, brand)
            repair_totals(gate, drifts)

    totals = Brand.everything.annotate(number=Count("campaigns__totals")).order_by()
    counts = run_for_brands(
        dict(totals.values_list("pk", "number")),
        check,
        now=now,
        by=by,
        dry_run=not repair,
        done=log_repairs if repair else None,
    )
    return counts.drifts, counts


def restart_day(gate: Gate, brand: Brand) -> None:
    """Set a day back that began while the clock was fast: what is spent counts in the actual day."""
    if brand.is_ahead(gate.now):
        log.error("The clock has stepped back: “%s” was in its %s already; it is decided again.", brand, brand.today)
        brand.begin_day(gate.now)
        gate.day_changed(brand)


def repair_totals(gate: Gate, drifts: Sequence[Drift]) -> None:
    """Set drifted totals to what the ledger says, and mark their brands' campaigns to be decided."""
    repaired = [drift for drift in drifts if drift.can_be_repaired]
    overwrite(CampaignTotal, {drift.key: drift.right for drift in repaired if not drift.of_brand})
    overwrite(BrandTotal, {drift.key: drift.right for drift in repaired if drift.of_brand})
    for brand_id in {drift.brand_id for drift in drifts}:
        gate.touch_all(gate.brands[brand_id])


def log_repairs(counts: Counts) -> None:
    """Log a warning for each total that was repaired, an error for each that cannot be."""
    for drift in counts.drifts:
        drift.log_repair()


def find_drift(brands: Collection[Brand], *, current: bool = False) -> list[Drift]:
    """Return where brands' totals, and their campaigns', differ from the ledger.

    With `current` only the totals of each brand's `today` and `this_month`. Archived campaigns count too. The number of
    queries does not grow with the brands, but for the few dates that it is today around the world.
    """
    groups: dict[Days | None, list[Brand]] = defaultdict(list)
    for brand in brands:
        groups[Days(brand.today, brand.this_month) if current else None].append(brand)
    return [drift for days, members in groups.items() for drift in _find_drift(members, days)]


def _find_drift(brands: Collection[Brand], days: Days | None) -> Iterator[Drift]:
    ids = [brand.pk for brand in brands]
    wrong = campaign_differences(ids, days)
    campaigns = Campaign.everything.in_bulk({key.owner for key in wrong}) if wrong else {}
    differences: dict[UUID, list[Difference]] = defaultdict(list)
    corrections: dict[Key, Shift] = defaultdict(lambda: NO_SHIFT)
    for key, difference in sorted(wrong.items()):
        brand_id = campaigns[key.owner].brand_id
        if difference.stored != difference.right:
            differences[brand_id].append(difference)
        corrections[key._replace(owner=brand_id)] += difference.correction
    for key, own, sums in brand_sums(ids, days):
        right = sums + corrections.pop(key, NO_SHIFT)
        if own != right:
            differences[key.owner].append(Difference(key, own, right))
    for key, right in sorted(corrections.items()):
        if right != NO_SHIFT:  # the brand has no total, nor any of its campaigns
            differences[key.owner].append(Difference(key, NO_SHIFT, right))
    for brand in brands:
        for key, stored, right in differences[brand.pk]:
            owner = f"Brand “{brand}”" if key.owner == brand.pk else f"Campaign “{campaigns[key.owner]}” of “{brand}”"
            yield Drift(owner, brand.name, brand.pk, brand.currency, key, stored, right)
