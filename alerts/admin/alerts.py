"""Alerts in the admin: read-only, and muted by those who may change their brand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from alerts.admin.alert_text import kind_text, muted_text, state_cell, state_line
from alerts.admin.filters import MutedFilter, StateFilter
from alerts.admin.muting import MutingAdmin
from alerts.models import Alert
from brands.models import of_living_brand
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.history import HistoryAdmin
from budget_system.admin.local_times import local_cell
from budget_system.admin.row_urls import change_url
from budget_system.admin.row_values import attached_value
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.actors import NO_ACCESS, BrandAccess
from campaigns.admin.autocomplete import CampaignFilter


@admin.register(Alert)
class AlertAdmin(MutingAdmin, HistoryAdmin[Alert]):
    """Alerts: what began, what ended, and who wants to hear no more of it."""

    list_display = ("when", "said", "of_brand", "of_campaign", "how")
    list_display_links = ("when",)
    list_filter = (
        StateFilter,
        ("brand", RowFilter),
        ("campaign", CampaignFilter),
        ("kind", ChoicesDropdownFilter),
        MutedFilter,
        SinceFilter,
        ("at", DayRangeFilter),
    )
    list_select_related = ("brand", "campaign")
    search_fields = ("message", "brand__search_key")
    ordering = ("-at", "-id")
    empty_hint = "Alerts stand here once a part of a budget is spent, a campaign falls silent or a report fails."
    fields = ("when", "about", "message", "of_brand", "of_campaign", "lasts", "muted", "figures_then")
    readonly_fields = fields

    def get_fields(self, request: HttpRequest, obj: Alert | None = None) -> Any:
        """Show figures of budgets; those of others are ids and codes for programs, and the message says it in words."""
        return self.fields if obj is None or obj.period else self.fields[:-1]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Alert]:
        """Exclude alerts of archived brands."""
        return super().get_queryset(request).filter(of_living_brand("brand"))

    @admin.display(description="since", ordering="at")
    def when(self, alert: Alert) -> SafeString:
        """Show when it began, on the brand's clock."""
        return local_cell(alert.at, alert.brand.timezone)

    @admin.display(description="alert", ordering="kind")
    def said(self, alert: Alert) -> SafeString:
        """Return what it says, with what it is about below it."""
        cell = '<span class="bs-wraps">{}</span><span class="bs-under">{}</span>'
        return format_html(cell, alert.message, kind_text(alert))

    @admin.display(description="about")
    def about(self, alert: Alert) -> str:
        """Return what it is about."""
        return kind_text(alert)

    @admin.display(description="brand", ordering="brand__name_key")
    def of_brand(self, alert: Alert) -> SafeString:
        """Return the brand's name, with a link."""
        return format_html('<a class="bs-link" href="{}">{}</a>', change_url(alert.brand), alert.brand)

    @admin.display(description="campaign")
    def of_campaign(self, alert: Alert) -> SafeString | str:
        """Return the campaign's name with a link, unless it has moved to a brand that the person does not see."""
        campaign = alert.campaign
        if campaign is None:
            return "–"
        access = attached_value(alert, BrandAccess) or NO_ACCESS
        if not access.sees(campaign.brand_id):
            return "one that moved to another brand"
        if campaign.archived_at is not None and not access.administrator:
            return f"{campaign}, archived"
        return format_html('<a class="bs-link" href="{}">{}</a>', change_url(campaign), campaign)

    @admin.display(description="state")
    def how(self, alert: Alert) -> SafeString:
        """Draw whether it still holds, and who muted it."""
        return state_cell(alert)

    @admin.display(description="state")
    def lasts(self, alert: Alert) -> SafeString:
        """Draw whether it still holds."""
        return state_line(alert)

    @admin.display(description="muted")
    def muted(self, alert: Alert) -> str:
        """Return who muted it, when and why; or why that was taken back."""
        if alert.muted_at is None and alert.mute_note:
            return f"no longer: {alert.mute_note}"
        text = muted_text(alert).removeprefix("muted ")
        return f"{text}: {alert.mute_note}" if alert.mute_note else text or "by nobody"

    @admin.display(description="figures")
    def figures_then(self, alert: Alert) -> str:
        """Return the figures that it tells of."""
        return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in alert.figures.items()) or "none"
