"""The ledger over REST."""

from collections.abc import Collection, Sequence
from typing import Any, ClassVar, Final, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from brands.api.history import HistoryMixin
from budget_system.api import schema
from budget_system.api.bulk import rows_of
from budget_system.api.etags import Check
from budget_system.api.fields import (
    WHOLE_AMOUNT_HELP,
    AmountField,
    CodeField,
    StrictChoiceField,
    StrictDateField,
    StrictUUIDField,
    TextField,
)
from budget_system.api.filters import by_choice, by_code, by_date, by_search, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import Representation, Representations, ServiceViewSet
from budget_system.core.errors import ServiceError
from budget_system.core.tags import tag_of
from budget_system.exports.tables import Table
from budget_system.web.body_limits import MAX_BODY, MAX_BULK_BODY
from campaigns.models import brands_of_campaigns
from spending.ledger.entries import BookingResult, SpendValues
from spending.models import Spend, SpendType
from spending.recording import bulk, services
from spending.recording.bulk import Errors
from spending.reports.exports import spend_table

MAX_ROWS: Final = 1_000

RESULTS = [(result.value, result.value) for result in BookingResult]


class SpendSerializer(StrictSerializer):
    """A ledger entry as JSON."""

    id = StrictUUIDField(read_only=True)
    campaign = StrictUUIDField(source="campaign_id")
    amount = AmountField(help_text=f"0.00, POSTed with a known external_id, voids that entry. {WHOLE_AMOUNT_HELP}")
    spend_date = StrictDateField(required=False, help_text="The brand's date; left out, its today.")
    spend_type = StrictChoiceField(
        choices=SpendType.choices, required=False, help_text="MONTHLY counts in its month only."
    )
    description = TextField(required=False, initial="")
    external_id = CodeField(required=False, initial="", help_text="Sent again, it replaces. Empty: none.")
    created_at = serializers.DateTimeField(read_only=True)
    updated_at = serializers.DateTimeField(read_only=True)


class BulkResultSerializer(StrictSerializer):
    """What became of one row of many."""

    result = serializers.ChoiceField(choices=RESULTS)
    spend = SpendSerializer()


class SpendFilters(FilterSet):
    """The parameters of the ledger's list."""

    filters: ClassVar = {
        "brand": by_uuid("campaign__brand_id"),
        "campaign": by_uuid("campaign_id"),
        "spend_type": by_choice("spend_type", SpendType.values),
        "spend_date": by_date("spend_date"),
        "spend_date_after": by_date("spend_date__gte", "From this date on."),
        "spend_date_before": by_date("spend_date__lte", "Up to this date."),
        "external_id": by_code("external_id", "Empty: entries without one."),
        "search": by_search("description", "external_id", folded=["campaign__search_key"]),
    }
    ordering: ClassVar = {
        "spend_date": "spend_date",
        "amount": "amount",
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    default_ordering: ClassVar = ("-spend_date", "-id")


class SpendViewSet(HistoryMixin[Spend], ServiceViewSet[Spend]):
    """What was spent. An entry is never refused because a budget is gone."""

    queryset = Spend.objects.all()
    serializer_class = SpendSerializer
    filterset_class = SpendFilters

    file_actions: ClassVar = frozenset({"list"})

    def table(self, rows: QuerySet[Spend]) -> Table:
        """Return the ledger."""
        return spend_table(rows)

    def rows(self) -> QuerySet[Spend]:
        """Read the ledger; archived campaigns' entries stay in it, archived brands' do not."""
        return Spend.objects.listed()

    def owner_of(self, shown: Representation) -> str:
        """Return the id of an entry's campaign; in a bulk answer each entry stands beside what became of it."""
        return str(shown.get("spend", shown)["campaign"])

    def brands_of(self, owners: Collection[UUID]) -> Collection[UUID]:
        """Return the brands of the entries' campaigns."""
        return brands_of_campaigns(owners)

    @extend_schema(
        responses={
            201: SpendSerializer,
            200: OpenApiResponse(SpendSerializer, description="An entry of the same `external_id` replaced or voided."),
        }
    )
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Book a spend, or restate the one that has its `external_id`."""
        values = rows_of(SpendSerializer).read_one(request.data)
        recorded = services.record(**cast(dict[str, Any], values), now=self.now, by=self.by)
        if recorded.result == BookingResult.VOIDED:
            return Response(self.represent([recorded.spend])[0])
        if recorded.result == BookingResult.CREATED:
            return self.respond(recorded.spend, status=201, headers={"Location": self.address(recorded.spend)})
        return self.respond(recorded.spend)

    @extend_schema(
        request=SpendSerializer(many=True),
        responses={
            200: BulkResultSerializer(many=True),
            400: OpenApiResponse(
                {"$ref": "#/components/schemas/RowFaults"}, description="The errors of the bad rows, by their index."
            ),
        },
        extensions={schema.MAX_ROWS_EXTENSION: MAX_ROWS},
    )
    @action(detail=False, methods=["post"])
    def bulk(self, request: Request) -> Response:
        """Book 1 to 1,000 rows, all or none, as if they were sent one after the other."""
        rows, faults = self._read_rows(request.data)
        try:
            recorded = bulk.record_many(rows=rows, now=self.now, by=self.by)
        except bulk.RowsRefused as refused:
            faults = refused.errors | faults
        except ServiceError:
            if not faults:  # what cannot be read is told first
                raise
        if faults:
            return Response({str(place): faults[place] for place in sorted(faults)}, status=400)
        spends = rows_of(SpendSerializer).show([one.spend for one in recorded])
        return Response([{"result": one.result, "spend": spend} for one, spend in zip(recorded, spends, strict=True)])

    def represent(self, rows: Sequence[Spend]) -> Representations:
        """Return entries as JSON shows them."""
        return cast(Representations, rows_of(SpendSerializer).show(rows))

    def tag(self, row: Spend, shown: Representation) -> str:
        """Return an entry's tag: nothing that is shown of it is calculated."""
        return tag_of(shown)

    def _read_rows(self, data: object) -> tuple[list[SpendValues | None], Errors]:
        if not isinstance(data, list) or not 1 <= len(data) <= MAX_ROWS:
            raise ValidationError(f"Send an array of 1 to {MAX_ROWS:,} spends.")
        rows, faults = rows_of(SpendSerializer).read(data)
        return cast(list[SpendValues | None], rows), faults

    @property
    def max_body(self) -> int:
        """Allow a larger body where many rows are sent."""
        return MAX_BULK_BODY if self.action == "bulk" else MAX_BODY

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> Spend:
        """Correct an entry."""
        values = cast(SpendValues, serializer.validated_data)
        return services.change_spend(spend_id=row_id, values=values, now=self.now, by=self.by, check=check)

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Take an entry out of the ledger."""
        services.remove_spend(spend_id=row_id, now=self.now, by=self.by, check=check)
