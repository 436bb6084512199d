"""What brands spent on each of many days, and the daily budget that was in force then, in three queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q, Sum

from brands.calendar import first_of_month, start_of_day
from brands.models import Brand
from budget_system.core.money import ZERO
from spending.models import BrandTotal, Period, Spend, SpendType
from spending.reports.budget_history import DAILY, BudgetHistory


@dataclass(frozen=True, slots=True)
class DailySpend:
    """What the ledger holds of a brand's days; `dated` has the entries too that count in their month only."""

    counted: Mapping[date, Decimal]
    dated: Mapping[date, Decimal]
    cleared: Decimal
    """What resets have taken off the month's counter."""


def daily_spend(brand: Brand, *, first: date, today: date) -> DailySpend:
    """Return what a brand spent from `first` to `today`, and of the month of `today` all of it."""
    month = first_of_month(today)
    earliest = min(first, month)
    periods = Q(period=Period.DAY, start__range=(earliest, today)) | Q(period=Period.MONTH, start=month)
    counted: dict[date, Decimal] = {}
    cleared = ZERO
    totals = BrandTotal.objects.filter(periods, brand=brand).values_list("period", "start", "amount", "cleared")
    for period, start, amount, taken_off in totals:
        if period == Period.DAY:
            counted[start] = amount
        else:
            cleared = taken_off
    dated = defaultdict(lambda: ZERO, counted)
    monthly = Spend.objects.filter(
        campaign__brand=brand, spend_type=SpendType.MONTHLY, spend_date__range=(earliest, today)
    )
    for day, amount in monthly.order_by().values_list("spend_date").annotate(sum=Sum("amount")):
        dated[day] += amount
    return DailySpend(counted, dated, cleared)


def daily_budgets(brand: Brand, days: Sequence[date]) -> dict[date, Decimal | None]:
    """Return the daily budget that was in force when each of the days ended, or now; `days` in their order."""
    history = BudgetHistory(brand, start_of_day(days[0], brand.timezone))
    return {day: history.on(DAILY, day) for day in days}
