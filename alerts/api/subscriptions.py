"""Subscriptions over REST: who is told of alerts."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.channels.trial import send_test
from alerts.models import AlertKind, Subscription, SubscriptionMode
from alerts.models.subscriptions import SUBSCRIBED_CHANNELS
from alerts.services import subscriptions as services
from alerts.services.subscribers import named_brands, visible_subscriptions, writable_subscriptions
from brands.models import Brand
from budget_system.api import json_schema as shapes
from budget_system.api.etags import Check
from budget_system.api.fields import (
    CodeField,
    InputField,
    StrictBooleanField,
    StrictChoiceField,
    StrictUUIDField,
    TimeZoneField,
)
from budget_system.api.filters import ParameterFilter, by_choice, by_flag
from budget_system.api.filtersets import FilterSet
from budget_system.api.idempotency import checked_key
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import Representation, ServiceViewSet
from budget_system.core import validation as inputs

CHANNELS = [(channel.value, channel.label) for channel in SUBSCRIBED_CHANNELS]
MOST_BRANDS = 1000


def _list_of(data: object, what: str) -> list[object]:
    if not isinstance(data, list):
        raise ValidationError(f"“{inputs.excerpt(data)}” is not a list; send {what} in one.")
    return data


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "enum": AlertKind.values}, "minItems": 1, "uniqueItems": True}
)
class KindsField(InputField[list[str]]):
    """Kinds of alerts, each once, in one order."""

    def parse(self, data: object) -> list[str]:
        """Read the kinds."""
        sent = [inputs.clean_choice(kind, AlertKind.values) for kind in _list_of(data, "kinds of alerts")]
        if not sent:
            raise ValidationError("Name at least one kind; to be told of nothing, switch the subscription off.")
        if len(set(sent)) < len(sent):
            raise ValidationError("A kind stands here twice; name each once.")
        return [kind for kind in AlertKind.values if kind in sent]


@extend_schema_field(
    {
        "type": "array",
        "items": {"type": "string", "format": "uuid"},
        "maxItems": MOST_BRANDS,
        "uniqueItems": True,
    }
)
class BrandsField(InputField[list[UUID]]):
    """Ids of brands, each once."""

    def parse(self, data: object) -> list[UUID]:
        """Read the ids."""
        sent = _list_of(data, "ids of brands")
        if len(sent) > MOST_BRANDS:
            raise ValidationError(f"These are {len(sent)} brands; name at most {MOST_BRANDS}, or none for every brand.")
        ids = [inputs.parse_uuid(one) for one in sent]
        if len(set(ids)) < len(ids):
            raise ValidationError("A brand stands here twice; name each once.")
        return ids

    def get_attribute(self, instance: Any) -> list[UUID]:
        """Return the brands that the caller sees; without a caller, all."""
        named = self.context.get("brands")
        found: Sequence[Brand] = instance.brands.order_by("name_key", "pk") if named is None else named[instance.pk]
        return [brand.pk for brand in found]

    def show(self, value: list[UUID]) -> list[str]:
        """Return the ids."""
        return [str(pk) for pk in value]


@extend_schema_field(shapes.TEXT | {"maxLength": inputs.NAME_LENGTH})
class OptionalNameField(InputField[str]):
    """A name, in its normal form; it may be left empty."""

    def parse(self, data: object) -> str:
        """Read a name."""
        return "" if data == "" else inputs.clean_name(data)


@extend_schema_field({"type": "string", "format": "uri", "maxLength": 2000})
class UrlField(InputField[str]):
    """The address of a channel; where requests may go is decided when it is stored."""

    def parse(self, data: object) -> str:
        """Read an address."""
        return inputs.clean_code(data, max_length=2000)


class SubscriptionSerializer(StrictSerializer):
    """A subscription as JSON."""

    id = StrictUUIDField(read_only=True)
    channel = StrictChoiceField(choices=CHANNELS, help_text="It cannot be changed.")
    name = OptionalNameField(required=False, initial="", help_text="What people call it.")
    user = CodeField(
        source="username", required=False, help_text="Whose mail it is, or who has set the channel up: oneself."
    )
    brands = BrandsField(
        required=False, help_text="Empty: every brand, of mail those that its person may read now and later."
    )
    every_brand = serializers.BooleanField(
        read_only=True, help_text="Whether it is of every brand; false where its last brand is gone."
    )
    kinds = KindsField(required=False, help_text="Left out: all but campaign.paused and campaign.resumed.")
    mode = StrictChoiceField(
        choices=SubscriptionMode.choices, required=False, help_text="Of mail: at once, or daily at 07:00."
    )
    timezone = TimeZoneField(required=False, initial="UTC", help_text="Where it is 07:00 when a digest is sent.")
    url = UrlField(required=False, write_only=True, help_text="Of a channel, which needs one; never shown.")
    host = serializers.CharField(read_only=True, help_text="Of the url. Empty: mail.")
    secret = serializers.SerializerMethodField(
        help_text="What a webhook's requests are signed with; shown once, when it is created and rotated, else null."
    )
    is_active = StrictBooleanField(required=False, help_text="true switches it on again.")
    switched_off = serializers.CharField(read_only=True, help_text="Why it is not active.")
    failing_since = serializers.DateTimeField(read_only=True, allow_null=True)
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)

    def get_secret(self, subscription: Subscription) -> str | None:
        """Return nothing: a new secret is written into the one answer that shows it, and stored nowhere with it."""
        return None


class TrialSerializer(StrictSerializer):
    """What a test came to, as JSON."""

    delivered = serializers.BooleanField(read_only=True)
    status = serializers.IntegerField(read_only=True, allow_null=True, help_text="The receiver's; null: none came.")
    error = serializers.CharField(read_only=True, help_text="Why it has not arrived.")


def _naming(brand_id: UUID) -> Q:
    return Q(pk__in=Brand.objects.filter(pk=brand_id).values("subscriptions"))


class SubscriptionFilters(FilterSet):
    """The parameters of the list."""

    filters: ClassVar = {
        "channel": by_choice("channel", [name for name, _ in CHANNELS]),
        "brand": ParameterFilter(inputs.parse_uuid, _naming, {"type": "string", "format": "uuid"}, "That name it."),
        "is_active": by_flag("is_active"),
    }
    ordering: ClassVar = {"created_at": "created_at", "updated_at": "updated_at"}
    default_ordering: ClassVar = ("created_at", "id")


class SubscriptionViewSet(ServiceViewSet[Subscription]):
    """Who is told of alerts: persons by mail, channels by webhook, Slack or Teams."""

    queryset = Subscription.objects.all()
    serializer_class = SubscriptionSerializer
    filterset_class = SubscriptionFilters
    _new_secret = ""

    def get_queryset(self) -> QuerySet[Subscription]:
        """Read one's own mail, and the channels of brands that one reads; for administrators all."""
        return visible_subscriptions(self.by).select_related("user")

    def owners_of(self, body: object) -> list[str]:
        """Return the subscription's own id."""
        return [str(cast(Representation, body)["id"])]

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still change the subscription of an earlier answer."""
        return writable_subscriptions(self.by).filter(pk__in=owners).count() == len(owners)

    def context_of(self, rows: Sequence[Subscription]) -> dict[str, object]:
        """Read the brands that they name, as far as the caller sees them."""
        return {"brands": named_brands(list(rows), self.by.access)}

    def create_row(self, serializer: StrictSerializer) -> Subscription:
        """Create a subscription."""
        values = cast(services.SubscriptionValues, serializer.validated_data)
        return self._keep(services.create_subscription(values=values, now=self.now, by=self.by))

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Subscription:
        """Change a subscription."""
        values = cast(services.SubscriptionValues, serializer.validated_data)
        return services.change_subscription(
            subscription_id=row_id, values=values, now=self.now, by=self.by, check=check
        )

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Delete a subscription."""
        services.remove_subscription(subscription_id=row_id, by=self.by, check=check)

    @extend_schema(request=StrictSerializer, responses=SubscriptionSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Give a webhook a new secret; the former one stays valid for 24 hours, or until the next rotation."""
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        kept = services.rotate_secret(subscription_id=self.row_id, now=self.now, by=self.by, check=self.check())
        return self.respond(self._keep(kept))

    @extend_schema(request=StrictSerializer, responses=TrialSerializer)
    @action(detail=True, methods=["post"])
    def test(self, request: Request, pk: str) -> Response:
        """Send a message at once that says it is a test; answer what it came to."""
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        subscription = services.writable_subscription(self.row_id, self.by)
        return Response(TrialSerializer().to_representation(send_test(subscription, now=self.now)))

    def respond_once(
        self, handler: Callable[..., Response], request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Respond to a POST that carries an `Idempotency-Key`: a test is sent each time, outside any transaction."""
        if self.action == "test":
            checked_key(request)
            return handler(request, *args, **kwargs)
        return super().respond_once(handler, request, *args, **kwargs)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Show a new secret, after the answer was stored for its `Idempotency-Key`, where no secret may stand."""
        if self._new_secret and response.status_code < 300 and "Idempotent-Replayed" not in response:
            response.data = {**response.data, "secret": self._new_secret}
        return super().finalize_response(request, response, *args, **kwargs)

    def _keep(self, kept: services.KeptSubscription) -> Subscription:
        self._new_secret = kept.secret
        return kept.subscription
