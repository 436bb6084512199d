"""Months per brand: budget, spend and overshoot, and on how many days a budget paused something."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db.models import Q, QuerySet

from brands.calendar import first_of_month, local_date
from brands.models import Brand, Change
from budget_system.core.chunks import read_in_chunks
from budget_system.core.money import overshoot
from campaigns.models import StatusEvent
from campaigns.status import MONEY_BITS, from_bits
from spending.models import BrandTotal, Period
from spending.reports.pauses import EventFacts, pauses_of

BUDGET_REASONS = frozenset(from_bits(MONEY_BITS))


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
    """Yield the months in which brands spent, newest first within each brand.

    `spent` is what the ledger holds, whatever resets have cleared. `days_paused` counts the brand's local days on which
    a used-up budget kept at least one campaign paused, for a while or all day, up to `now` (UTC).
    """
    paused, former = _days_paused(brands, now), _former_budgets(brands)
    totals: dict[UUID, list[BrandTotal]] = defaultdict(list)
    for total in _spent_in(brands).order_by("-start"):
        totals[total.brand_id].append(total)
    for brand in brands:
        for total in totals[brand.pk]:
            later = (budget for month, budget in former[brand.pk] if month > total.start)
            budget = next(later, brand.monthly_budget)
            days = len(paused[brand.pk, total.start])
            yield Month(brand, total.start, budget, total.amount, overshoot(total.amount, budget), days)


def count_months(brands: QuerySet[Brand], *, most: int) -> int:
    """Count the months in which brands spent, up to `most`."""
    return _spent_in(brands.order_by())[:most].count()


def _spent_in(brands: Collection[Brand] | QuerySet[Brand]) -> QuerySet[BrandTotal]:
    return BrandTotal.objects.filter(brand__in=brands, period=Period.MONTH, amount__gt=0)


def _former_budgets(brands: Collection[Brand]) -> dict[UUID, list[tuple[date, Decimal | None]]]:
    """Return the monthly budgets that were changed, each with the local month of the change, the oldest first."""
    zones = {brand.pk: brand.timezone for brand in brands}
    former: dict[UUID, list[tuple[date, Decimal | None]]] = defaultdict(list)
    changes = Change.objects.filter(kind="brand", object_id__in=zones, before__has_key="monthly_budget")
    for brand_id, at, before in changes.order_by("at", "id").values_list("object_id", "at", "before"):
        month = first_of_month(local_date(at, zones[brand_id]))
        budget = before["monthly_budget"]
        former[brand_id].append((month, None if budget is None else Decimal(budget)))
    return former


def _days_paused(brands: Collection[Brand], now: datetime) -> dict[tuple[UUID, date], set[date]]:
    """Return the days on which a budget paused something, from the events and moves of campaigns that are, or were,
    in the brands.
    """
    zones = {brand.pk: brand.timezone for brand in brands}
    moved = Change.objects.filter(kind="campaign", to_brand_id__isnull=False).order_by("at", "id")
    here = Q(campaign__in=StatusEvent.objects.filter(brand__in=brands).values("campaign"))
    came = Q(campaign__in=moved.filter(to_brand_id__in=zones).order_by().values("object_id"))
    events = StatusEvent.objects.filter(here | came, campaign__isnull=False).order_by("campaign", "at", "id")
    moves: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    of_ours = moved.filter(object_id__in=events.order_by().values("campaign"))
    for campaign_id, at, to_brand_id in of_ours.values_list("object_id", "at", "to_brand_id"):
        if to_brand_id is not None:
            moves[campaign_id].append((at, to_brand_id))
    days: dict[tuple[UUID, date], set[date]] = defaultdict(set)
    columns = read_in_chunks(events.values_list("campaign_id", "at", "brand_id", "pause_reason"), 2000)
    for campaign_id, rows in groupby(map(EventFacts._make, columns), key=itemgetter(0)):
        for brand_id, reason, start, end in pauses_of(rows, moves[campaign_id], now):
            if reason in BUDGET_REASONS and brand_id in zones:
                _add_days(days, brand_id, start, end, zones[brand_id])
    return days


def _add_days(
    days: dict[tuple[UUID, date], set[date]], brand_id: UUID, start: datetime, end: datetime, tz: str
) -> None:
    day, last = local_date(start, tz), local_date(end, tz)
    while day <= last:
        days[brand_id, first_of_month(day)].add(day)
        day += timedelta(days=1)
