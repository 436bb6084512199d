"""Subscriptions over REST: who is told of alerts."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.api.subscription_json import CHANNELS, SubscriptionSerializer, TrialSerializer
from alerts.channels.trial import send_test
from alerts.models import Subscription
from alerts.services import subscriptions as services
from alerts.services.subscribers import named_brands, visible_subscriptions, writable_subscriptions
from alerts.services.subscription_values import SubscriptionValues
from brands.models import Brand
from budget_system.api.etags import Check
from budget_system.api.filters import ParameterFilter, by_choice, by_flag
from budget_system.api.filtersets import FilterSet
from budget_system.api.idempotency import checked_key
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import Representation, ServiceViewSet
from budget_system.core import validation as inputs


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
        values = cast(SubscriptionValues, serializer.validated_data)
        return self._keep(services.create_subscription(values=values, now=self.now, by=self.by))

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Subscription:
        """Change a subscription."""
        values = cast(SubscriptionValues, serializer.validated_data)
        return services.change_subscription(
            subscription_id=row_id, values=values, now=self.now, by=self.by, check=check
        )

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Delete a subscription."""
        services.remove_subscription(subscription_id=row_id, by=self.by, check=check)

    @extend_schema(request=StrictSerializer, responses=SubscriptionSerializer)
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Replace a webhook's secret; the former one stays valid for 24 hours, or until the next rotation."""
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
