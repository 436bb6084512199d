"""Pacing over REST: of one brand or campaign, and of all of one's brands, as a list or a file."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import ClassVar, Final, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import FileResponse, StreamingHttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSetMixin

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.api.downloads import file_response
from budget_system.api.fields import AmountField, InputField, StrictDateField, StrictUUIDField
from budget_system.api.filters import ParameterFilter, by_choice, by_uuid
from budget_system.api.filtersets import FilterSet, StrictFilterBackend
from budget_system.api.pagination import LinkPagination, check_page
from budget_system.api.serializers import StrictSerializer
from budget_system.api.views import StrictView
from budget_system.api.viewsets import ServiceViewSet
from campaigns.pacing import PacingState
from spending.reports.pacing.brands import brands_in_state, pacing_table
from spending.reports.pacing.owners import PERIODS, OwnerPacing, brand_pacing

_M = TypeVar("_M", bound=Model)
PERCENT: Final = {"type": "string", "pattern": r"^\d+\.\d$", "example": "53.2"}
MONEY: Final = {"type": "string", "pattern": r"^\d+\.\d{2}$", "example": "150.00"}


@extend_schema_field(PERCENT)
class PercentField(InputField[Decimal]):
    """A share in percent, with one decimal."""

    def show(self, value: Decimal) -> str:
        """Return the percent as text."""
        return str(value)


@extend_schema_field(MONEY)
class FigureField(AmountField):
    """An amount that is calculated, and may be larger than one that is sent."""


class PeriodPacingSerializer(StrictSerializer):
    """How a day or month is going, as JSON; what does not apply is `null`."""

    start = StrictDateField(read_only=True, help_text="The first day, on the brand's calendar.")
    end = StrictDateField(read_only=True, help_text="The last day, included.")
    spent = FigureField(read_only=True)
    budget = FigureField(read_only=True, allow_null=True, help_text="null: no limit.")
    elapsed = PercentField(
        source="pacing.elapsed", read_only=True, allow_null=True, help_text="Of the scheduled time, in percent."
    )
    expected = FigureField(
        source="pacing.expected", read_only=True, allow_null=True, help_text="What should be spent by now."
    )
    pace = PercentField(
        source="pacing.pace", read_only=True, allow_null=True, help_text="Spent, in percent of what is expected."
    )
    projected_linear = FigureField(
        source="pacing.projected_linear", read_only=True, allow_null=True, help_text="At the rate of the whole period."
    )
    projected_run_rate = FigureField(
        source="pacing.projected_run_rate",
        read_only=True,
        allow_null=True,
        help_text="At that of the last 7 full days.",
    )
    recommended_daily = FigureField(
        source="pacing.recommended_daily", read_only=True, allow_null=True, help_text="For each day left of the month."
    )
    runs_out_at = serializers.DateTimeField(
        source="pacing.runs_out_at", read_only=True, allow_null=True, help_text="At the rate of the whole period."
    )
    state = serializers.ChoiceField(source="pacing.state", choices=PacingState.choices, read_only=True)


class PacingSerializer(StrictSerializer):
    """How a brand's or campaign's day and month are going, as JSON."""

    at = serializers.DateTimeField(read_only=True)
    timezone = serializers.CharField(read_only=True)
    currency = serializers.CharField(read_only=True)
    day = PeriodPacingSerializer(read_only=True)
    month = PeriodPacingSerializer(read_only=True)


class BrandPacingSerializer(StrictSerializer):
    """A brand's row of the list of pacing, as JSON."""

    brand = StrictUUIDField(read_only=True)
    name = serializers.CharField(read_only=True)
    at = serializers.DateTimeField(read_only=True)
    timezone = serializers.CharField(read_only=True)
    currency = serializers.CharField(read_only=True)
    day = PeriodPacingSerializer(read_only=True, allow_null=True, help_text="null where `period` asks for the month.")
    month = PeriodPacingSerializer(read_only=True, allow_null=True, help_text="null where `period` asks for the day.")


def _narrows_nothing(value: str) -> Q:
    """Return no condition: what the parameter says is calculated, not stored."""
    return Q()


class PacingFilters(FilterSet):
    """The parameters of the list of pacing."""

    filters: ClassVar = {
        "brand": by_uuid("pk"),
        "state": ParameterFilter(
            by_choice("", PacingState.values).parse,
            _narrows_nothing,
            {"type": "string", "enum": PacingState.values},
            "Brands whose day or month is in this state; with `period`, those of which that one is.",
        ),
        "period": ParameterFilter(
            by_choice("", PERIODS).parse,
            _narrows_nothing,
            {"type": "string", "enum": list(PERIODS)},
            "Shows and asks only one of the two; the other is null.",
        ),
    }
    ordering: ClassVar = {"name": "name_key"}
    default_ordering: ClassVar = ("name_key", "id")


class PacingMixin(ServiceViewSet[_M]):
    """Rows that have budgets, and so a pace."""

    def pacing_of(self, row: _M) -> OwnerPacing:
        """Return how the row's day and month are going."""
        raise NotImplementedError

    @extend_schema(responses=PacingSerializer)
    @action(detail=True)
    def pacing(self, request: Request, pk: str) -> Response:
        """Read how its day and its month are going, now."""
        return Response(PacingSerializer().to_representation(self.pacing_of(self.get_object())))


class PacingViewSet(ViewSetMixin, StrictView[Brand]):
    """How all of one's brands are going, a row each."""

    queryset = Brand.objects.all()
    serializer_class = BrandPacingSerializer
    filterset_class = PacingFilters
    filter_backends = (StrictFilterBackend,)
    pagination_class = LinkPagination
    file_actions: ClassVar = frozenset({"list"})

    def get_queryset(self) -> QuerySet[Brand]:
        """Return the brands that the caller may see."""
        return visible_rows(Brand.objects.all(), self.by.access)

    def list(
        self, request: Request, *args: object, **kwargs: object
    ) -> Response | StreamingHttpResponse | FileResponse:
        """List brands with the pacing of their day and month, a page at a time; or all of them as a file."""
        brands = self.filter_queryset(self.get_queryset())
        state, period = request.query_params.get("state"), request.query_params.get("period")
        periods = PERIODS if period is None else (period,)
        if self.file_kind is not None:
            check_page(request)
        if state is not None:
            brands = brands.filter(pk__in=brands_in_state(brands, PacingState(state), periods, now=self.now))
        if self.file_kind is not None:
            return file_response(pacing_table(brands, periods, now=self.now), self.file_kind)
        page: Sequence[Brand] = self.paginate_queryset(brands) or []
        paces = brand_pacing(page, now=self.now)
        rows = BrandPacingSerializer.represent(_row(brand, paces[brand.pk], periods) for brand in page)
        return self.get_paginated_response(rows)


def _row(brand: Brand, pacing: OwnerPacing, periods: Sequence[str]) -> Mapping[str, object]:
    return {
        "brand": brand.pk,
        "name": brand.name,
        "at": pacing.at,
        "timezone": pacing.timezone,
        "currency": pacing.currency,
        **{name: pacing.periods[name] if name in periods else None for name in PERIODS},
    }
