"""Campaigns in the admin: what is wanted of each, what the rules made of it, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter, ChoicesDropdownFilter

from budget_system.actors import Actor
from budget_system.admin.bars import bar
from budget_system.admin.base import ReadOnlyAdmin
from budget_system.admin.clock import local_cell
from budget_system.admin.forms import ServiceForm
from budget_system.admin.inlines import ServiceInline
from budget_system.admin.rows import attach, attached
from campaigns import services
from campaigns.admin_choices import CHOICES_URL_NAME, CampaignChoices, CampaignFilter
from campaigns.admin_forms import CampaignForm, ScheduleFormSet
from campaigns.admin_orders import CampaignOrders
from campaigns.admin_pages import figures_table, last_events, links, ordered, status_change, why
from campaigns.admin_words import reasons_as_list, reasons_in_short, status_pill, what_wakes
from campaigns.models import Campaign, StatusEvent
from scheduling.admin_forms import ScheduleForm
from scheduling.admin_words import state
from scheduling.models import Schedule
from spending.figures import Figures, campaign_figures


class ScheduleInline(ServiceInline[Schedule, Campaign]):
    """The campaign's windows, in its form."""

    model = Schedule
    form = ScheduleForm
    formset = ScheduleFormSet  # type: ignore[assignment]  # its forms are of a class of their own
    fields = ("day_of_week", "start_time", "end_time", "ends_next_day", "is_active", "now")
    readonly_fields = ("now",)
    ordering = ("day_of_week", "start_time", "id")
    verbose_name = "schedule"
    verbose_name_plural = "schedules (none: it may run at any hour)"

    @admin.display(description="now")
    def now(self, schedule: Schedule) -> SafeString | str:
        """Say whether the window is open, and when that changes."""
        return "" if schedule._state.adding else state(schedule, now=timezone.now())


@admin.register(Campaign)
class CampaignAdmin(CampaignOrders):
    """Campaigns."""

    form = CampaignForm
    inlines = (ScheduleInline,)
    list_display = ("name", "brand", "status_now", "why", "day", "month", "platform_name")
    list_filter = (
        ("brand", AutocompleteSelectFilter),
        ("status", ChoicesDropdownFilter),
        ("pause_reason", ChoicesDropdownFilter),
        ("platform", ChoicesDropdownFilter),
    )
    list_select_related = ("brand",)
    search_fields = ("name_key", "external_id", "brand__name_key")
    ordering = ("name_key", "id")
    autocomplete_fields = ("brand",)
    actions = ("pause", "activate", "restore", "delete_selected")
    actions_detail: ClassVar = ("pause_one", "activate_one")
    readonly_fields = ("status_now", "why_list", "wakes", "day", "month", "events", "more")

    def get_fieldsets(self, request: HttpRequest, obj: Campaign | None = None) -> Any:
        """Show what is calculated only of a campaign that exists."""
        wish = ("What is wanted", {"fields": ("wanted", "note")})
        said = ("Campaign", {"fields": CampaignForm.Meta.fields})
        if obj is None:
            return (said, wish)
        return (
            ("Now", {"fields": ("status_now", "why_list", "wakes", "day", "month", "more")}),
            wish,
            said,
            ("Last status events", {"fields": ("events",)}),
        )

    def get_custom_urls(self) -> Any:
        """Answer those who search for a campaign as they type."""
        return (("choices/", CHOICES_URL_NAME, CampaignChoices.as_view(admin_site=self.admin_site)),)

    def prepare(self, rows: Sequence[Campaign], *, now: datetime) -> None:
        """Gather what the campaigns have spent, and when they run again."""
        figures = campaign_figures(rows, now=now)
        for campaign in rows:
            attach(campaign, figures[campaign.pk])

    def everything(self) -> QuerySet[Campaign]:
        """Give all campaigns, but for those of archived brands, which come back with the brand."""
        return Campaign.everything.filter(brand__archived_at__isnull=True)

    def create_row(self, form: ServiceForm[Campaign], *, now: datetime, by: Actor) -> Campaign:
        """Create a campaign."""
        typed = cast(CampaignForm, form)
        values, note = typed.campaign_values(only_changed=False), typed.cleaned_data["note"]
        return services.create_campaign(values=values, order=typed.order(), note=note, now=now, by=by)

    def change_row(self, row_id: UUID, form: ServiceForm[Campaign], *, now: datetime, by: Actor) -> Campaign:
        """Change a campaign, and carry out a changed wish."""
        typed = cast(CampaignForm, form)
        values, note = typed.campaign_values(only_changed=True), typed.cleaned_data["note"]
        return services.change_campaign(
            campaign_id=row_id, values=values, order=typed.order(), note=note, now=now, by=by
        )

    def remove_row(self, row_id: UUID, *, now: datetime, by: Actor) -> None:
        """Remove a campaign."""
        services.remove_campaign(campaign_id=row_id, now=now, by=by)

    def restore_row(self, row_id: UUID, *, now: datetime, by: Actor) -> Campaign:
        """Bring an archived campaign back."""
        return services.restore_campaign(campaign_id=row_id, now=now, by=by)

    def fate(self, row: Campaign) -> str:
        """Say what a deletion would make of the campaign."""
        if services.has_had_spends(row):
            return "has spends, so it will be archived; its spends stay in the ledger, and it can be restored"
        return "will be deleted with its schedules; it has no spends"

    @admin.display(description="status", ordering="status")
    def status_now(self, campaign: Campaign) -> SafeString:
        """Draw the status."""
        return status_pill(campaign)

    @admin.display(description="reason", ordering="pause_reason")
    def why(self, campaign: Campaign) -> str:
        """Say what blocks it."""
        return reasons_in_short(campaign)

    @admin.display(description="what blocks it")
    def why_list(self, campaign: Campaign) -> SafeString:
        """Say what blocks it, one reason below the other."""
        return reasons_as_list(campaign)

    @admin.display(description="what wakes it")
    def wakes(self, campaign: Campaign) -> str:
        """Say when it runs again, or what somebody must do for it."""
        return what_wakes(campaign, self._figures(campaign).runs_again_at)

    @admin.display(description="today")
    def day(self, campaign: Campaign) -> SafeString:
        """Draw what is spent of its own cap of the day."""
        return bar(self._figures(campaign).daily_spend, campaign.daily_budget, campaign.brand.currency)

    @admin.display(description="this month")
    def month(self, campaign: Campaign) -> SafeString:
        """Draw what is spent of its own cap of the month."""
        return bar(self._figures(campaign).monthly_spend, campaign.monthly_budget, campaign.brand.currency)

    @admin.display(description="platform", ordering="platform")
    def platform_name(self, campaign: Campaign) -> str:
        """Name the platform."""
        return campaign.get_platform_display() if campaign.platform else "–"

    @admin.display(description="events")
    def events(self, campaign: Campaign) -> SafeString:
        """List the last status events."""
        return last_events(campaign, campaign.brand)

    @admin.display(description="more")
    def more(self, campaign: Campaign) -> SafeString:
        """Link to what belongs to it."""
        return links(campaign)

    def _figures(self, campaign: Campaign) -> Figures:
        figures = attached(campaign, Figures)
        if figures is None:
            figures = campaign_figures([campaign], now=timezone.now())[campaign.pk]
            attach(campaign, figures)
        return figures


@admin.register(StatusEvent)
class StatusEventAdmin(ReadOnlyAdmin[StatusEvent]):
    """Status events: kept, never edited."""

    list_display = ("when", "brand", "campaign", "change", "why", "ordered", "by")
    list_display_links = ("when",)
    list_filter = (
        ("brand", AutocompleteSelectFilter),
        ("campaign", CampaignFilter),
        ("to_status", ChoicesDropdownFilter),
        ("pause_reason", ChoicesDropdownFilter),
        ("order", ChoicesDropdownFilter),
    )
    list_select_related = ("brand", "campaign")
    search_fields = ("campaign__name_key", "brand__name_key", "by", "note")
    date_hierarchy = "at"
    ordering = ("-at", "-id")
    fields = ("when", "brand", "campaign", "change", "why", "figures_then", "ordered", "by")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[StatusEvent]:
        """Leave out what belongs to an archived brand."""
        return super().get_queryset(request).filter(brand__archived_at__isnull=True)

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
        """Say the reason."""
        return why(event)

    @admin.display(description="figures")
    def figures_then(self, event: StatusEvent) -> SafeString:
        """Show the figures that decided."""
        return figures_table(event)

    @admin.display(description="order and note")
    def ordered(self, event: StatusEvent) -> str:
        """Say what a person ordered."""
        return ordered(event)
