"""Campaigns over REST."""

from collections.abc import Sequence
from functools import partial
from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from brands.access.memberships import visible_rows
from brands.api.history import HistoryMixin
from budget_system.api.etags import Check
from budget_system.api.fields import (
    WHOLE_AMOUNT_HELP,
    AmountField,
    CodeField,
    NameField,
    StrictBooleanField,
    StrictChoiceField,
    StrictUUIDField,
)
from budget_system.api.figure_fields import InstantField, LeftField, SpentField
from budget_system.api.filters import by_choice, by_code, by_search, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.pagination import LinkPagination
from budget_system.api.serializers import NoteSerializer, StrictSerializer
from budget_system.api.viewsets import Representation
from budget_system.exports.tables import Table
from campaigns import services
from campaigns.api.events import EventFilters, EventSerializer
from campaigns.api.explain import ExplainMixin
from campaigns.models import Campaign, CampaignStatus, PauseReason, Platform, StatusEvent
from campaigns.orders import StatusOrder
from spending.api.pacing import PacingMixin
from spending.reports.exports import campaign_table
from spending.reports.figures import campaign_figures
from spending.reports.pacing.owners import OwnerPacing, campaign_pacing

PLATFORMS = [*Platform.values, ""]


class CampaignSerializer(StrictSerializer):
    """A campaign as JSON."""

    id = StrictUUIDField(read_only=True)
    brand = StrictUUIDField(source="brand_id")
    name = NameField(initial="", help_text="Unique within the brand without regard to case.")
    platform = StrictChoiceField(choices=Platform.choices, required=False, allow_blank=True, help_text="Empty: none.")
    external_id = CodeField(required=False, initial="", help_text="Its id on the platform. Empty: none.")
    delivery_enabled = StrictBooleanField(
        required=False,
        initial=False,
        help_text="Whether its platform is told to do what `status` says. Needs a platform and an external_id.",
    )
    daily_budget = AmountField(
        required=False, allow_null=True, help_text=f"A cap of its own. null: none. {WHOLE_AMOUNT_HELP}"
    )
    monthly_budget = AmountField(
        required=False, allow_null=True, help_text=f"A cap of its own. null: none. {WHOLE_AMOUNT_HELP}"
    )
    status = StrictChoiceField(
        choices=CampaignStatus.choices, required=False, help_text="ACTIVE asks for the verdict, PAUSED is an order."
    )
    pause_reason = StrictChoiceField(
        choices=PauseReason.choices, required=False, allow_null=True, help_text="Kept where it comes with a pause."
    )
    blocked_by = serializers.ListField(child=serializers.ChoiceField(choices=PauseReason.choices), read_only=True)
    runs_again_at = InstantField(allow_null=True, help_text="When it would run if only time passed.")
    paused_at = serializers.DateTimeField(read_only=True, allow_null=True)
    daily_spend = SpentField()
    monthly_spend = SpentField()
    daily_left = LeftField()
    monthly_left = LeftField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class CampaignFilters(FilterSet):
    """The parameters of the list of campaigns."""

    filters: ClassVar = {
        "brand": by_uuid("brand_id"),
        "status": by_choice("status", CampaignStatus.values),
        "pause_reason": by_choice("pause_reason", PauseReason.values),
        "platform": by_choice("platform", PLATFORMS, "Empty: campaigns of no platform."),
        "external_id": by_code("external_id", "Empty: campaigns without one."),
        "search": by_search("external_id", folded=["search_key"]),
    }
    ordering: ClassVar = {
        "name": "name_key",
        "status": "status",
        "platform": "platform",
        "daily_budget": "daily_budget",
        "monthly_budget": "monthly_budget",
        "paused_at": "paused_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering: ClassVar = ("name_key", "id")


class CampaignViewSet(HistoryMixin[Campaign], PacingMixin[Campaign], ExplainMixin):
    """Campaigns: what is wanted of them, what the rules made of it, and why."""

    queryset = Campaign.objects.all()
    serializer_class = CampaignSerializer
    filterset_class = CampaignFilters
    listing_actions: ClassVar = frozenset({"list", "events", "history"})

    file_actions: ClassVar = frozenset({"list"})

    def table(self, rows: QuerySet[Campaign]) -> Table:
        """Return the campaigns, their caps and what is left of them."""
        return campaign_table(rows, now=self.now)

    def rows(self) -> QuerySet[Campaign]:
        """Read campaigns that are not archived, nor their brand."""
        campaigns: QuerySet[Campaign] = Campaign.objects.select_related("brand")
        return campaigns

    def owner_of(self, shown: Representation) -> str:
        """Return the id of a campaign's brand."""
        return str(shown["brand"])

    def context_of(self, rows: Sequence[Campaign]) -> dict[str, object]:
        """Read what the campaigns have spent, and when they run again."""
        return {"figures": campaign_figures(rows, now=self.now)}

    def pacing_of(self, row: Campaign) -> OwnerPacing:
        """Return how the campaign's own caps are being spent."""
        return campaign_pacing([row], now=self.now)[row.pk]

    def create_row(self, serializer: StrictSerializer) -> Campaign:
        """Create a campaign."""
        values, order = _split(serializer, sent_back=False)
        return services.create_campaign(values=values, order=order, now=self.now, by=self.by)

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Campaign:
        """Change a campaign."""
        values, order = _split(serializer)
        return services.change_campaign(
            campaign_id=row_id, values=values, order=order, now=self.now, by=self.by, check=check
        )

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Remove a campaign; one that has spends is archived."""
        services.remove_campaign(campaign_id=row_id, now=self.now, by=self.by, check=check)

    @extend_schema(request=NoteSerializer, responses=CampaignSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Pause the campaign by a person's order; only a person lifts it."""
        return self.carry_out(partial(services.pause_campaign, campaign_id=self.row_id), request)

    @extend_schema(request=NoteSerializer, responses=CampaignSerializer)
    @action(detail=True, methods=["post"])
    def activate(self, request: Request, pk: str) -> Response:
        """Lift a person's pause; `blocked_by` says what else holds."""
        return self.carry_out(partial(services.activate_campaign, campaign_id=self.row_id), request)

    @extend_schema(responses=EventSerializer(many=True))
    @action(detail=True, filterset_class=EventFilters)
    def events(self, request: Request, pk: str) -> Response:
        """List the campaign's status events, newest first."""
        # A campaign that has moved leaves its events with the brand in which they happened.
        events = visible_rows(StatusEvent.objects.filter(campaign=self.get_object()), self.by.access)
        kept = EventFilters.apply(events, request.query_params.dict())
        pages = LinkPagination()
        shown = pages.paginate_queryset(kept, request, self)
        return pages.get_paginated_response(EventSerializer.represent(shown))


def _split(
    serializer: StrictSerializer, *, sent_back: bool = True
) -> tuple[services.CampaignValues, StatusOrder | None]:
    """Return the values and the order of a body; `blocked_by`, sent back, says which answer a status belongs to.

    A new row has no answer that could be sent back: a status copied from another row's answer is what a person wants.
    """
    values = dict(serializer.validated_data)
    body = {name: values.pop(name) for name in ("status", "pause_reason") if name in values}
    if sent_back and "blocked_by" in serializer.initial_data:
        body["blocked_by"] = serializer.initial_data["blocked_by"]
    return cast(services.CampaignValues, values), StatusOrder.from_body(body)
