"""A campaign's state in a list: running, paused and why, and when it resumes."""

from datetime import datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst

from budget_system.admin.indicators import pill
from campaigns.admin.colours import campaign_colour
from campaigns.admin.messages import paused_text, reasons, resumes
from campaigns.models import Campaign, CampaignStatus
from spending.admin.links import spends_of
from spending.admin.pacing_bars import pace_text, pacing_bar
from spending.reports.pacing.binding import Binding
from spending.reports.standings import CampaignStanding


def state_cell(campaign: Campaign, standing: CampaignStanding, *, now: datetime) -> SafeString:
    """Draw a campaign's state, with every other reason and when it resumes below; select its brand along."""
    colour = campaign_colour(campaign)
    if campaign.archived_at is not None:
        return pill(colour, "archived")
    if campaign.status == CampaignStatus.ACTIVE:
        return pill(colour, "running")
    first, *others = reasons(campaign) or ["no reason is stored"]
    again = resumes(campaign, standing.runs_again_at, now=now)
    zone = f" ({campaign.brand.timezone})" if standing.runs_again_at is not None else ""
    lines = [*(f"also {reason}" for reason in others), f"{again}{zone}"]
    below = format_html_join("", '<span class="bs-under">{}</span>', ((line,) for line in lines))
    return format_html('<div class="bs-state">{}{}</div>', pill(colour, capfirst(paused_text(first))), below)


def budget_cell(campaign: Campaign, standing: CampaignStanding) -> SafeString:
    """Draw the bar of the budget that binds, and name whose it is."""
    if standing.binding is None:
        return mark_safe('<span class="bs-muted">no limit</span>')
    binding = standing.binding
    owner_id = campaign.brand_id if binding.owner == "brand" else campaign.pk
    bar = pacing_bar(binding.pacing, binding.period, spends_of(binding.owner, owner_id, binding.figures))
    return format_html('<div class="bs-binding"><span class="bs-whose">{}</span>{}</div>', owner_name(binding), bar)


def owner_name(binding: Binding) -> str:
    """Return whose budget it is, and of which period: `brand's month`, `own day`."""
    return f"{'brand’s' if binding.owner == 'brand' else 'own'} {binding.period}"


def pace_cell(standing: CampaignStanding) -> SafeString:
    """Return the pace of the month in percent, with its word."""
    of_brand = mark_safe(' <span class="bs-whose">brand’s</span>') if standing.month_is_the_brands else ""
    return format_html("{}{}", pace_text(standing.month.pacing), of_brand if standing.month.pacing.pace else "")
