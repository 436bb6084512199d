"""Comparing the totals with the ledger: finding drift, reporting and repairing it.

Drift comes from rows that bypassed the gate (a fixture, a manual change of the database). It is never hidden.
"""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from brands.calendar import first_of_month
from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.money import MAX_SUM, as_cents, cents_in, exact_sum, from_cents, in_currency
from campaigns.models import Campaign
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.ledger.counting import NO_SHIFT, Key, Shift, counted_in
from spending.ledger.totals import overwrite
from spending.models import BrandTotal, CampaignTotal, Period, Spend

log = logging.getLogger("budget_system.drift")


@dataclass(frozen=True, slots=True)
class Drift:
    """A total that is not what it must be; cents of both columns."""

    owner: str
    currency: str
    key: Key
    stored: Shift
    right: Shift

    @property
    def can_be_repaired(self) -> bool:
        """Whether the column can hold what the ledger says; only older versions let more be booked."""
        return self.right.amount <= MAX_SUM

    def __str__(self) -> str:
        period = f"{Period(self.key.period).label} {self.key.start}"
        if self.stored.amount != self.right.amount:
            said, true = self._shown(self.stored.amount), self._shown(self.right.amount)
            return f"{self.owner}, {period}: the total says {said}, the ledger {true}{self._advice}"
        said, true = self._shown(self.stored.cleared), self._shown(self.right.cleared)
        return f"{self.owner}, {period}: {said} is marked as cleared, it must be {true}"

    def _shown(self, cents: int) -> Decimal:
        return in_currency(from_cents(cents), self.currency)

    @property
    def _advice(self) -> str:
        return "" if self.can_be_repaired else ", more than a total holds: lower or delete entries, then repair it"


def check_totals(*, now: datetime, by: Actor, repair: bool = False) -> tuple[list[Drift], Counts]:
    """Compare every total of every brand, archived ones too, with the ledger; with `repair` correct what drifted.

    A repair decides the brand's campaigns in the same transaction.
    """
    found: list[Drift] = []

    def check(gate: Gate, _: Counts) -> None:
        for brand in gate.brands.values():
            drifts = find_drift(brand)
            found.extend(drifts)
            if repair:
                restart_day(gate, brand)
                repair_totals(gate, brand, drifts)

    return found, run_for_brands(Brand.everything.ids(), check, now=now, by=by, dry_run=not repair, one_by_one=True)


def restart_day(gate: Gate, brand: Brand) -> None:
    """Set a day back that began while the clock was fast: what is spent counts in the actual day."""
    if brand.is_ahead(gate.now):
        log.error("The clock has stepped back: “%s” was in its %s already; it is decided again.", brand, brand.today)
        brand.begin_day(gate.now)
        gate.day_changed(brand)


def repair_totals(gate: Gate, brand: Brand, drifts: list[Drift]) -> None:
    """Set drifted totals to what the ledger says, log a warning for each, and mark the brand's campaigns to be
    decided.
    """
    if not drifts:
        return
    repaired = {drift.key: drift.right for drift in drifts if drift.can_be_repaired}
    for drift in drifts:
        if drift.can_be_repaired:
            fields = {"event": "drift_mended", "brand": brand.name, "brand_id": str(brand.pk)}
            log.warning("Drift mended. %s", drift, extra=fields)
        else:
            fields = {"event": "drift_left", "brand": brand.name, "brand_id": str(brand.pk)}
            log.error("Drift that cannot be mended. %s", drift, extra=fields)
    overwrite(CampaignTotal, {key: right for key, right in repaired.items() if key.owner != brand.pk})
    overwrite(BrandTotal, {key: right for key, right in repaired.items() if key.owner == brand.pk})
    gate.touch_all(brand)


def find_drift(brand: Brand, *, days: Collection[date] | None = None) -> list[Drift]:
    """Return where a brand's totals, and its campaigns', differ from the ledger.

    With `days` (brand-local) only the totals of those days and of their months. Archived campaigns count too.
    """
    starts = None if days is None else {*days, *map(first_of_month, days)}
    scope = {} if starts is None else {"start__in": starts}
    ledger = _ledger(brand, starts)
    stored = {
        Key(row.campaign_id, row.period, row.start): _columns(row)
        for row in CampaignTotal.objects.filter(campaign__brand=brand, **scope)
    }
    names = dict(Campaign.everything.filter(brand=brand).values_list("pk", "name"))
    drifts = []
    sums: dict[Key, Shift] = defaultdict(lambda: NO_SHIFT)
    for key in sorted({*ledger, *stored}):
        was, amount = stored.get(key, NO_SHIFT), ledger[key]
        right = Shift(amount, max(0, min(was.cleared, amount)))
        sums[key._replace(owner=brand.pk)] += right
        if was != right:
            drifts.append(Drift(f"Campaign “{names[key.owner]}” of “{brand}”", brand.currency, key, was, right))
    own = {
        Key(row.brand_id, row.period, row.start): _columns(row)
        for row in BrandTotal.objects.filter(brand=brand, **scope)
    }
    for key in sorted({*sums, *own}):
        was = own.get(key, NO_SHIFT)
        if was != sums[key]:
            drifts.append(Drift(f"Brand “{brand}”", brand.currency, key, was, sums[key]))
    return drifts


def _ledger(brand: Brand, starts: Collection[date] | None) -> dict[Key, int]:
    """Return the ledger's sums per campaign and period, in cents; only of the periods that begin at `starts`, if
    given.
    """
    sums: dict[Key, int] = defaultdict(int)
    for campaign_id, spend_date, spend_type, cents in _entries(brand, starts):
        for span in counted_in(spend_date, spend_type):
            if starts is None or span[1] in starts:
                sums[Key(campaign_id, *span)] += cents
    return sums


def _entries(brand: Brand, starts: Collection[date] | None) -> Iterator[tuple[UUID, date, str, int]]:
    spends = Spend.objects.filter(campaign__brand=brand)
    if starts is not None:
        months = sorted({first_of_month(start) for start in starts})
        after = months[-1].replace(day=28).toordinal() + 4
        spends = spends.filter(spend_date__gte=months[0], spend_date__lt=first_of_month(date.fromordinal(after)))
    groups = spends.order_by().values_list("campaign_id", "spend_date", "spend_type").annotate(**exact_sum("amount"))
    for campaign_id, spend_date, spend_type, high, low in groups:
        yield campaign_id, spend_date, spend_type, cents_in(high, low)


def _columns(row: BrandTotal | CampaignTotal) -> Shift:
    return Shift(as_cents(row.amount), as_cents(row.cleared))
