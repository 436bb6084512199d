"""Comparing the totals with the ledger: finding drift, reporting and repairing it.

Drift comes from rows that bypassed the gate (a fixture, a manual change of the database). It is never hidden.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.money import as_cents
from campaigns.models import Campaign
from spending.enforcement.counts import Counts
from spending.enforcement.drift import Drift
from spending.enforcement.drift_notes import note_all_checked, note_drift
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.ledger.comparison import Days, Difference, compare
from spending.ledger.counting import NO_SHIFT, Key, Shift
from spending.ledger.totals import overwrite
from spending.models import BrandTotal, CampaignTotal, Period

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
    drifted = note_drift(counts.drifts, repaired=repair, now=now)
    if not counts.errors:
        note_all_checked(drifted)
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
    wrong, brand_of, of_brands = compare(ids, days)
    differences: dict[UUID, list[Difference]] = defaultdict(list)
    for difference in sorted(wrong):
        differences[brand_of[difference.key.owner]].append(difference)
    own = _brand_totals(ids, days)
    for key in sorted({**of_brands, **own}):
        stored, right = own.get(key, NO_SHIFT), of_brands.get(key, NO_SHIFT)
        if stored != right:
            differences[key.owner].append(Difference(key, stored, right))
    names = dict(Campaign.everything.filter(pk__in=brand_of).values_list("pk", "name")) if wrong else {}
    for brand in brands:
        for key, stored, right in differences[brand.pk]:
            owner = f"Brand “{brand}”" if key.owner == brand.pk else f"Campaign “{names[key.owner]}” of “{brand}”"
            yield Drift(owner, brand.name, brand.pk, brand.currency, key, stored, right)


def _brand_totals(brand_ids: Collection[UUID], days: Days | None) -> dict[Key, Shift]:
    totals = BrandTotal.objects.filter(brand__in=brand_ids).order_by()
    if days is not None:
        totals = totals.filter(Q(period=Period.DAY, start=days.today) | Q(period=Period.MONTH, start=days.month))
    return {
        Key(row.brand_id, row.period, row.start): Shift(as_cents(row.amount), as_cents(row.cleared)) for row in totals
    }
