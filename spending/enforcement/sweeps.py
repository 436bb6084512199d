"""The sweeps: what has become due, and the safety net under the budgets.

The scheduled tasks take what is due, which costs nothing where nothing is. The commands that a person types decide
every campaign, see `spending.enforcement.recounts`.
"""

from collections import Counter
from collections.abc import Collection, Mapping
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
    return _begin_days(_brands_with_ended_days(now), now, by)


def begin_months(*, now: datetime, by: Actor) -> Counts:
    """Decide the campaigns of brands whose month has begun."""
    return _begin_days([brand for brand in _brands_with_ended_days(now) if _month_ends(brand, now)], now, by)


def _begin_days(brands: Collection[Brand], now: datetime, by: Actor) -> Counts:
    """Open the gate of brands, which begins their days; count the campaigns whose counter begins again."""
    if not brands:
        return Counts()
    spent = CampaignTotal.objects.filter(amount__gt=0, campaign__brand__day_ends_at__lte=now).order_by()
    by_brand = spent.values_list("campaign__brand").annotate(Count("pk"))
    days = Counter(dict(by_brand.filter(period=Period.DAY, start=F("campaign__brand__today"))))
    months: Counter[UUID] = Counter()
    if any(_month_ends(brand, now) for brand in brands):
        months.update(dict(by_brand.filter(period=Period.MONTH, start=F("campaign__brand__this_month"))))

    def count(gate: Gate, counts: Counts) -> None:
        for brand in gate.brands.values():
            if brand.day_ends_at <= now:  # nobody has begun it meanwhile
                counts.daily_reset += days[brand.pk]
                counts.monthly_reset += months[brand.pk] if _month_ends(brand, now) else 0

    return run_for_brands(_held_back(brands, now), count, now=now, by=by)


def tick(*, now: datetime, by: Actor) -> Counts:
    """Do everything that is due, in one pass: days that have begun, windows, contradictions."""
    due = Counter(_held_back(_brands_with_ended_days(now), now))
    due.update(_brands_with_transitions(now))
    counts = run_for_brands(due, _transitions, now=now, by=by)
    counts.merge(enforce_budgets(now=now, by=by))
    return counts


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


def _brands_with_ended_days(now: datetime) -> list[Brand]:
    return list(Brand.objects.filter(day_ends_at__lte=now).only("pk", "this_month", "timezone").order_by())


def _held_back(brands: Collection[Brand], now: datetime) -> Mapping[UUID, int]:
    """Return brands whose day has ended, each with the number of campaigns that something holds back."""
    numbers = dict.fromkeys((brand.pk for brand in brands), 0)
    if numbers:
        held_back = Campaign.objects.filter(HELD_BACK, brand__day_ends_at__lte=now).order_by()
        found = dict(held_back.values_list("brand_id").annotate(Count("pk")))
        numbers |= {pk: number for pk, number in found.items() if pk in numbers}
    return numbers
