"""The list of campaigns: what binds each, its pace, and when what is paused resumes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter

from budget_system.admin.filters import RowFilter
from budget_system.admin.row_values import attach_value, attached_value
from budget_system.exports.tables import Table
from campaigns.admin.messages import BRAND_IS_HELD
from campaigns.admin.states import budget_cell, pace_cell, state_cell
from campaigns.models import Campaign, PauseReason
from campaigns.status import RULES, stored_with
from spending.admin.ranked_lists import BudgetFilter, RankedListAdmin, SilentFilter
from spending.reports.exports import campaign_table
from spending.reports.standings import CampaignStanding, campaign_standings

PERSON, HELD = "PERSON", "HELD"


class ReasonFilter(DropdownFilter):  # type: ignore[misc]  # the library has no types
    """Keeps paused campaigns by any reason that holds."""

    title = "reason of a pause"
    parameter_name = "pause_reason__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the reasons, a person's pause apart from a hold of the brand."""
        rules = [(reason.value, str(reason.label)) for reason in PauseReason if reason != PauseReason.MANUAL]
        return [(PERSON, "paused by a person"), (HELD, BRAND_IS_HELD), *rules]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the campaigns for which the chosen reason holds, whichever is named first."""
        chosen = self.value()
        if chosen in (PERSON, HELD):
            return queryset.filter(Q(paused_by_person=True) if chosen == PERSON else Q(brand__is_held=True))
        return queryset.filter(blocked__in=blocked_by(PauseReason(chosen))) if chosen in PauseReason else queryset


class CampaignListing(RankedListAdmin[Campaign]):
    """The columns, filters and orders of the list, and its file."""

    brand_lookup = "brand"
    list_display = ("called", "brand", "state", "budget", "pace")
    list_filter = (
        ("brand", RowFilter),
        ("status", ChoicesDropdownFilter),
        ReasonFilter,
        BudgetFilter,
        SilentFilter,
        ("platform", ChoicesDropdownFilter),
    )
    list_select_related = ("brand",)
    search_fields = ("search_key", "external_id", "brand__search_key")
    search_help_text = "Name, platform’s id or brand"
    ordering = ("name_key", "id")
    sorts = (
        ("Most used first", "budget"),
        ("Furthest under plan first", "pace"),
        ("Furthest over plan first", "-pace"),
        ("By name", "called"),
    )
    first_actions = ("pause", "activate")
    empty_hint = "A campaign spends of its brand’s budgets; add one by hand, or import a report and let it create them."

    def prepare(self, rows: Sequence[Campaign], *, now: datetime) -> None:
        """Read how the campaigns stand."""
        standings = campaign_standings(rows, now=now)
        for campaign in rows:
            attach_value(campaign, standings[campaign.pk])

    def export_table(self, request: HttpRequest, rows: QuerySet[Campaign]) -> Table:
        """Return the campaigns as the API and the command write them."""
        return campaign_table(rows, now=timezone.now())

    @admin.display(description="campaign", ordering="name_key")
    def called(self, campaign: Campaign) -> SafeString:
        """Return the name, with the platform and its id below it."""
        there = " ".join(filter(None, (campaign.get_platform_display(), campaign.external_id)))
        below = format_html('<span class="bs-under bs-id">{}</span>', there) if there else ""
        return format_html('<span class="bs-name">{}</span>{}', campaign.name, below)

    @admin.display(description="state", ordering="status")
    def state(self, campaign: Campaign) -> SafeString:
        """Draw the state, why, and when it resumes."""
        return state_cell(campaign, _standing(campaign), now=timezone.now())

    @admin.display(description="budget that binds", ordering="-share")
    def budget(self, campaign: Campaign) -> SafeString:
        """Draw the budget that binds, most used first."""
        return budget_cell(campaign, _standing(campaign))

    @admin.display(description="month’s pace", ordering="month_pace")
    def pace(self, campaign: Campaign) -> SafeString:
        """Return how the month goes, furthest under plan first."""
        return pace_cell(_standing(campaign))


def blocked_by(reason: PauseReason) -> list[int]:
    """Return the stored values in which a reason is among those that hold."""
    return stored_with(RULES[reason].bit)


def _standing(campaign: Campaign) -> CampaignStanding:
    standing = attached_value(campaign, CampaignStanding)
    if standing is None:
        standing = campaign_standings([campaign], now=timezone.now())[campaign.pk]
        attach_value(campaign, standing)
    return standing
