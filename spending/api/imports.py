"""The imports of reports over REST, read-only."""

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from budget_system.api.fields import AmountField, StrictUUIDField
from budget_system.api.filters import by_choice, by_code, by_instant, by_search, by_uuid
from budget_system.api.filtersets import FilterSet
from budget_system.api.serializers import StrictSerializer
from budget_system.api.viewsets import ServiceViewSet
from campaigns.models import Platform
from spending.models import Import


class BadLineSerializer(serializers.Serializer[object]):
    """A line of a report that was not booked."""

    line = serializers.IntegerField()
    cell = serializers.CharField()
    reason = serializers.CharField()


class ImportSerializer(StrictSerializer):
    """An import as JSON."""

    id = StrictUUIDField(read_only=True)
    brand = StrictUUIDField(source="brand_id", read_only=True)
    platform = serializers.ChoiceField(choices=Platform.choices, read_only=True)
    file_name = serializers.CharField(read_only=True)
    sha256 = serializers.CharField(read_only=True)
    unit = serializers.CharField(read_only=True, help_text="What the costs were in: units or micros.")
    at = serializers.DateTimeField(read_only=True)
    by = serializers.CharField(read_only=True)
    state = serializers.CharField(read_only=True, help_text="done, unfinished, half undone or undone.")
    finished_at = serializers.DateTimeField(read_only=True, help_text="null: ended in the middle; start it again.")
    undo_began_at = serializers.DateTimeField(read_only=True)
    undone_at = serializers.DateTimeField(read_only=True)
    undone_by = serializers.CharField(read_only=True)
    rows = serializers.IntegerField(read_only=True)
    bad_lines = serializers.IntegerField(read_only=True)
    first_bad_lines = serializers.SerializerMethodField()
    days = serializers.IntegerField(read_only=True, help_text="Campaign-days that were taken in.")
    created = serializers.IntegerField(read_only=True)
    replaced = serializers.IntegerField(read_only=True)
    voided = serializers.IntegerField(read_only=True)
    unchanged = serializers.IntegerField(read_only=True)
    campaigns_created = serializers.IntegerField(read_only=True)
    money_in = serializers.CharField(read_only=True, help_text="Exactly: money_booked + rounding.")
    money_booked = AmountField(read_only=True)
    rounding = serializers.CharField(read_only=True)

    @extend_schema_field(BadLineSerializer(many=True))
    def get_first_bad_lines(self, report: Import) -> list[dict[str, object]]:
        """Return the first bad lines."""
        return [{"line": line, "cell": cell, "reason": reason} for line, cell, reason in report.first_bad_lines]


class ImportFilters(FilterSet):
    """The parameters of the list."""

    filters: ClassVar = {
        "brand": by_uuid("brand_id"),
        "platform": by_choice("platform", Platform.values),
        "sha256": by_code("sha256"),
        "after": by_instant("at__gte", "From this instant on."),
        "before": by_instant("at__lte", "Up to this instant."),
        "search": by_search("file_name"),
    }
    ordering: ClassVar = {"at": "at"}
    default_ordering: ClassVar = ("-at", "-id")


class ImportViewSet(ServiceViewSet[Import]):
    """Reports that were imported: what each came to. Importing and undoing is done by `import_spends`."""

    queryset = Import.objects.all()
    serializer_class = ImportSerializer
    filterset_class = ImportFilters
    http_method_names = ["get", "head", "options"]  # noqa: RUF012  # the base declares it of an instance

    def rows(self) -> QuerySet[Import]:
        """Read imports; an archived brand's are not listed."""
        return Import.objects.listed()

    @extend_schema(responses=ImportSerializer)
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read one import."""
        return Response(self.represent([self.get_object()])[0])
