"""The money of many owners in their current day and month, read in two queries."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from brands.models import Brand
from budget_system.money import ZERO
from campaigns.models import Campaign
from campaigns.status import Purse
from spending.models import BrandTotal, CampaignTotal, Period

CAPPED = Q(daily_budget__isnull=False) | Q(monthly_budget__isnull=False)

Counters = dict[tuple[UUID, str, date], Decimal]


def periods_of(days: Iterable[date]) -> Q:
    """Match the totals of some days and of their months."""
    starts = set(days)
    return Q(period=Period.DAY, start__in=starts) | Q(
        period=Period.MONTH, start__in={day.replace(day=1) for day in starts}
    )


class Purses:
    """What brands, and campaigns with caps of their own, have spent in their brand's current day and month.

    `brands` are taken at their `today`; `campaigns` is the query of the campaigns of interest.
    """

    def __init__(self, brands: Iterable[Brand], campaigns: QuerySet[Campaign]) -> None:
        self._brands = {brand.pk: brand for brand in brands}
        current = periods_of(brand.today for brand in self._brands.values())
        self._counters: Counters = {
            (row.brand_id, row.period, row.start): row.amount - row.cleared
            for row in BrandTotal.objects.filter(current, brand_id__in=self._brands)
        } | {
            (row.campaign_id, row.period, row.start): row.amount - row.cleared
            for row in CampaignTotal.objects.filter(current, campaign__in=campaigns.filter(CAPPED))
        }

    def _purse(self, owner: Brand | Campaign, brand: Brand) -> Purse:
        return Purse(
            day_spend=self._counters.get((owner.pk, Period.DAY, brand.today), ZERO),
            month_spend=self._counters.get((owner.pk, Period.MONTH, brand.this_month), ZERO),
            day_budget=owner.daily_budget,
            month_budget=owner.monthly_budget,
        )

    def of_brand(self, brand: Brand) -> Purse:
        """Give a brand's money."""
        return self._purse(brand, brand)

    def of_campaign(self, campaign: Campaign) -> Purse:
        """Give a campaign's own money; where it has no caps, its spend does not matter and reads as zero."""
        return self._purse(campaign, self._brands[campaign.brand_id])


def figures(brand: Purse, campaign: Purse) -> dict[str, dict[str, dict[str, str | None]]]:
    """Give the figures that decided, as an event keeps them: spent, budget and overshoot per limit that exists."""
    owners = {"brand": brand, "campaign": campaign}
    return {
        name: {
            period: {"spent": str(spent), "budget": str(budget), "overshoot": str(max(ZERO, spent - budget))}
            for period, spent, budget in (
                ("day", purse.day_spend, purse.day_budget),
                ("month", purse.month_spend, purse.month_budget),
            )
            if budget is not None
        }
        for name, purse in owners.items()
        if purse.day_budget is not None or purse.month_budget is not None
    }
