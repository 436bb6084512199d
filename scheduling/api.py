"""Dayparting windows over REST."""

from collections.abc import Collection
from functools import partial
from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from brands.api.history import HistoryMixin
from budget_system.api.etags import Check
from budget_system.api.fields import StrictBooleanField, StrictIntegerField, StrictTimeField, StrictUUIDField
from budget_system.api.filters import ParameterFilter, by_flag, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import Representation, ServiceViewSet
from budget_system.core.validation import clean_choice
from campaigns.models import brands_of_campaigns
from scheduling import services
from scheduling.models import DayOfWeek, Schedule

DAYS = [str(day) for day in DayOfWeek.values]


class ScheduleSerializer(StrictSerializer):
    """A window as JSON."""

    id = StrictUUIDField(read_only=True)
    campaign = StrictUUIDField(source="campaign_id")
    day_of_week = StrictIntegerField(least=0, most=6, help_text="0 = Monday … 6 = Sunday.")
    start_time = StrictTimeField(help_text="On the brand's wall clock.")
    end_time = StrictTimeField(end_of_day=True, help_text="00:00:00 is the end of that day.")
    ends_next_day = StrictBooleanField(required=False, initial=False, help_text="It runs over midnight.")
    is_active = StrictBooleanField(required=False, initial=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class ScheduleFilters(FilterSet):
    """The parameters of the list of windows."""

    filters: ClassVar = {
        "brand": by_uuid("campaign__brand_id"),
        "campaign": by_uuid("campaign_id"),
        "day_of_week": ParameterFilter(
            partial(clean_choice, choices=DAYS),
            "day_of_week",
            {"type": "integer", "minimum": 0, "maximum": 6},
            "0 = Monday … 6 = Sunday.",
        ),
        "is_active": by_flag("is_active"),
    }
    ordering: ClassVar = {
        "campaign": "campaign_id",
        "day_of_week": "day_of_week",
        "start_time": "start_time",
        "end_time": "end_time",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering: ClassVar = ("campaign_id", "day_of_week", "start_time", "id")


class ScheduleViewSet(HistoryMixin[Schedule], ServiceViewSet[Schedule]):
    """Hours in which campaigns may run; a campaign without any may run at all hours."""

    queryset = Schedule.objects.all()
    serializer_class = ScheduleSerializer
    filterset_class = ScheduleFilters

    def rows(self) -> QuerySet[Schedule]:
        """Read windows whose campaign and brand are not archived."""
        return Schedule.objects.living()

    def owner_of(self, shown: Representation) -> str:
        """Return the id of a window's campaign."""
        return str(shown["campaign"])

    def brands_of(self, owners: Collection[UUID]) -> Collection[UUID]:
        """Return the brands of the windows' campaigns."""
        return brands_of_campaigns(owners)

    def create_row(self, serializer: StrictSerializer) -> Schedule:
        """Add a window."""
        values = cast(services.ScheduleValues, serializer.validated_data)
        return services.create_schedule(values=values, now=self.now, by=self.by)

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Schedule:
        """Change a window."""
        values = cast(services.ScheduleValues, serializer.validated_data)
        return services.change_schedule(schedule_id=row_id, values=values, now=self.now, by=self.by, check=check)

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Remove a window."""
        services.remove_schedule(schedule_id=row_id, now=self.now, by=self.by, check=check)
