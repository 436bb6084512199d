"""The sweeps: what has become due, and the safety net under the budgets.

The scheduled tasks take what is due, which costs nothing where nothing is. The commands that a person types decide
every campaign, see `spending.enforcement.recounts`.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from brands.calendar import first_of_month, local_date
from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.enforcement.contradictions import contradicted_brands
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import run_for_brands
from spending.models import CampaignTotal, Period


def enforce_budgets(*, now: datetime, by: Actor) -> Counts:
    """Decide the brands in which a stored status contradicts the counters, whatever caused that."""

    def decide_all(gate: Gate, counts: Counts) -> None:
        count_begun_days(gate, counts)
        for brand in gate.brands.values():
            gate.touch_all(brand)

    counts = run_for_brands(contradicted_brands(now=now), decide_all, now=now, by=by)
    counts.checked = Campaign.objects.count()
    return counts


def enforce_dayparting(*, now: datetime, by: Actor) -> Counts:
    """Decide the campaigns whose windows have opened or closed since they were last decided."""
    return run_for_brands(_brands_with_transitions(now), _transitions, now=now, by=by)


def begin_days(*, now: datetime, by: Actor) -> Counts:
    """Decide the campaigns of brands whose day has begun: some may run again.

    There is nothing to clear: counters belong to their day and month. Doubled, late or missing runs do no harm.
    """
    return run_for_brands(_brands_with_ended_days(now), count_begun_days, now=now, by=by)


def begin_months(*, now: datetime, by: Actor) -> Counts:
    """Decide the campaigns of brands whose month has begun."""
    ended = Brand.objects.filter(day_ends_at__lte=now).only("pk", "this_month", "timezone")
    begun = [brand.pk for brand in ended if first_of_month(local_date(now, brand.timezone)) != brand.this_month]
    return run_for_brands(begun, count_begun_days, now=now, by=by)


def tick(*, now: datetime, by: Actor) -> Counts:
    """Do everything that is due, in one pass: days that have begun, windows, contradictions."""

    def all_due(gate: Gate, counts: Counts) -> None:
        count_begun_days(gate, counts)
        _transitions(gate, counts)

    due = {*_brands_with_ended_days(now), *_brands_with_transitions(now)}
    counts = run_for_brands(due, all_due, now=now, by=by)
    counts.merge(enforce_budgets(now=now, by=by))
    return counts


def count_begun_days(gate: Gate, counts: Counts) -> None:
    """Count the campaigns whose counter begins again: those that had spent in the day or month that ended."""
    for brand in gate.brands.values():
        if brand.day_ends_at > gate.now:
            continue
        spent = CampaignTotal.objects.filter(campaign__brand=brand, amount__gt=0)
        counts.daily_reset += spent.filter(period=Period.DAY, start=brand.today).count()
        if first_of_month(local_date(gate.now, brand.timezone)) != brand.this_month:
            counts.monthly_reset += spent.filter(period=Period.MONTH, start=brand.this_month).count()


def _transitions(gate: Gate, counts: Counts) -> None:
    for campaign in _due(gate.now).filter(brand_id__in=gate.brands):
        counts.checked += 1
        gate.touch(campaign)


def _due(now: datetime) -> QuerySet[Campaign]:
    return Campaign.objects.filter(next_transition_at__lte=now)


def _brands_with_transitions(now: datetime) -> Collection[UUID]:
    return set(_due(now).order_by().values_list("brand_id", flat=True))


def _brands_with_ended_days(now: datetime) -> Collection[UUID]:
    return Brand.objects.filter(day_ends_at__lte=now).ids()
