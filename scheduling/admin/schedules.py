"""Schedules in the admin: the windows in which campaigns may run, and which of them are open now."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter

from brands.models import Brand
from budget_system.admin.base import ServiceAdmin
from budget_system.admin.filters import RowFilter
from campaigns.admin.autocomplete import CampaignChoiceField, CampaignFilter, CampaignSelect
from campaigns.admin.effects import EffectMessages
from campaigns.models import Campaign
from scheduling.admin.forms import ScheduleForm
from scheduling.admin.messages import hours, state
from scheduling.admin.row_services import ScheduleServices
from scheduling.models import Schedule, ScheduleQuerySet


@admin.register(Schedule)
class ScheduleAdmin(EffectMessages, ScheduleServices, ServiceAdmin[Schedule]):
    """Schedules."""

    form = ScheduleForm
    list_display = ("campaign", "brand", "day_of_week", "hours", "now", "is_active")
    list_filter = (
        ("campaign__brand", RowFilter),
        ("campaign", CampaignFilter),
        ("day_of_week", ChoicesDropdownFilter),
        ("is_active", BooleanRadioFilter),
    )
    list_select_related = ()  # joined, SQLite would begin with the brands, and sort all windows
    search_fields = ("campaign__search_key", "campaign__brand__search_key")
    ordering = ("campaign_id", "day_of_week", "start_time", "id")
    readonly_fields = ("now",)

    def get_fields(self, request: HttpRequest, obj: Schedule | None = None) -> Any:
        """Add what is calculated, for a window that exists."""
        return ScheduleForm.Meta.fields if obj is None else ("now", *ScheduleForm.Meta.fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Schedule]:
        """Exclude windows of archived campaigns and brands."""
        return cast(ScheduleQuerySet, super().get_queryset(request)).living().prefetch_related("campaign__brand")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> "ModelChoiceField[Any]":
        """Return a field that searches for the campaign."""
        kwargs["widget"] = CampaignSelect(db_field, self.admin_site)
        kwargs["form_class"] = CampaignChoiceField
        kwargs["queryset"] = Campaign.objects.select_related("brand")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="brand", ordering="campaign__brand__name_key")
    def brand(self, schedule: Schedule) -> Brand:
        """Return the brand's name."""
        return schedule.campaign.brand

    @admin.display(description="hours", ordering="start_time")
    def hours(self, schedule: Schedule) -> str:
        """Return the hours as text."""
        return hours(schedule)

    @admin.display(description="now")
    def now(self, schedule: Schedule) -> SafeString:
        """Return whether the window is open, and when that changes."""
        return state(schedule, now=timezone.now())
