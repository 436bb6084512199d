"""What is calculated when somebody reads: counters, what is left, and when a campaign runs again.

For a whole page of rows at a time; the number of queries does not depend on the number of rows.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from brands.calendar import local_date
from brands.models import Brand
from campaigns.models import Campaign, CampaignStatus
from campaigns.status import BudgetUse
from spending.enforcement.budget_use import use_from
from spending.enforcement.facts import read_hours
from spending.enforcement.runs_again import runs_again_at


@dataclass(frozen=True, slots=True)
class Figures:
    """One brand's or campaign's money now. What is left is `None` without a limit, below zero past it."""

    daily_spend: Decimal
    monthly_spend: Decimal
    daily_left: Decimal | None
    monthly_left: Decimal | None
    runs_again_at: datetime | None = None


def brand_figures(brands: Collection[Brand], *, now: datetime) -> dict[UUID, Figures]:
    """Return brands' figures at `now` (UTC), each in its own day and month, by the brand's id."""
    uses = use_from(now, [brand.pk for brand in brands], ())
    return {brand.pk: _figures(uses.of(brand, local_date(now, brand.timezone))) for brand in brands}


def campaign_figures(campaigns: Collection[Campaign], *, now: datetime) -> dict[UUID, Figures]:
    """Return campaigns' figures at `now` (UTC) by the campaign's id; select their brands along.

    `runs_again_at` is the first instant at which the verdict would be `ACTIVE` if only time passed, with the ledger as
    it stands; `None` while the campaign runs, and where time does not help.
    """
    paused = [campaign for campaign in campaigns if campaign.status == CampaignStatus.PAUSED]
    uses = use_from(now, {campaign.brand_id for campaign in paused}, [campaign.pk for campaign in campaigns])
    hours = read_hours([campaign.pk for campaign in paused])
    again = {campaign.pk: runs_again_at(campaign, hours[campaign.pk], uses, now=now) for campaign in paused}
    return {
        campaign.pk: _figures(uses.of(campaign, local_date(now, campaign.brand.timezone)), again.get(campaign.pk))
        for campaign in campaigns
    }


def _figures(use: BudgetUse, again: datetime | None = None) -> Figures:
    return Figures(
        daily_spend=use.day_spend,
        monthly_spend=use.month_spend,
        daily_left=None if use.day_budget is None else use.day_budget - use.day_spend,
        monthly_left=None if use.month_budget is None else use.month_budget - use.month_spend,
        runs_again_at=again,
    )
