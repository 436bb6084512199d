"""The sweeps: what has become due, and the safety net under the budgets.

The scheduled tasks take what is due, which costs nothing where nothing is. The commands that a person types decide
every campaign, see `spending.enforcement.recounts`.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db.models import Count, F, QuerySet

from brands.calendar import first_of_month, local_date
from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import HELD_BACK, Campaign
from spending.enforcement.contradictions import contradicted_brands
from spending.enforcement.counts import Counts
from spending.enforcement.gate import Gate
from spending.enforcement.passes import campaign_numbers, run_for_brands
from spending.models import CampaignTotal, Period


def enforce_budgets(*, now: datetime, by: Actor) -> Counts:
    """Decide the brands in which a stored status contradicts the counters, whatever caused that."""

    def decide_all(gate: Gate, _: Counts) -> None:
        for brand in gate.brands.values():
            gate.touch_all(brand)

    contradicted = contradicted_brands(now=now)
    counts = run_for_brands(campaign_numbers(contradicted) if contradicted else {}, decide_all, now=now, by=by)
    counts.checked = Campaign.everything.number_living()
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
    begun = {brand.pk for brand in ended if _month_ends(brand, now)}
    days = _brands_with_ended_days(now) if begun else {}
    return run_for_brands({pk: rows for pk, rows in days.items() if pk in begun}, count_begun_days, now=now, by=by)


def tick(*, now: datetime, by: Actor) -> Counts:
    """Do everything that is due, in one pass: days that have begun, windows, contradictions."""
    due = Counter(_brands_with_ended_days(now))
    due.update(_brands_with_transitions(now))
    counts = run_for_brands(due, _transitions, now=now, by=by)
    counts.merge(enforce_budgets(now=now, by=by))
    return counts


def count_begun_days(gate: Gate, counts: Counts) -> None:
    """Count the campaigns whose counter begins again: those that had spent in the day or month that ended."""
    ended = [brand for brand in gate.brands.values() if brand.day_ends_at <= gate.now]
    spent = CampaignTotal.objects.filter(amount__gt=0)
    if ended:
        days = spent.filter(campaign__brand__in=ended, period=Period.DAY, start=F("campaign__brand__today"))
        counts.daily_reset += days.count()
    if begun := [brand for brand in ended if _month_ends(brand, gate.now)]:
        months = spent.filter(campaign__brand__in=begun, period=Period.MONTH, start=F("campaign__brand__this_month"))
        counts.monthly_reset += months.count()


def _month_ends(brand: Brand, now: datetime) -> bool:
    """Return whether the month of the brand's last day has ended."""
    return first_of_month(local_date(now, brand.timezone)) != brand.this_month


def _transitions(gate: Gate, counts: Counts) -> None:
    due = dict(_due(gate.now).filter(brand_id__in=gate.brands).values_list("pk", "brand_id"))
    counts.checked += len(due)
    gate.touched.campaigns.update(due)


def _due(now: datetime) -> QuerySet[Campaign]:
    return Campaign.objects.filter(next_transition_at__lte=now).order_by()


def _brands_with_transitions(now: datetime) -> Mapping[UUID, int]:
    """Return the brands in which windows have turned, each with the number of campaigns."""
    return dict(_due(now).values_list("brand_id").annotate(Count("pk")))


def _brands_with_ended_days(now: datetime) -> Mapping[UUID, int]:
    """Return the brands whose day has ended, each with the number of campaigns that something holds back."""
    ended = dict.fromkeys(Brand.objects.filter(day_ends_at__lte=now).ids(), 0)
    if ended:
        held_back = Campaign.objects.filter(HELD_BACK, brand__day_ends_at__lte=now).order_by()
        ended |= dict(held_back.values_list("brand_id").annotate(Count("pk")))
    return ended
