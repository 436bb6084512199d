"""Status events in the admin."""

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from brands.access.memberships import in_brands
from brands.models import of_living_brand
from budget_system.admin.authors import AuthorColumn
from budget_system.admin.changelists import ReadOnlyAdmin, actor
from budget_system.admin.filters import DayRangeFilter, RowFilter
from budget_system.admin.local_times import local_cell
from budget_system.admin.row_values import attached_value
from budget_system.admin.since_filter import SinceFilter
from budget_system.core.actors import NO_ACCESS, BrandAccess
from campaigns.admin.autocomplete import CampaignFilter
from campaigns.admin.event_filters import WhatFilter
from campaigns.admin.pages import figures_table, order_text, reason_text, status_change
from campaigns.models import StatusEvent


@admin.register(StatusEvent)
class StatusEventAdmin(AuthorColumn, ReadOnlyAdmin[StatusEvent]):
    """Status events, read-only."""

    list_display = ("when", "brand", "of_campaign", "change", "why", "ordered", "author")
    list_display_links = ("when",)
    list_filter = (
        ("brand", RowFilter),
        ("campaign", CampaignFilter),
        ("to_status", ChoicesDropdownFilter),
        ("pause_reason", ChoicesDropdownFilter),
        ("order", ChoicesDropdownFilter),
        WhatFilter,
        SinceFilter,
        ("at", DayRangeFilter),
    )
    list_select_related = ("brand", "campaign")
    search_fields = ("campaign__search_key", "brand__search_key", "by", "note")
    ordering = ("-at", "-id")
    fields = ("when", "brand", "of_campaign", "change", "why", "figures_then", "ordered", "author")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatusEvent]:
        """Exclude events of archived brands."""
        return super().get_queryset(request).filter(of_living_brand("brand"))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[StatusEvent], search_term: str
    ) -> tuple[QuerySet[StatusEvent], bool]:
        """Search; a campaign that has moved to a brand that the person does not see is not found by its new name."""
        found, twice = super().get_search_results(request, queryset, search_term)
        reads = actor(request).access.reads
        if search_term and reads is not None:
            found = found.filter(Q(campaign=None) | in_brands("campaign__brand", reads))
        return found, twice

    @admin.display(description="campaign")
    def of_campaign(self, event: StatusEvent) -> str:
        """Return the campaign's name, unless it has moved to a brand that the person does not see."""
        if event.campaign is None:
            return "–"
        access = attached_value(event, BrandAccess) or NO_ACCESS
        return str(event.campaign) if access.sees(event.campaign.brand_id) else "one that moved to another brand"

    @admin.display(description="when", ordering="at")
    def when(self, event: StatusEvent) -> SafeString:
        """Show the time on the brand's clock."""
        return local_cell(event.at, event.brand.timezone)

    @admin.display(description="what", ordering="to_status")
    def change(self, event: StatusEvent) -> SafeString:
        """Draw what changed."""
        return status_change(event)

    @admin.display(description="why")
    def why(self, event: StatusEvent) -> str:
        """Return the reason."""
        return reason_text(event)

    @admin.display(description="figures")
    def figures_then(self, event: StatusEvent) -> SafeString:
        """Show the figures on which the decision rests."""
        return figures_table(event)

    @admin.display(description="order and note")
    def ordered(self, event: StatusEvent) -> str:
        """Return what a person ordered."""
        return order_text(event)
