"""Everything that a campaign's page shows above its form, read in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from alerts.admin.panel import AlertPanel, campaign_alerts
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import BrandAccess
from campaigns.admin.messages import status_pill
from campaigns.admin.panels.budgets import Budgets, budgets_of
from campaigns.admin.panels.reasons import (
    ShownReason,
    headline,
    reasons_that_do_not_hold,
    reasons_that_hold,
)
from campaigns.admin.timeline.reading import campaign_timeline
from campaigns.admin.timeline.showing import ShownTimeline, shown_timeline
from campaigns.models import Campaign
from delivery.admin.panels import CampaignDelivery, campaign_delivery
from spending.reports.explanations import explain
from spending.reports.pacing.owners import brand_pacing, campaign_pacing

HAPPENINGS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class CampaignPanel:
    """What stands above a campaign's form."""

    template = "admin/budget/campaign_panel.html"

    campaign: Campaign
    at: str
    status: SafeString
    headline: str
    reasons: Sequence[ShownReason]
    other_reasons: Sequence[ShownReason]
    budgets: Budgets
    delivery: CampaignDelivery | None
    timeline: ShownTimeline
    alerts: AlertPanel
    brand_address: str
    spends_address: str
    events_address: str
    history_address: str


def campaign_panel(campaign: Campaign, access: BrandAccess, *, now: datetime) -> CampaignPanel:
    """Read and arrange what stands above a campaign's form; select its brand along."""
    brand = campaign.brand
    explained = explain(campaign, now=now, access=access)
    reasons = reasons_that_hold(explained)
    own, shared = campaign_pacing([campaign], now=now)[campaign.pk], brand_pacing([brand], now=now)[brand.pk]
    timeline = campaign_timeline(campaign, access, first=0, last=HAPPENINGS_SHOWN)
    return CampaignPanel(
        campaign=campaign,
        at=f"{clock_text(now, brand.timezone)} ({brand.timezone})",
        status=status_pill(campaign),
        headline=headline(explained, reasons),
        reasons=reasons,
        other_reasons=reasons_that_do_not_hold(explained),
        budgets=budgets_of(campaign, own=own, brand=shared),
        delivery=campaign_delivery(campaign, now=now),
        timeline=shown_timeline(timeline, brand, access),
        alerts=campaign_alerts(campaign),
        brand_address=change_url(brand),
        spends_address=_filtered("spending_spend", campaign),
        events_address=_filtered("campaigns_statusevent", campaign),
        history_address=reverse("admin:campaigns_campaign_history", args=[campaign.pk]),
    )


def _filtered(name: str, campaign: Campaign) -> str:
    return f"{reverse(f'admin:{name}_changelist')}?campaign__id__exact={campaign.pk}"
