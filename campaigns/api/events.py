"""Status events as JSON, and the parameters of their list."""

from typing import ClassVar

from rest_framework import serializers

from budget_system.api.fields import StrictUUIDField
from budget_system.api.filters import by_instant, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.serializers import StrictSerializer
from campaigns.models import CampaignStatus, Order, PauseReason


class EventSerializer(StrictSerializer):
    """A status event as JSON."""

    id = StrictUUIDField(read_only=True)
    campaign = StrictUUIDField(source="campaign_id", read_only=True)
    brand = StrictUUIDField(source="brand_id", read_only=True)
    at = serializers.DateTimeField(read_only=True)
    from_status = serializers.ChoiceField(choices=CampaignStatus.choices, allow_blank=True, read_only=True)
    to_status = serializers.ChoiceField(choices=CampaignStatus.choices, allow_blank=True, read_only=True)
    pause_reason = serializers.ChoiceField(choices=PauseReason.choices, allow_null=True, read_only=True)
    blocked_by = serializers.ListField(child=serializers.ChoiceField(choices=PauseReason.choices), read_only=True)
    figures = serializers.DictField(read_only=True, help_text="Spent, budget and overshoot that decided.")
    by = serializers.CharField(read_only=True)
    order = serializers.ChoiceField(choices=Order.choices, allow_blank=True, read_only=True)
    note = serializers.CharField(read_only=True)


class EventFilters(FilterSet):
    """The parameters of the list of a campaign's events."""

    filters: ClassVar = {
        "campaign": by_uuid("campaign_id"),
        "after": by_instant("at__gte", "From this instant on."),
        "before": by_instant("at__lte", "Up to this instant."),
    }
    ordering: ClassVar = {"at": "at"}
    default_ordering: ClassVar = ("-at", "-id")
