"""Fields that show figures calculated for many rows at once, and never written."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Model
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


class CalculatedField(serializers.Field[object, object, object, object]):
    """The attribute of its own name of the row's entry in the serializer's `figures`.

    Without figures it shows `null`: a tag must not change with them, and a form of the browsable API needs none.
    """

    def __init__(self, *, allow_null: bool = False, help_text: str | None = None) -> None:
        super().__init__(read_only=True, source="*", allow_null=allow_null, help_text=help_text)

    def to_representation(self, value: object) -> object:
        """Return the value as JSON shows it."""
        figures: Mapping[UUID, object] = self.context.get("figures", {})
        figure = getattr(figures[value.pk], str(self.field_name)) if figures and isinstance(value, Model) else None
        if isinstance(figure, Decimal):
            return f"{figure:.2f}"
        if isinstance(figure, datetime):
            return figure.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return figure


@extend_schema_field({"type": "string", "pattern": r"^\d+\.\d{2}$", "example": "150.00"})
class SpentField(CalculatedField):
    """What has been spent."""


@extend_schema_field({"type": "string", "pattern": r"^-?\d+\.\d{2}$", "example": "50.00"})
class LeftField(CalculatedField):
    """What is left of a budget: negative is an overshoot, `null` means that there is no limit."""

    def __init__(self) -> None:
        super().__init__(allow_null=True, help_text="Negative: overshoot. null: no limit.")


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(CalculatedField):
    """An instant, or `null`."""
