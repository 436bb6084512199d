"""A brand's campaigns on its page: status, every reason, when each runs again, and the budget that binds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from brands.models import Brand
from budget_system.admin.row_urls import change_url
from budget_system.core.money import money
from campaigns.admin.messages import reasons_line, resumes, status_pill
from campaigns.admin.panels.budgets import PERIOD_NAMES
from campaigns.models import Campaign
from spending.admin.pacing_bars import pacing_bar
from spending.reports.figures import campaign_figures
from spending.reports.pacing.binding import Binding, binding_budget
from spending.reports.pacing.owners import OwnerPacing, campaign_pacing

CAMPAIGNS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class ShownCampaign:
    """One campaign, as a row of the table."""

    name: str
    address: str
    platform: str
    status: SafeString
    reasons: str
    resumes: str
    binding: str
    bar: SafeString | str
    """Of its own budget, where that binds; the brand's bars stand above already."""
    today: str
    month: str


@dataclass(frozen=True, slots=True)
class ShownCampaigns:
    """The first campaigns of a brand, and whether there are more."""

    rows: Sequence[ShownCampaign]
    more: bool


def campaigns_of(brand: Brand, pacing: OwnerPacing, *, now: datetime) -> ShownCampaigns:
    """Return a brand's campaigns, by name."""
    rows = Campaign.everything.filter(brand=brand, archived_at__isnull=True)
    campaigns = list(rows[: CAMPAIGNS_SHOWN + 1])
    shown = campaigns[:CAMPAIGNS_SHOWN]
    for campaign in shown:
        campaign.brand = brand
    figures, paces = campaign_figures(shown, now=now), campaign_pacing(shown, now=now)
    return ShownCampaigns(
        [_shown(one, paces[one.pk], pacing, figures[one.pk].runs_again_at, now) for one in shown],
        more=len(campaigns) > CAMPAIGNS_SHOWN,
    )


def _shown(
    campaign: Campaign, own: OwnerPacing, brand: OwnerPacing, again: datetime | None, now: datetime
) -> ShownCampaign:
    binding = binding_budget(own=own, brand=brand)
    return ShownCampaign(
        name=campaign.name,
        address=change_url(campaign),
        platform=campaign.get_platform_display() if campaign.platform else "",
        status=status_pill(campaign),
        reasons=reasons_line(campaign),
        resumes=resumes(campaign, again, now=now),
        binding=_binding_name(binding),
        bar=pacing_bar(own, binding.period) if binding is not None and binding.owner == "campaign" else "",
        today=money(own.day.spent, own.currency),
        month=money(own.month.spent, own.currency),
    )


def _binding_name(binding: Binding | None) -> str:
    if binding is None:
        return "no limit"
    period = PERIOD_NAMES[binding.period]
    return f"its own {period} budget" if binding.owner == "campaign" else f"the brand's {period} budget"
