"""Months per brand: what was budgeted, spent and overshot, and on how many days a budget paused something."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from brands.calendar import first_of_month, local_date
from brands.models import Brand, Change
from budget_system.money import ZERO
from campaigns.models import PauseReason, StatusEvent
from spending.models import BrandTotal, Period

BUDGET_REASONS = (PauseReason.DAILY_BUDGET_EXCEEDED, PauseReason.MONTHLY_BUDGET_EXCEEDED)


@dataclass(frozen=True, slots=True)
class Month:
    """One brand's month. `budget` is the one in force when it ended, or now; `overshoot` is what was spent past it."""

    brand: Brand
    month: date
    budget: Decimal | None
    spent: Decimal
    overshoot: Decimal
    days_paused: int


def months_of(brands: Collection[Brand], *, now: datetime) -> Iterator[Month]:
    """Give the months in which brands spent, newest first within each brand.

    `spent` is what the ledger holds, whatever resets have cleared. `days_paused` counts the brand's local days on which
    a used-up budget kept at least one campaign paused, for a while or all day, up to `now` (UTC).
    """
    paused, former = _days_paused(brands, now), _former_budgets(brands)
    totals: dict[UUID, list[BrandTotal]] = defaultdict(list)
    months = BrandTotal.objects.filter(brand__in=brands, period=Period.MONTH, amount__gt=0).order_by("-start")
    for total in months:
        totals[total.brand_id].append(total)
    for brand in brands:
        for total in totals[brand.pk]:
            later = (budget for month, budget in former[brand.pk] if month > total.start)
            budget = next(later, brand.monthly_budget)
            over = ZERO if budget is None else max(ZERO, total.amount - budget)
            days = len(paused[brand.pk, total.start])
            yield Month(brand, total.start, budget, total.amount, over, days)


def _former_budgets(brands: Collection[Brand]) -> dict[UUID, list[tuple[date, Decimal | None]]]:
    """Give the monthly budgets that were changed, each with the local month of the change, the oldest first."""
    zones = {brand.pk: brand.timezone for brand in brands}
    former: dict[UUID, list[tuple[date, Decimal | None]]] = defaultdict(list)
    changes = Change.objects.filter(kind="brand", object_id__in=zones, before__has_key="monthly_budget")
    for brand_id, at, before in changes.order_by("at", "id").values_list("object_id", "at", "before"):
        month = first_of_month(local_date(at, zones[brand_id]))
        budget = before["monthly_budget"]
        former[brand_id].append((month, None if budget is None else Decimal(budget)))
    return former


def _days_paused(brands: Collection[Brand], now: datetime) -> dict[tuple[UUID, date], set[date]]:
    """Go through the campaigns' events: each pause for a budget lasts until the campaign's next event."""
    zones = {brand.pk: brand.timezone for brand in brands}
    days: dict[tuple[UUID, date], set[date]] = defaultdict(set)
    events = StatusEvent.objects.filter(brand__in=brands, campaign__isnull=False).order_by("campaign", "at", "id")
    columns = events.values_list("brand_id", "campaign_id", "at", "pause_reason")
    since: tuple[UUID, UUID, datetime] | None = None
    for brand_id, campaign_id, at, reason in columns.iterator(chunk_size=2000):
        if since is not None:
            _add_days(days, since, at if campaign_id == since[1] else now, zones)
        since = (brand_id, campaign_id, at) if reason in BUDGET_REASONS else None
    if since is not None:
        _add_days(days, since, now, zones)
    return days


def _add_days(
    days: dict[tuple[UUID, date], set[date]],
    since: tuple[UUID, UUID, datetime],
    until: datetime,
    zones: Mapping[UUID, str],
) -> None:
    brand_id, _, start = since
    day, last = local_date(start, zones[brand_id]), local_date(until, zones[brand_id])
    while day <= last:
        days[brand_id, first_of_month(day)].add(day)
        day += timedelta(days=1)
