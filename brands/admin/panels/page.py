"""Everything that a brand's page shows above its form, read in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.safestring import SafeString

from alerts.admin.panel import AlertPanel, brand_alerts
from brands.admin.panels.campaigns import ShownCampaigns, campaigns_of
from brands.admin.panels.state import CampaignCounts, Hold, campaign_counts, hold_of, state_pill
from brands.calendar import days_between, local_date
from brands.models import Brand
from budget_system.admin.local_times import clock_text
from budget_system.core.actors import Actor
from budget_system.core.money import ZERO
from campaigns.admin.timeline.reading import brand_events
from campaigns.admin.timeline.showing import ShownTimeline, shown_timeline
from delivery.admin.panels import BrandDelivery, brand_delivery
from spending.admin.charts import Chart, columns_chart, month_chart
from spending.admin.pacing_bars import pacing_panel
from spending.reports.curves import day_columns, month_curve
from spending.reports.days import daily_budgets, daily_spend
from spending.reports.pacing.owners import OwnerPacing, brand_pacing

EVENTS_SHOWN = 6
COLUMNS_SHOWN = timedelta(days=29)
"""With today that is 30 days."""


@dataclass(frozen=True, slots=True)
class Link:
    """A way on from the page."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class BrandPanel:
    """What stands above a brand's form."""

    template = "admin/budget/brand_panel.html"

    brand: Brand
    at: str
    state: SafeString
    paused: str
    hold: Hold | None
    day: SafeString
    month: SafeString
    month_name: str
    curve: Chart | None
    columns: Chart | None
    campaigns: ShownCampaigns
    delivery: BrandDelivery | None
    events: ShownTimeline
    alerts: AlertPanel
    links: Sequence[Link]
    may_change: bool


def brand_panel(brand: Brand, by: Actor, *, now: datetime) -> BrandPanel:
    """Read and arrange what stands above a brand's form."""
    access = by.access
    pacing = brand_pacing([brand], now=now)[brand.pk]
    counts = campaign_counts([brand])[brand.pk]
    curve, columns = _charts(brand, pacing, now)
    return BrandPanel(
        brand=brand,
        at=f"{clock_text(now, brand.timezone)} ({brand.timezone})",
        state=state_pill(brand, counts),
        paused=_paused(brand, counts),
        hold=hold_of(brand),
        day=pacing_panel(pacing, "day"),
        month=pacing_panel(pacing, "month"),
        month_name=f"{pacing.month.start:%B %Y}",
        curve=curve,
        columns=columns,
        campaigns=campaigns_of(brand, pacing, now=now),
        delivery=brand_delivery(brand),
        events=shown_timeline(brand_events(brand, first=0, last=EVENTS_SHOWN), brand, access),
        alerts=brand_alerts(brand, by),
        links=_links(brand),
        may_change=access.may_write(brand.pk) and brand.archived_at is None,
    )


def _paused(brand: Brand, counts: CampaignCounts) -> str:
    """Return how many campaigns are paused, and for what; a hold says the latter itself."""
    if brand.is_held:
        return f"all campaigns paused: {counts.total}" if counts.total else ""
    return counts.paused_text


def _charts(brand: Brand, pacing: OwnerPacing, now: datetime) -> tuple[Chart | None, Chart | None]:
    """Draw the month and the last days; `None` where nothing was spent in them."""
    today = local_date(now, brand.timezone)
    days = days_between(today - COLUMNS_SHOWN, today)
    spend = daily_spend(brand, first=days[0], today=today)
    curve = month_curve(pacing, today=today, daily=spend.dated, cleared=spend.cleared)
    columns = day_columns(days, daily=spend.counted, budgets=daily_budgets(brand, days))
    of_months = sum((spend.dated.get(day, ZERO) - spend.counted.get(day, ZERO) for day in days), ZERO)
    return (
        month_chart(curve, brand.currency) if any(point.spent for point in curve) else None,
        columns_chart(columns, brand.currency, of_months=of_months)
        if of_months or any(column.spent for column in columns)
        else None,
    )


def _links(brand: Brand) -> list[Link]:
    def filtered(name: str, parameter: str) -> str:
        return f"{reverse(f'admin:{name}_changelist')}?{parameter}={brand.pk}"

    return [
        Link("Campaigns", filtered("campaigns_campaign", "brand__id__exact")),
        Link("Spends", filtered("spending_spend", "campaign__brand__id__exact")),
        Link("Status events", filtered("campaigns_statusevent", "brand__id__exact")),
        Link("Imports", filtered("spending_import", "brand__id__exact")),
        Link("Alerts", filtered("alerts_alert", "brand__id__exact")),
        Link("History", reverse("admin:brands_brand_history", args=[brand.pk])),
    ]
