"""Why a campaign is in its status, over REST."""

from typing import Final

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget_system.api.fields import StrictUUIDField
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import ServiceViewSet
from campaigns.models import Campaign, CampaignStatus, PauseReason
from spending.reports.explanations import explain

OWNERS: Final = [("brand", "brand"), ("campaign", "campaign")]


class CauseSerializer(StrictSerializer):
    """What a line was decided by at one owner, as JSON."""

    owner = serializers.ChoiceField(choices=OWNERS, read_only=True)
    holds = serializers.BooleanField(read_only=True)
    figures = serializers.DictField(read_only=True, help_text="What it was decided by.")
    set_by = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="null: it does not hold, or it came in further down, without an event.",
    )
    set_at = serializers.DateTimeField(read_only=True, allow_null=True)
    note = serializers.CharField(read_only=True, allow_null=True)


class LineSerializer(StrictSerializer):
    """One line of the verdict, as JSON."""

    reason = serializers.ChoiceField(choices=PauseReason.choices, read_only=True)
    holds = serializers.BooleanField(read_only=True)
    causes = CauseSerializer(many=True, read_only=True)
    clears_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="When this line ends if only time passes. null: only a person ends it.",
    )
    clears_by = serializers.CharField(read_only=True, help_text="What ends it, in words; empty where it does not hold.")


class ExplanationSerializer(StrictSerializer):
    """Why a campaign is in its status, as JSON."""

    campaign = StrictUUIDField(source="campaign.pk", read_only=True)
    at = serializers.DateTimeField(read_only=True)
    timezone = serializers.CharField(source="campaign.brand.timezone", read_only=True)
    currency = serializers.CharField(source="campaign.brand.currency", read_only=True)
    status = serializers.ChoiceField(source="campaign.status", choices=CampaignStatus.choices, read_only=True)
    pause_reason = serializers.ChoiceField(
        source="campaign.pause_reason", choices=PauseReason.choices, allow_null=True, read_only=True
    )
    runs_again_at = serializers.DateTimeField(read_only=True, allow_null=True)
    lines = LineSerializer(many=True, read_only=True, help_text="All five, in the order of the verdict.")


class ExplainMixin(ServiceViewSet[Campaign]):
    """Campaigns whose status can be explained."""

    @extend_schema(responses=ExplanationSerializer)
    @action(detail=True)
    def explain(self, request: Request, pk: str) -> Response:
        """Read each line of the verdict: whether it holds, by which figures, who or what set it, when it can clear."""
        explanation = explain(self.get_object(), now=self.now, access=self.by.access)
        return Response(ExplanationSerializer().to_representation(explanation))
