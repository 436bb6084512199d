"""What brands or campaigns have spent, as far as their pacing depends on it, in three queries.

Read from the totals. The ledger is asked for `MONTHLY` entries alone, because no total says on which day of its month
one is dated; they have an index of their own.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum

from brands.calendar import first_of_month, last_of_month
from brands.models import Brand
from budget_system.core.money import ZERO
from campaigns.models import Campaign
from campaigns.pacing import WEEK_DAYS
from spending.models import BrandTotal, CampaignTotal, Period, Spend, SpendType

WEEK = timedelta(days=WEEK_DAYS)
Days = Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Spent:
    """What one owner has spent, seen from its today."""

    today: Decimal
    month: Decimal
    """The counters, which a reset has lowered where there was one."""
    month_before_today: Decimal
    """The month's counter at the end of yesterday, as it is known now: what resets have cleared is taken off it."""
    last_week: Decimal | None
    """What the ledger holds of the last 7 full days; `None` where the first spend is not as old."""


def spent_by_brands(todays: Mapping[UUID, date]) -> dict[UUID, Spent]:
    """Return what brands have spent, by id; `todays` holds the date that it is in each."""
    return _Reading(todays, Brand.everything.all(), BrandTotal.objects.all(), "brand_id", "campaign__brand_id").spent()


def spent_by_campaigns(todays: Mapping[UUID, date]) -> dict[UUID, Spent]:
    """Return what campaigns have spent, by id; `todays` holds the date that it is in the brand of each."""
    totals = CampaignTotal.objects.all()
    return _Reading(todays, Campaign.everything.all(), totals, "campaign_id", "campaign_id").spent()


@dataclass(frozen=True, slots=True)
class _Reading:
    """Owners of one kind, and where their money is."""

    todays: Mapping[UUID, date]
    owners: "QuerySet[Brand] | QuerySet[Campaign]"
    totals: "QuerySet[BrandTotal] | QuerySet[CampaignTotal]"
    column: str
    """The owner's, of a total."""
    path: str
    """From an entry of the ledger to its owner."""

    def spent(self) -> dict[UUID, Spent]:
        if not self.todays:
            return {}
        counters, amounts = self._totals()
        dated, old = self._monthly_entries(), self._spent_a_week_ago()
        found = {}
        for owner, today in self.todays.items():
            days, monthly = amounts[owner], dated[owner]
            amount, cleared = counters.get((owner, Period.MONTH, first_of_month(today)), (ZERO, ZERO))
            of_today, cleared_today = counters.get((owner, Period.DAY, today), (ZERO, ZERO))
            last = last_of_month(today)
            later = _sum(days, today, last) + _sum(monthly, today, last)
            is_old = owner in old or any(day <= today - WEEK for day in monthly)
            found[owner] = Spent(
                today=of_today - cleared_today,
                month=amount - cleared,
                month_before_today=max(ZERO, amount - later - cleared),
                last_week=_sum(days, today - WEEK, today - timedelta(days=1)) if is_old else None,
            )
        return found

    def _totals(self) -> tuple[dict[tuple[UUID, str, date], tuple[Decimal, Decimal]], Mapping[UUID, Days]]:
        """Read the months that it is now, and the days from a week ago on: both columns, and the days' amounts."""
        earliest = min(self.todays.values()) - WEEK
        months = {first_of_month(today) for today in self.todays.values()}
        periods = Q(period=Period.DAY, start__gte=earliest) | Q(period=Period.MONTH, start__in=months)
        rows = self.totals.filter(periods, **{f"{self.column}__in": self.todays})
        counters: dict[tuple[UUID, str, date], tuple[Decimal, Decimal]] = {}
        amounts: dict[UUID, dict[date, Decimal]] = defaultdict(dict)
        for owner, period, start, amount, cleared in rows.values_list(
            self.column, "period", "start", "amount", "cleared"
        ):
            counters[owner, period, start] = amount, cleared
            if period == Period.DAY:
                amounts[owner][start] = amount
        return counters, amounts

    def _monthly_entries(self) -> Mapping[UUID, Days]:
        """Read what is booked as `MONTHLY`, by its date, from the month on in which the last week began."""
        first = first_of_month(min(self.todays.values()) - WEEK)
        entries = Spend.objects.filter(
            spend_type=SpendType.MONTHLY, spend_date__gte=first, **{f"{self.path}__in": list(self.todays)}
        )
        dated: dict[UUID, dict[date, Decimal]] = defaultdict(dict)
        rows = entries.order_by().values_list(self.path, "spend_date").annotate(amount=Sum("amount"))
        for owner, day, amount in rows:
            dated[owner][day] = amount
        return dated

    def _spent_a_week_ago(self) -> Collection[UUID]:
        """Return the owners of which a total shows that they had spent by the day a week ago."""
        by_today: dict[date, list[UUID]] = defaultdict(list)
        for owner, today in self.todays.items():
            by_today[today].append(owner)
        condition = Q()
        for today, owners in by_today.items():
            day = today - WEEK
            by_then = Q(period=Period.DAY, start__lte=day) | Q(period=Period.MONTH, start__lt=first_of_month(day))
            earlier = self.totals.filter(by_then, amount__gt=0, **{self.column: OuterRef("pk")})
            condition |= Q(pk__in=owners) & Q(Exists(earlier))
        return set(self.owners.filter(condition).order_by().values_list("pk", flat=True))


def _sum(days: Days, first: date, last: date) -> Decimal:
    return sum((amount for day, amount in days.items() if first <= day <= last), ZERO)
