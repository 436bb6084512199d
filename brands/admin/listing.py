"""The list of brands: state, the day and the month with their pace, and how many campaigns run; most used first."""

from collections.abc import Sequence
from datetime import datetime

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from brands.admin.panels.state import CampaignCounts, campaign_counts, state_pill
from brands.models import Brand
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.core.text import counted
from budget_system.exports.tables import Table
from campaigns.models import Campaign, CampaignStatus
from spending.admin.links import spends_of
from spending.admin.pacing_bars import pace_text, pacing_bar
from spending.admin.ranked_lists import BudgetFilter, RankedFilter, RankedListAdmin, SilentFilter
from spending.reports.pacing.brands import pacing_table
from spending.reports.pacing.owners import OwnerPacing, brand_pacing
from spending.reports.ranking import Ranking

RUNNING = Q(Exists(Campaign.objects.order_by().filter(brand=OuterRef("pk"), status=CampaignStatus.ACTIVE)))


class StateFilter(RankedFilter):
    """Keeps brands that are held, of which something runs, or nothing."""

    title = "state"
    parameter_name = "state"
    choices_of = (("held", "held"), ("running", "running"), ("paused", "nothing runs"))

    def condition(self, chosen: str, ranking: Ranking) -> Q:
        """Return the condition of a state."""
        if chosen == "held":
            return Q(is_held=True)
        return Q(is_held=False) & (RUNNING if chosen == "running" else ~RUNNING)


class BrandListing(RankedListAdmin[Brand]):
    """The columns, filters and orders of the list, and its file."""

    list_display = ("called", "state", "day_bar", "month_bar", "pace")
    list_filter = (StateFilter, BudgetFilter, SilentFilter, "currency")
    search_fields = ("search_key",)
    search_help_text = "Name"
    ordering = ("name_key", "id")
    sorts = (
        ("Most used first, of the day", "day_bar"),
        ("Most used first, of the month", "month_bar"),
        ("Furthest under plan first", "pace"),
        ("Furthest over plan first", "-pace"),
        ("By name", "called"),
    )
    first_actions = ("hold", "release")
    empty_hint = "A brand is a client with a budget for the day and the month; its campaigns share them."

    def default_order(self, request: HttpRequest) -> Sequence[str]:
        """Return the most used first, where no filter asks for others first."""
        return super().default_order(request) or ("-share",)

    def prepare(self, rows: Sequence[Brand], *, now: datetime) -> None:
        """Read how the brands' days and months go, and how many of their campaigns run."""
        pacing = brand_pacing(rows, now=now)
        counts = campaign_counts(rows)
        for brand in rows:
            attach_value(brand, pacing[brand.pk])
            attach_value(brand, counts[brand.pk])

    def export_table(self, request: HttpRequest, rows: QuerySet[Brand]) -> Table:
        """Return the brands with their pacing, as the API writes them."""
        return pacing_table(rows, now=timezone.now())

    @admin.display(description="brand", ordering="name_key")
    def called(self, brand: Brand) -> SafeString:
        """Return the name, with the currency and the time zone below it."""
        return format_html(
            '<span class="bs-name">{}</span><span class="bs-under">{} · {}</span>',
            brand.name,
            brand.currency,
            brand.timezone,
        )

    @admin.display(description="state", ordering="is_held")
    def state(self, brand: Brand) -> SafeString:
        """Return whether the brand is running, paused or held, or archived, with a link to its campaigns."""
        count = _count(brand)
        if not count.total:
            return state_pill(brand, count)
        link = f"{reverse('admin:campaigns_campaign_changelist')}?brand__id__exact={brand.pk}"
        words = counted(count.total, "campaign", "campaigns")
        return format_html(
            '{}<span class="bs-under"><a class="bs-link" href="{}">{}</a></span>',
            state_pill(brand, count),
            link,
            words,
        )

    @admin.display(description="today", ordering="-day_share")
    def day_bar(self, brand: Brand) -> SafeString:
        """Draw what is spent of the day's budget."""
        return _bar(brand, "day")

    @admin.display(description="this month", ordering="-month_share")
    def month_bar(self, brand: Brand) -> SafeString:
        """Draw what is spent of the month's budget."""
        return _bar(brand, "month")

    @admin.display(description="month’s pace", ordering="month_pace")
    def pace(self, brand: Brand) -> SafeString:
        """Return how the month goes, furthest under plan first."""
        return pace_text(_pacing(brand).month.pacing)


def _bar(brand: Brand, period: str) -> SafeString:
    pacing = _pacing(brand)
    return pacing_bar(pacing, period, spends_of("brand", brand.pk, pacing.periods[period]))


def _pacing(brand: Brand) -> OwnerPacing:
    pacing = attached_value(brand, OwnerPacing)
    if pacing is None:
        pacing = brand_pacing([brand], now=timezone.now())[brand.pk]
        attach_value(brand, pacing)
    return pacing


def _count(brand: Brand) -> CampaignCounts:
    return attached_value(brand, CampaignCounts) or campaign_counts([brand])[brand.pk]
