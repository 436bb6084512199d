"""Budgets of months that will be exceeded, as both projections have it."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db.models import BigIntegerField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.functions import Coalesce

from alerts.models import Alert, AlertKind
from alerts.models.alerts import AlertQuerySet, alert_key
from alerts.sweeps.settling import settle
from brands.calendar import ONE_DAY, first_of_month, last_of_month
from brands.models import Brand
from budget_system.core.money import money
from campaigns.models import Campaign
from spending.models import BrandTotal, CampaignTotal, Period
from spending.reports.pacing.owners import OwnerPacing, brand_pacing, campaign_pacing

FIRST_DAY: Final = 5
"""Of the month: before it, a projection says little."""
ENDS_BELOW: Final = Decimal("0.97")
"""So that a projection that wavers around the budget is told once."""
WEEK_DAYS: Final = 7

_OF_BRANDS: Final = Q(brand__is_held=False, brand__archived_at__isnull=True)
_OF_CAMPAIGNS: Final = Q(
    campaign__archived_at__isnull=True,
    campaign__paused_by_person=False,
    campaign__brand__is_held=False,
    campaign__brand__archived_at__isnull=True,
)
"""What a person has paused, or holds, will not exceed anything."""


def sweep_projections(brands: Collection[UUID], *, now: datetime) -> int:
    """Open and resolve the alerts of budgets, of these brands, that will be exceeded at `now` (UTC); return how many
    changed.
    """
    is_open = Alert.objects.open().filter(kind=AlertKind.WILL_EXCEED, brand__in=brands)
    return settle(is_open, {alert.key: alert for alert in _holding(is_open, brands, now)}, now=now)


def _holding(is_open: AlertQuerySet, brands: Collection[UUID], now: datetime) -> Iterator[Alert]:
    """Yield an alert for each budget of which one is to be open."""
    keys = set(is_open.values_list("key", flat=True))
    brand_ids, campaign_ids = _chosen(brands)
    brand_ids.update(is_open.filter(campaign=None).values_list("brand_id", flat=True))
    campaign_ids.update(is_open.exclude(campaign=None).values_list("campaign", flat=True))
    living = Brand.objects.filter(is_held=False).in_bulk(brand_ids)
    yield from _judged(living, brand_pacing(living.values(), now=now), keys)
    rows = Campaign.objects.filter(paused_by_person=False, brand__is_held=False, brand__archived_at=None)
    campaigns = rows.select_related("brand").in_bulk(campaign_ids)
    yield from _judged(campaigns, campaign_pacing(campaigns.values(), now=now), keys)


def _chosen(among: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Return brands and capped campaigns that may come out above their budget, as far as the database can tell."""
    brands: set[UUID] = set()
    campaigns: set[UUID] = set()
    todays = Brand.objects.filter(pk__in=among).order_by("today").values_list("today", flat=True).distinct()
    for today in todays:
        if today.day < FIRST_DAY:
            continue
        of_brands = BrandTotal.objects.filter(_OF_BRANDS, _periods(today), brand__in=among, brand__today=today)
        brands |= _above(of_brands.values_list("brand_id"), "brand__monthly_budget", today, Q())
        of_campaigns = CampaignTotal.objects.filter(_OF_CAMPAIGNS, _periods(today), campaign__brand__today=today)
        capped = of_campaigns.filter(campaign__brand__in=among).values_list("campaign_id")
        windowed = Q(campaign__next_transition_at__isnull=False)  # of those only the time in their windows counts
        campaigns |= _above(capped, "campaign__monthly_budget", today, windowed)
    return brands, campaigns


def _periods(today: date) -> Q:
    """Return the condition of the totals of the month, and of the seven days before today."""
    week = (today - WEEK_DAYS * ONE_DAY, today - ONE_DAY)
    return Q(period=Period.MONTH, start=first_of_month(today)) | Q(period=Period.DAY, start__range=week)


def _above(totals: Any, budget: str, today: date, windowed: Q) -> set[UUID]:
    """Return the owners whose month, with the days left at the week's mean, is above the budget, and so is the month
    in proportion to the days gone; both a little more than the exact figures, which are asked afterwards.
    """
    days = last_of_month(today).day
    month, week = (
        Coalesce(Sum("amount", filter=Q(period=period)), Value(0), output_field=BigIntegerField())
        for period in (Period.MONTH, Period.DAY)
    )
    whole = totals.filter(**{f"{budget}__gt": 0}).annotate(month=month, week=week)
    at_the_mean = ExpressionWrapper(
        WEEK_DAYS * F("month") + (days - today.day + 1) * F("week") - WEEK_DAYS * F(budget), BigIntegerField()
    )
    in_proportion = ExpressionWrapper(101 * days * F("month") - 100 * (today.day - 1) * F(budget), BigIntegerField())
    found = whole.alias(at_the_mean=at_the_mean, in_proportion=in_proportion).filter(
        Q(in_proportion__gt=0) | windowed, at_the_mean__gt=0
    )
    return {row[0] for row in found}


def _judged(
    owners: Mapping[UUID, Brand] | Mapping[UUID, Campaign],
    paces: Mapping[UUID, OwnerPacing],
    open_keys: set[str],
) -> Iterator[Alert]:
    for pk, owner in owners.items():
        month = paces[pk].month
        linear, run_rate = month.pacing.projected_linear, month.pacing.projected_run_rate
        if not month.budget or linear is None or run_rate is None:
            continue
        key = alert_key(AlertKind.WILL_EXCEED, pk, month.start)
        least = min(linear, run_rate)
        if key in open_keys:
            holds = least >= ENDS_BELOW * month.budget
        else:  # what is used up already is told by its thresholds
            is_time = _today(owner).day >= FIRST_DAY
            holds = is_time and least > month.budget > month.spent
        if holds:
            yield _alert(owner, key, paces[pk], linear, run_rate)


def _today(owner: Brand | Campaign) -> date:
    return owner.brand.today if isinstance(owner, Campaign) else owner.today


def _alert(owner: Brand | Campaign, key: str, pacing: OwnerPacing, linear: Decimal, run_rate: Decimal) -> Alert:
    month = pacing.month
    campaign, brand = (owner, owner.brand) if isinstance(owner, Campaign) else (None, owner)
    currency = brand.currency
    whose = f"Campaign “{campaign}” of “{brand}”" if campaign else f"“{brand}”"
    return Alert(
        kind=AlertKind.WILL_EXCEED,
        brand=brand,
        campaign=campaign,
        key=key,
        period=Period.MONTH,
        start=month.start,
        at=pacing.at,
        figures={
            "spent": str(month.spent),
            "budget": str(month.budget),
            "projected_linear": str(linear),
            "projected_run_rate": str(run_rate),
            "currency": currency,
        },
        message=f"{whose} will exceed its monthly budget of {money(month.budget or Decimal(0), currency)} {currency}: "
        f"at the rate of this month it comes to {money(linear, currency)}, at that of the last 7 days to "
        f"{money(run_rate, currency)}.",
    )
