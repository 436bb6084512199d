"""Campaigns at their platforms in the admin: what is wanted, and what was seen."""

from typing import cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budget_system.admin.changelists import ReadOnlyAdmin
from budget_system.admin.filters import RowFilter
from budget_system.admin.history import PAGE, HistoryAdmin, HistoryPage
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import BrandAccess
from campaigns.admin.messages import reasons_line
from campaigns.admin.timeline.reading import campaign_timeline
from campaigns.admin.timeline.showing import history_table, shown_timeline
from delivery.admin import delivery_text
from delivery.admin.deciding import DecidingAdmin
from delivery.admin.filters import PlatformFilter, StateFilter
from delivery.models import Delivery
from delivery.models.states import DeliveryQuerySet


@admin.register(Delivery)
class DeliveryAdmin(DecidingAdmin, ReadOnlyAdmin[Delivery], HistoryAdmin[Delivery]):
    """Campaigns whose platform is told what to do."""

    list_display = ("of_campaign", "wanted", "observed_there", "state", "last_push")
    list_display_links = ("of_campaign",)
    list_filter = (StateFilter, PlatformFilter, ("campaign__brand", RowFilter))
    list_select_related = ("campaign__brand", "account__brand")
    search_fields = ("campaign__search_key", "campaign__external_id", "campaign__brand__search_key")
    ordering = ("campaign__name_key", "campaign")
    empty_hint = (
        "Campaigns stand here once their delivery is on: a switch in a campaign's form, below its platform and ID, and "
        "“Switch delivery…” on a brand's page for all of them. Then connect the account, or install the script."
    )
    fields = (
        "campaign_link",
        "there",
        "wanted",
        "why",
        "observed_there",
        "state_sentence",
        "last_push",
        "account_line",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Keep campaigns whose delivery is on."""
        return cast(DeliveryQuerySet, super().get_queryset(request)).enabled().select_related(*self.list_select_related)

    def history_page(self, row_id: UUID, row: Delivery | None, access: BrandAccess, *, first: int) -> HistoryPage:
        """Return all that happened to the campaign, its delivery's switch included."""
        if row is None:
            return super().history_page(row_id, row, access, first=first)
        page = campaign_timeline(row.campaign, access, first=first, last=first + PAGE)
        return history_table(shown_timeline(page, row.campaign.brand, access))

    @admin.display(description="campaign", ordering="campaign__name_key")
    def of_campaign(self, row: Delivery) -> SafeString:
        """Return the campaign, with its brand and what it is at the platform below it."""
        cell = '{}<span class="bs-under">{} · {}</span>'
        return format_html(cell, row.campaign, row.campaign.brand, delivery_text.at_platform(row))

    @admin.display(description="campaign")
    def campaign_link(self, row: Delivery) -> SafeString:
        """Return the campaign and its brand, with links."""
        campaign = row.campaign
        link = '<a class="bs-link" href="{}">{}</a> of <a class="bs-link" href="{}">{}</a>'
        return format_html(link, change_url(campaign), campaign, change_url(campaign.brand), campaign.brand)

    @admin.display(description="at the platform")
    def there(self, row: Delivery) -> str:
        """Return which campaign it is there."""
        return delivery_text.at_platform(row)

    @admin.display(description="wanted", ordering="campaign__status")
    def wanted(self, row: Delivery) -> SafeString:
        """Draw what is wanted here."""
        return delivery_text.wanted_cell(row)

    @admin.display(description="because")
    def why(self, row: Delivery) -> str:
        """Return why that is wanted."""
        return reasons_line(row.campaign) or "nothing blocks it"

    @admin.display(description="seen there", ordering="observed")
    def observed_there(self, row: Delivery) -> SafeString:
        """Draw what was seen there."""
        return delivery_text.observed_cell(row)

    @admin.display(description="last set there", ordering="applied_at")
    def last_push(self, row: Delivery) -> SafeString:
        """Return what was last set there, and what is in the way."""
        return delivery_text.push_cell(row)

    @admin.display(description="state", ordering="drift_since")
    def state(self, row: Delivery) -> SafeString:
        """Draw how the two stand to each other."""
        return delivery_text.state_cell(row, timezone.now())

    @admin.display(description="state")
    def state_sentence(self, row: Delivery) -> SafeString:
        """Draw how the two stand to each other, and say it."""
        now = timezone.now()
        state, sentence = delivery_text.state_cell(row, now), delivery_text.state_text(row, now)
        return format_html('{} <span class="bs-under bs-wraps">{}</span>', state, sentence)

    @admin.display(description="account")
    def account_line(self, row: Delivery) -> SafeString:
        """Return through which account it goes, with a link."""
        return delivery_text.account_text(row)
