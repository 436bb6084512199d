"""What many owners have spent of their budgets, read in two queries.

The counter of a total is the ledger's sum less what resets have cleared.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from brands.calendar import first_of_month
from brands.models import Brand
from budget_system.core.money import ZERO, overshoot
from campaigns.models import Campaign
from campaigns.status import BudgetUse
from spending.models import BrandTotal, CampaignTotal, Period

CAPPED = Q(daily_budget__isnull=False) | Q(monthly_budget__isnull=False)

Figures = Mapping[str, Mapping[str, Mapping[str, str | None]]]
"""What was spent of each budget, by owner and period."""

Counters = Mapping[tuple[UUID, str, date], Decimal]
"""The counter of a total, by its owner, its period, and the date on which that begins."""


class BudgetUses:
    """What brands and campaigns have spent, in the days and months that were read; in others, zero."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters

    def of(self, owner: Brand | Campaign, day: date) -> BudgetUse:
        """Return what an owner has spent on a day and in its month (brand-local), beside its budgets."""
        return BudgetUse(
            day_spend=self._counters.get((owner.pk, Period.DAY, day), ZERO),
            month_spend=self._counters.get((owner.pk, Period.MONTH, first_of_month(day)), ZERO),
            day_budget=owner.daily_budget,
            month_budget=owner.monthly_budget,
        )

    def last_start(self) -> date:
        """Return the start of the last period in which anything is booked."""
        return max((start for _, _, start in self._counters), default=date.min)


def current_use(brands: Collection[Brand], campaigns: QuerySet[Campaign]) -> BudgetUses:
    """Return what brands, and campaigns with their own caps, have spent in the brand's `today` and `this_month`.

    Campaigns without caps are not read: their spend decides nothing.
    """
    days = {brand.today for brand in brands}
    months = {brand.this_month for brand in brands}
    current = Q(period=Period.DAY, start__in=days) | Q(period=Period.MONTH, start__in=months)
    return _read(current, [brand.pk for brand in brands], campaigns.filter(CAPPED))


def use_from(now: datetime, brands: Collection[UUID], campaigns: Collection[UUID]) -> BudgetUses:
    """Return what brands and campaigns have spent in the day and month of `now`, in any time zone, and in later
    ones.
    """
    earliest = (now - timedelta(days=1)).date()
    current_or_later = Q(period=Period.DAY, start__gte=earliest) | Q(
        period=Period.MONTH, start__gte=first_of_month(earliest)
    )
    return _read(current_or_later, brands, campaigns)


def _read(periods: Q, brands: Collection[UUID], campaigns: Collection[UUID] | QuerySet[Campaign]) -> BudgetUses:
    """Read totals of both tables in one query, as bare values, which is several times as fast as models."""
    of_brands = BrandTotal.objects.filter(periods, brand_id__in=brands).order_by()
    of_campaigns = CampaignTotal.objects.filter(periods, campaign__in=campaigns).order_by()
    columns = ("period", "start", "amount", "cleared")
    rows = of_brands.values_list("brand_id", *columns).union(
        of_campaigns.values_list("campaign_id", *columns), all=True
    )
    return BudgetUses({(owner, period, start): amount - cleared for owner, period, start, amount, cleared in rows})


def figures(brand: BudgetUse, campaign: BudgetUse) -> Figures:
    """Return the figures of a decision, as an event stores them: spent, budget and overshoot for each limit that
    exists.
    """
    owners = {"brand": brand, "campaign": campaign}
    return {
        name: {
            period: {"spent": str(spent), "budget": str(budget), "overshoot": str(overshoot(spent, budget))}
            for period, spent, budget in (
                ("day", use.day_spend, use.day_budget),
                ("month", use.month_spend, use.month_budget),
            )
            if budget is not None
        }
        for name, use in owners.items()
        if use.day_budget is not None or use.month_budget is not None
    }
