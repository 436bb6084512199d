"""The switch of a brand's delivery over REST."""

from typing import TypeVar

from django.db.models import Model
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from budget_system.api.fields import StrictBooleanField, StrictChoiceField, StrictUUIDField
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import ServiceViewSet
from campaigns.models import CampaignStatus
from delivery.models import Observed
from delivery.services.switching import BrandSwitch, Switched, switch_brand

_M = TypeVar("_M", bound=Model)

RESULTS = [(result.value, result.value) for result in Switched]


class SwitchSerializer(StrictSerializer):
    """What is to be switched, as JSON."""

    enabled = StrictBooleanField()
    dry_run = StrictBooleanField(required=False, initial=False, help_text="Only say what would change.")


class SwitchedCampaignSerializer(StrictSerializer):
    """What becomes of one campaign, as JSON."""

    id = StrictUUIDField(source="campaign.pk", read_only=True)
    name = serializers.CharField(source="campaign.name", read_only=True)
    platform = serializers.CharField(source="campaign.platform", read_only=True)
    external_id = serializers.CharField(source="campaign.external_id", read_only=True)
    wanted = StrictChoiceField(choices=CampaignStatus.choices, read_only=True)
    observed = StrictChoiceField(
        choices=Observed.choices, allow_blank=True, read_only=True, help_text="Empty: not seen yet."
    )
    result = serializers.ChoiceField(choices=RESULTS, read_only=True)
    reason = serializers.CharField(read_only=True, help_text="Why it cannot be switched.")


class SwitchCountsSerializer(StrictSerializer):
    """How many campaigns are switched, as JSON."""

    switched = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True, help_text="They were so already.")
    refused = serializers.IntegerField(read_only=True, help_text="`reason` says why.")
    to_run = serializers.IntegerField(read_only=True, help_text="Of those that are switched on.")
    to_pause = serializers.IntegerField(read_only=True, help_text="Of those that are switched on.")


class BrandSwitchSerializer(StrictSerializer):
    """What a switch of a brand's delivery does, or would do, as JSON."""

    brand = StrictUUIDField(read_only=True)
    enabled = serializers.BooleanField(read_only=True)
    dry_run = serializers.BooleanField(read_only=True)
    counts = SwitchCountsSerializer(read_only=True)
    campaigns = SwitchedCampaignSerializer(many=True, read_only=True)


class DeliverySwitchMixin(ServiceViewSet[_M]):
    """Brands, whose campaigns' delivery can be switched together."""

    @extend_schema(request=SwitchSerializer, responses=BrandSwitchSerializer)
    @action(detail=True, methods=["post"])
    def delivery(self, request: Request, pk: str) -> Response:
        """Switch the delivery of all campaigns that have a platform and an id there; or say what that would change."""
        body = SwitchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        enabled, dry_run = body.validated_data["enabled"], body.validated_data.get("dry_run", False)
        switch = switch_brand(
            brand_id=self.row_id, enabled=enabled, dry_run=dry_run, now=self.now, by=self.by, check=self.check()
        )
        shown = {"brand": self.row_id, "enabled": enabled, "dry_run": dry_run, "campaigns": switch.campaigns}
        answer = BrandSwitchSerializer().to_representation({**shown, "counts": _counts(switch)})
        return Response(answer)


def _counts(switch: BrandSwitch) -> dict[str, int]:
    on = switch.enabled
    return {
        **{result.value: switch.count(result) for result in Switched},
        "to_run": len(switch.switched(CampaignStatus.ACTIVE)) if on else 0,
        "to_pause": len(switch.switched(CampaignStatus.PAUSED)) if on else 0,
    }
