"""What a brand's pages show of its campaigns."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from brands.models import Brand
from budget_system.admin.indicators import bar
from campaigns.admin.messages import reasons_line, status_pill
from campaigns.models import Campaign, CampaignStatus
from spending.reports.figures import campaign_figures

CAMPAIGNS_SHOWN = 50


def running_counts(brands: Sequence[Brand]) -> dict[UUID, str]:
    """Return how many campaigns of each brand are running, in one query."""
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = Campaign.objects.filter(brand__in=[brand.pk for brand in brands])
    for brand_id, status, count in rows.order_by().values_list("brand_id", "status").annotate(Count("pk")):
        counts[brand_id][status] = count
    return {brand.pk: _in_words(counts[brand.pk]) for brand in brands}


def campaigns_table(brand: Brand, *, now: datetime) -> SafeString:
    """List a brand's campaigns, each with its status, what it has spent, and a link."""
    campaigns = list(
        Campaign.everything.filter(brand=brand, archived_at__isnull=True).select_related("brand")[: CAMPAIGNS_SHOWN + 1]
    )
    shown = campaigns[:CAMPAIGNS_SHOWN]
    figures = campaign_figures(shown, now=now)
    rows = [
        (
            format_html(
                '<a href="{}">{}</a>', reverse("admin:campaigns_campaign_change", args=[campaign.pk]), campaign
            ),
            format_html('{}<span class="bs-under">{}</span>', status_pill(campaign), reasons_line(campaign)),
            bar(figures[campaign.pk].daily_spend, campaign.daily_budget, brand.currency),
            bar(figures[campaign.pk].monthly_spend, campaign.monthly_budget, brand.currency),
        )
        for campaign in shown
    ]
    everything = f"{reverse('admin:campaigns_campaign_changelist')}?brand__id__exact={brand.pk}"
    context = {
        "columns": ("Campaign", "Status", "Today, of its own cap", "This month, of its own cap"),
        "rows": rows,
        "nothing": "It has no campaigns yet.",
        "more": everything if campaigns else "",
        "more_text": "All its campaigns" if len(campaigns) > CAMPAIGNS_SHOWN else "Open them as a list",
    }
    return mark_safe(render_to_string("admin/budget/table.html", context))


def _in_words(counts: dict[str, int]) -> str:
    total = sum(counts.values())
    return f"{counts.get(CampaignStatus.ACTIVE, 0)} of {total} run" if total else "none yet"
