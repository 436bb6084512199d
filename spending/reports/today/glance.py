"""How many campaigns run and are paused for what, and what was spent on the last 30 days in each currency."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from django.db.models import Count, Sum

from brands.access.memberships import EveryBrand, visible_rows
from brands.calendar import ONE_DAY, days_between
from brands.models import Brand, of_living_brand
from budget_system.core.actors import BrandAccess
from budget_system.core.money import ZERO
from campaigns.models import Campaign, CampaignStatus, PauseReason
from spending.models import BrandTotal, Period, Spend, SpendType
from spending.reports.clocks import Clock

DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Running:
    """How many campaigns run, and how many are paused for which reason, the first that holds of each."""

    active: int
    paused: Mapping[PauseReason, int]
    held: int
    """How many of those that wait for a person do so only because their brand is held."""

    @property
    def number(self) -> int:
        """How many campaigns there are."""
        return self.active + sum(self.paused.values())


@dataclass(frozen=True, slots=True)
class Spending:
    """What was spent on each of some days in one currency."""

    currency: str
    days: Sequence[tuple[date, Decimal]]
    of_months: Decimal
    """What is booked in these days as `MONTHLY`: it is of no day, and in none of them."""

    @property
    def total(self) -> Decimal:
        """What was spent on all of them."""
        return sum((amount for _, amount in self.days), ZERO)


def count_running(access: BrandAccess) -> Running:
    """Count the campaigns that somebody sees by status and reason."""
    # Not a join with all brands: as those that are archived are few, it takes twice as long.
    archived = Brand.everything.filter(archived_at__isnull=False)
    campaigns = Campaign.everything.filter(archived_at__isnull=True).exclude(brand__in=archived)
    seen = campaigns if isinstance(access.reads, EveryBrand) else visible_rows(campaigns, access)
    rows = seen.order_by().values_list("status", "pause_reason")
    active, paused = 0, dict.fromkeys(PauseReason, 0)
    for status, reason, number in rows.annotate(number=Count("pk")):
        if status == CampaignStatus.ACTIVE:
            active += number
        else:
            paused[PauseReason(reason or PauseReason.MANUAL)] += number
    held = seen.filter(brand__in=Brand.objects.filter(is_held=True), paused_by_person=False)
    return Running(active, paused, held.count())


def spent_by_day(clocks: Sequence[Clock], access: BrandAccess, *, now: datetime) -> Sequence[Spending]:
    """Return what was spent on the last 30 days up to today, by currency.

    Each brand's days are its own.
    """
    last = max((clock.today for clock in clocks), default=now.date())
    first = last - (DAYS - 1) * ONE_DAY
    totals = BrandTotal.objects.filter(period=Period.DAY, start__gte=first, start__lte=last)
    totals = visible_rows(totals.filter(of_living_brand("brand")), access)
    rows = totals.order_by().values_list("brand__currency", "start").annotate(spent=Sum("amount"))
    spent: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for currency, day, amount in rows:
        spent[currency][day] = amount
    booked = Spend.objects.filter(spend_type=SpendType.MONTHLY, spend_date__range=(first, last))
    monthly = visible_rows(booked.filter(of_living_brand("campaign__brand")), access)
    of_months = dict(monthly.order_by().values_list("campaign__brand__currency").annotate(sum=Sum("amount")))
    return [
        Spending(
            currency,
            [(day, spent[currency].get(day, ZERO)) for day in days_between(first, last)],
            of_months.get(currency, ZERO),
        )
        for currency in sorted({*spent, *of_months})
        if any(spent[currency].values()) or currency in of_months
    ]
