"""Alerts over REST."""

from functools import partial
from typing import ClassVar

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alerts.models import Alert, AlertKind, AlertState
from alerts.models.alerts import PERIOD_NAMES
from alerts.services.muting import mute_alert, unmute_alert
from brands.api.history import HistoryMixin
from budget_system.api.fields import StrictDateField, StrictUUIDField
from budget_system.api.filters import ParameterFilter, by_choice, by_instant, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.serializers import NoteSerializer, StrictSerializer
from budget_system.api.viewsets import Representation

STATES = [state.value for state in AlertState]


@extend_schema_field({"type": "string", "enum": [name for name in PERIOD_NAMES.values() if name]})
class PeriodField(serializers.CharField):
    """The period of a budget, in a word."""


class AlertSerializer(StrictSerializer):
    """An alert as JSON."""

    id = StrictUUIDField(read_only=True)
    kind = serializers.ChoiceField(choices=AlertKind.choices, read_only=True)
    brand = StrictUUIDField(source="brand_id", read_only=True)
    campaign = StrictUUIDField(source="campaign_id", read_only=True, allow_null=True, help_text="null: of the brand.")
    period = PeriodField(
        source="period_name", read_only=True, allow_null=True, help_text="Of a budget; null where it is about none."
    )
    start = StrictDateField(read_only=True, allow_null=True, help_text="The first day of the period.")
    threshold = serializers.IntegerField(read_only=True, allow_null=True, help_text="Percent of the budget.")
    state = serializers.ChoiceField(choices=STATES, read_only=True)
    at = serializers.DateTimeField(read_only=True)
    resolved_at = serializers.DateTimeField(read_only=True, allow_null=True)
    figures = serializers.DictField(read_only=True, help_text="The figures behind it; amounts are texts.")
    message = serializers.CharField(read_only=True)
    muted_until_change = serializers.BooleanField(read_only=True, help_text="Changed by mute/ only.")


def _in_state(state: str) -> Q:
    return Q(resolved_at__isnull=state == AlertState.OPEN)


class AlertFilters(FilterSet):
    """The parameters of the list."""

    filters: ClassVar = {
        "brand": by_uuid("brand_id"),
        "campaign": by_uuid("campaign_id"),
        "kind": by_choice("kind", AlertKind.values),
        "state": ParameterFilter(by_choice("", STATES).parse, _in_state, {"type": "string", "enum": STATES}),
        "after": by_instant("at__gte", "From this instant on."),
        "before": by_instant("at__lte", "Up to this instant."),
    }
    ordering: ClassVar = {"at": "at"}
    default_ordering: ClassVar = ("-at", "-id")


class AlertViewSet(HistoryMixin[Alert]):
    """What concerns people: a budget that is used up to some part, a campaign without spend, a report that failed."""

    queryset = Alert.objects.all()
    serializer_class = AlertSerializer
    filterset_class = AlertFilters

    def rows(self) -> QuerySet[Alert]:
        """Read alerts; an archived brand's are not listed."""
        return Alert.objects.listed()

    def owner_of(self, shown: Representation) -> str:
        """Return the id of an alert's brand."""
        return str(shown["brand"])

    @extend_schema(request=NoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def mute(self, request: Request, pk: str) -> Response:
        """Send nothing more of the alert until it ends."""
        return self.carry_out(partial(mute_alert, alert_id=self.row_id), request)

    @extend_schema(request=NoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def unmute(self, request: Request, pk: str) -> Response:
        """Send messages of the alert again."""
        return self.carry_out(partial(unmute_alert, alert_id=self.row_id), request)
