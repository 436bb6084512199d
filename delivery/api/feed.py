"""What an account's script asks, and what it acknowledges."""

from collections import Counter
from collections.abc import Collection
from functools import partial
from typing import ClassVar, Final, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.drainage import set_override
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from brands.access.memberships import visible_rows
from brands.models import Scope
from budget_system.api import json_schema
from budget_system.api.fields import CodeField, StrictChoiceField, StrictIntegerField, StrictUUIDField
from budget_system.api.filters import ParameterFilter, by_choice, by_flag, by_uuid
from budget_system.api.filtersets import FilterSet, StrictFilterBackend
from budget_system.api.pagination import LinkPagination
from budget_system.api.serializers import StrictSerializer
from budget_system.api.views import StrictView
from budget_system.api.viewsets import Representations
from budget_system.core.validation import NAME_LENGTH, clean_code, excerpt
from campaigns.models import CampaignStatus, PauseReason, Platform, brands_of_campaigns
from delivery.models import Delivery, Observed
from delivery.models.states import SETTLED
from delivery.services.acknowledging import Ack, AckResult, account_condition, acknowledge, note_asked

MAX_ITEMS: Final = 1_000
ACCOUNT_LENGTH: Final = 64
MAX_GENERATION: Final = 2**31 - 1

RESULTS = [(result.value, result.value) for result in AckResult]


class DeliverySerializer(StrictSerializer):
    """What a platform is to do with a campaign, as JSON."""

    campaign = StrictUUIDField(source="campaign_id", read_only=True)
    platform = StrictChoiceField(source="campaign.platform", choices=Platform.choices, read_only=True)
    account = serializers.CharField(
        source="account.external_id", default=None, read_only=True, allow_null=True, help_text="null: none has it yet."
    )
    external_id = serializers.CharField(source="campaign.external_id", read_only=True)
    wanted = StrictChoiceField(source="campaign.status", choices=CampaignStatus.choices, read_only=True)
    generation = serializers.IntegerField(
        source="campaign.generation", read_only=True, help_text="Rises with each change of `wanted`."
    )
    reason = StrictChoiceField(
        source="campaign.pause_reason", choices=PauseReason.choices, read_only=True, allow_null=True
    )
    changed_at = serializers.DateTimeField(read_only=True, help_text="Of `wanted`.")
    observed = StrictChoiceField(
        choices=Observed.choices, allow_blank=True, read_only=True, help_text="Empty: not seen yet."
    )
    settled = serializers.BooleanField(
        source="is_settled", read_only=True, help_text="Whether it was seen to do what is wanted, since `changed_at`."
    )
    contested = serializers.BooleanField(
        source="is_contested", read_only=True, help_text="Leave it as it is there: a person decides."
    )


class GivenCodeField(CodeField):
    """An id from another system, which may not be left empty."""

    def __init__(self, *, max_length: int = NAME_LENGTH, help_text: str | None = None) -> None:
        self.max_length = max_length
        super().__init__(help_text=help_text)
        set_override(self, "field", {**json_schema.CODE, "minLength": 1, "maxLength": max_length})

    def parse(self, data: object) -> str:
        """Read an id."""
        return clean_code(data, max_length=self.max_length)


class AckItemSerializer(StrictSerializer):
    """What a script found and set, as JSON."""

    external_id = GivenCodeField()
    generation = StrictIntegerField(least=0, most=MAX_GENERATION, help_text="As the feed gave it.")
    was = StrictChoiceField(choices=Observed.choices, required=False, help_text="What it was before it was set.")
    observed = StrictChoiceField(choices=Observed.choices, help_text="What it is now.")


class AckSerializer(StrictSerializer):
    """What a script acknowledges, as JSON."""

    account = GivenCodeField(max_length=ACCOUNT_LENGTH, help_text="Its id at the platform.")
    platform = StrictChoiceField(
        choices=Platform.choices, required=False, help_text="Where an external_id alone would be ambiguous."
    )
    items = serializers.ListField(child=AckItemSerializer(), min_length=1, max_length=MAX_ITEMS)

    def validate_items(self, items: list[dict[str, object]]) -> list[dict[str, object]]:
        """Refuse what is said twice: which of both came first?"""
        counts = Counter(item["external_id"] for item in items)
        if twice := [key for key, count in counts.items() if count > 1]:
            raise serializers.ValidationError(f"“{excerpt(twice[0])}” stands here twice; say once what it is now.")
        return items


class AckResultSerializer(StrictSerializer):
    """What became of an acknowledgement, as JSON."""

    external_id = serializers.CharField(read_only=True)
    campaign = StrictUUIDField(source="campaign_id", read_only=True, allow_null=True, help_text="null: no single one.")
    result = serializers.ChoiceField(choices=RESULTS, read_only=True)


def _to_be_done(wanted: bool) -> Q:
    to_do = ~SETTLED & Q(contested_at=None)
    return to_do if wanted else ~to_do


class DeliveryFilters(FilterSet):
    """The parameters of the feed."""

    filters: ClassVar = {
        "brand": by_uuid("campaign__brand_id"),
        "platform": by_choice("campaign__platform", Platform.values),
        "account": ParameterFilter(
            partial(clean_code, max_length=ACCOUNT_LENGTH),
            account_condition,
            {**json_schema.CODE, "minLength": 1, "maxLength": ACCOUNT_LENGTH},
            "An account's id at the platform: its campaigns, and those that no account has yet.",
        ),
        "unsettled": by_flag(
            _to_be_done,
            "true: what was not seen yet to do what is wanted, without what is contested. false: all others.",
        ),
    }
    ordering: ClassVar = {"campaign": "campaign_id"}
    unique: ClassVar = "campaign_id"
    default_ordering: ClassVar = ("campaign_id",)


class AccountPagination(LinkPagination):
    """Pages of which one may have all campaigns of an account: Google Ads and Microsoft allow 10,000."""

    max_page_size = 10_000


class DeliveryViewSet(ViewSetMixin, StrictView[Delivery]):
    """What platforms are to do with the campaigns whose delivery is on."""

    queryset = Delivery.objects.all()
    serializer_class = DeliverySerializer
    filterset_class = DeliveryFilters
    filter_backends = (StrictFilterBackend,)
    pagination_class = AccountPagination
    allowed_to_scope: ClassVar = {Scope.DELIVERY: frozenset({"list", "ack"})}

    def get_queryset(self) -> QuerySet[Delivery]:
        """Return the deliveries that the caller may see."""
        return visible_rows(Delivery.objects.enabled().select_related("campaign", "account"), self.by.access)

    def owners_of(self, body: object) -> list[str]:
        """Return the campaigns of which an earlier response told."""
        rows = cast(Representations, body)
        return sorted({str(row["campaign"]) for row in rows if row["campaign"] is not None})

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still write all of an earlier response's campaigns."""
        return super().may_repeat(owners) or all(map(self.by.access.may_write, brands_of_campaigns(owners)))

    def list(self, request: Request, *args: object, **kwargs: object) -> Response:
        """List what is wanted of campaigns, a page at a time."""
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        asked = request.query_params
        if request.method == "GET" and "account" in asked:
            note_asked(account=asked["account"], platform=asked.get("platform"), now=self.now, by=self.by)
        return self.get_paginated_response(DeliverySerializer.represent(rows))

    @extend_schema(
        request=AckSerializer,
        responses={
            200: AckResultSerializer(many=True),
            400: OpenApiResponse(
                {"$ref": "#/components/schemas/RowFaults"},
                description="A field is not understood; of `items` the bad ones are told, by their index.",
            ),
        },
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None, filter_backends=())
    def ack(self, request: Request) -> Response:
        """Acknowledge what was found and set at a platform: 1 to 1,000 campaigns of one account."""
        body = AckSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        values = body.validated_data
        outcomes = acknowledge(
            account=values["account"],
            platform=values.get("platform"),
            items=[Ack(**item) for item in values["items"]],
            now=self.now,
            by=self.by,
        )
        return Response(AckResultSerializer.represent(outcomes))
