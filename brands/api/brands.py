"""Brands over REST."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from brands import services
from brands.api.history import HistoryMixin
from brands.api.thresholds import ThresholdsField
from brands.models import Brand
from brands.models.brands import LEAST_FIGURES_AGE, MOST_FIGURES_AGE
from budget_system.api import json_schema
from budget_system.api.downloads import file_response
from budget_system.api.etags import Check
from budget_system.api.fields import (
    WHOLE_AMOUNT_HELP,
    AmountField,
    CurrencyField,
    NameField,
    StrictIntegerField,
    StrictUUIDField,
    TimeZoneField,
)
from budget_system.api.figure_fields import LeftField, SpentField
from budget_system.api.filters import ParameterFilter, by_flag, by_search
from budget_system.api.filtersets import FilterSet
from budget_system.api.pagination import LinkPagination, check_page
from budget_system.api.serializers import NoteSerializer, StrictSerializer
from budget_system.api.viewsets import Representation
from budget_system.core.validation import clean_currency, clean_timezone
from delivery.api.brands import DeliverySwitchMixin
from spending.api.pacing import PacingMixin
from spending.reports.exports import month_table
from spending.reports.figures import brand_figures
from spending.reports.months import months_of
from spending.reports.pacing.owners import OwnerPacing, brand_pacing


class BrandSerializer(StrictSerializer):
    """A brand as JSON."""

    id = StrictUUIDField(read_only=True)
    name = NameField(initial="", help_text="Unique without regard to case.")
    daily_budget = AmountField(
        allow_null=True, help_text=f"null: no limit. 0.00: nothing may be spent. {WHOLE_AMOUNT_HELP}"
    )
    monthly_budget = AmountField(
        allow_null=True, help_text=f"null: no limit. 0.00: nothing may be spent. {WHOLE_AMOUNT_HELP}"
    )
    timezone = TimeZoneField(required=False, initial="UTC", help_text="Its midnight begins the day.")
    currency = CurrencyField(required=False, initial="USD", help_text="ISO 4217, of two decimals or none.")
    alert_thresholds = ThresholdsField(
        required=False, help_text="At which percents of its budgets, and of its campaigns' caps, people are alerted."
    )
    figures_max_age_hours = StrictIntegerField(
        least=LEAST_FIGURES_AGE,
        most=MOST_FIGURES_AGE,
        required=False,
        help_text="How old the costs of a connected account may be: nothing is switched on by older ones.",
    )
    is_held = serializers.BooleanField(read_only=True, help_text="Changed by hold/ and release/ only.")
    daily_spend = SpentField()
    monthly_spend = SpentField()
    daily_left = LeftField()
    monthly_left = LeftField()
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


@extend_schema_field({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$", "example": "2026-03"})
class MonthField(serializers.DateField):
    """A month, `YYYY-MM`."""


class MonthSerializer(StrictSerializer):
    """One month of a brand as JSON."""

    brand = StrictUUIDField(source="brand.pk", read_only=True)
    name = serializers.CharField(source="brand.name", read_only=True)
    currency = serializers.CharField(source="brand.currency", read_only=True)
    month = MonthField(format="%Y-%m", read_only=True)
    budget = AmountField(
        read_only=True, allow_null=True, help_text="In force when the month ended, or now. null: no limit."
    )
    spent = AmountField(read_only=True)
    overshoot = AmountField(read_only=True)
    days_paused = serializers.IntegerField(read_only=True)


class BrandFilters(FilterSet):
    """The parameters of the list of brands."""

    filters: ClassVar = {
        "is_held": by_flag("is_held"),
        "currency": ParameterFilter(clean_currency, "currency", json_schema.CURRENCY, "ISO 4217, in any case."),
        "timezone": ParameterFilter(clean_timezone, "timezone", json_schema.TIME_ZONE, "IANA name."),
        "search": by_search(folded=["search_key"]),
    }
    ordering: ClassVar = {
        "name": "name_key",
        "daily_budget": "daily_budget",
        "monthly_budget": "monthly_budget",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering: ClassVar = ("name_key", "id")


class BrandViewSet(HistoryMixin[Brand], PacingMixin[Brand], DeliverySwitchMixin[Brand]):
    """Clients of the agency, with the budgets that their campaigns share."""

    queryset = Brand.objects.all()
    serializer_class = BrandSerializer
    filterset_class = BrandFilters
    listing_actions: ClassVar = frozenset({"list", "months", "history"})
    file_actions: ClassVar = frozenset({"months"})

    def rows(self) -> QuerySet[Brand]:
        """Read brands that are not archived."""
        brands: QuerySet[Brand] = Brand.objects.all()
        return brands

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still do what was done; a role in the new brand does not create it."""
        return self.by.access.administrator if self.action == "create" else super().may_repeat(owners)

    def owner_of(self, shown: Representation) -> str:
        """Return the brand's own id; what was switched of its campaigns names it too."""
        return str(shown.get("brand", shown.get("id")))

    def context_of(self, rows: Sequence[Brand]) -> dict[str, object]:
        """Read what the brands have spent."""
        return {"figures": brand_figures(rows, now=self.now)}

    def pacing_of(self, row: Brand) -> OwnerPacing:
        """Return how the budgets of the brand are being spent."""
        return brand_pacing([row], now=self.now)[row.pk]

    @extend_schema(responses=MonthSerializer(many=True))
    @action(detail=False)
    def months(self, request: Request) -> Response | StreamingHttpResponse:
        """List the brands' months: budget, spent, overshoot, and days on which a budget kept something paused."""
        brands = self.filter_queryset(self.get_queryset())
        if self.file_kind is not None:
            check_page(request)
            return file_response(month_table(brands, now=self.now), self.file_kind)
        pages = LinkPagination()
        shown = pages.paginate_queryset(brands, request, self)
        months = months_of(shown, now=self.now)
        return pages.get_paginated_response(MonthSerializer.represent(months))

    def create_row(self, serializer: StrictSerializer) -> Brand:
        """Create a brand."""
        values = cast(services.BrandValues, serializer.validated_data)
        return services.create_brand(values=values, now=self.now, by=self.by)

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Brand:
        """Change a brand."""
        values = cast(services.BrandValues, serializer.validated_data)
        return services.change_brand(brand_id=row_id, values=values, now=self.now, by=self.by, check=check)

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Remove a brand; one that has spends is archived."""
        services.remove_brand(brand_id=row_id, now=self.now, by=self.by, check=check)

    @extend_schema(request=NoteSerializer, responses=BrandSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Pause all campaigns of the brand until it is released."""
        return self.carry_out(partial(services.hold_brand, brand_id=self.row_id), request)

    @extend_schema(request=NoteSerializer, responses=BrandSerializer)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Release the brand; every campaign is as a person had left it."""
        return self.carry_out(partial(services.release_brand, brand_id=self.row_id), request)
