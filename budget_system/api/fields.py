"""Serializer fields on top of `budget_system.core.validation`: what they accept is decided only there."""

from collections.abc import Collection
from datetime import date, time
from decimal import Decimal
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.drainage import set_override
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from budget_system.api import json_schema
from budget_system.core import validation as inputs

_Value = TypeVar("_Value")

WHOLE_AMOUNT_HELP: Final = "Whole where the brand's currency has no decimals, as JPY."
"""What no schema can say of an amount, because the brand stands elsewhere."""


class InputField(serializers.Field[_Value, object, object, object], Generic[_Value]):
    """A field whose value one function reads and another shows."""

    def parse(self, data: object) -> _Value:
        """Read what was sent; a refusal is Django's `ValidationError`."""
        raise NotImplementedError

    def show(self, value: _Value) -> object:
        """Return the value as JSON shows it."""
        return value

    def to_internal_value(self, data: object) -> _Value:
        """Read what was sent; a refusal becomes the serializer's own."""
        try:
            return self.parse(data)
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code or "invalid") from error

    def to_representation(self, value: _Value) -> object:
        """Return the value as JSON shows it."""
        return self.show(value)


class AmountField(InputField[Decimal]):
    """An amount of money, shown with two decimals whatever its currency has.

    `budget_system.api.schema` describes what is accepted and what is shown; whether it fits the brand's currency is
    checked by the service, which knows the brand.
    """

    def parse(self, data: object) -> Decimal:
        """Read a plain decimal."""
        return inputs.parse_amount(data)

    def show(self, value: Decimal) -> str:
        """Return the amount with two decimals."""
        return f"{value:.2f}"


@extend_schema_field(json_schema.NAME)
class NameField(InputField[str]):
    """A name, in its normal form."""

    def parse(self, data: object) -> str:
        """Read a name."""
        return inputs.clean_name(data)


@extend_schema_field(json_schema.TEXT)
class TextField(InputField[str]):
    """A description or note: it may be empty and hold line breaks."""

    def parse(self, data: object) -> str:
        """Read a text."""
        return inputs.clean_text(data)


@extend_schema_field(json_schema.CODE)
class CodeField(InputField[str]):
    """An id from another system, taken as sent; empty where there is none."""

    def parse(self, data: object) -> str:
        """Read an id."""
        return inputs.clean_code(data, blank=True)


@extend_schema_field(json_schema.CURRENCY)
class CurrencyField(InputField[str]):
    """An ISO 4217 code, in any case."""

    def parse(self, data: object) -> str:
        """Read a currency; its capitals are kept."""
        return inputs.clean_currency(data)


@extend_schema_field(json_schema.TIME_ZONE)
class TimeZoneField(InputField[str]):
    """The IANA name of a time zone."""

    def parse(self, data: object) -> str:
        """Read a name, spelled exactly."""
        return inputs.clean_timezone(data)


class StrictChoiceField(serializers.ChoiceField):
    """One of the choices, spelled exactly; the stock field accepts numbers and booleans for texts."""

    def to_internal_value(self, data: object) -> str:
        """Read a choice."""
        try:
            return inputs.clean_choice(data, self._known())
        except DjangoValidationError as error:
            raise serializers.ValidationError(error.messages, code=error.code or "invalid_choice") from error

    def _known(self) -> Collection[str]:
        return [*self.choices, *([""] if self.allow_blank and "" not in self.choices else [])]


@extend_schema_field(OpenApiTypes.BOOL)
class StrictBooleanField(InputField[bool]):
    """`true` or `false`, nothing that merely looks like it."""

    def parse(self, data: object) -> bool:
        """Read a truth value."""
        if not isinstance(data, bool):
            raise DjangoValidationError(f"“{inputs.excerpt(data)}” is not a truth value; send true or false.")
        return data


class StrictIntegerField(InputField[int]):
    """A JSON integer between two bounds."""

    def __init__(self, *, least: int, most: int, required: bool = True, help_text: str | None = None) -> None:
        self.least, self.most = least, most
        super().__init__(required=required, help_text=help_text)
        set_override(self, "field", {"type": "integer", "minimum": least, "maximum": most})

    def parse(self, data: object) -> int:
        """Read a whole number."""
        return inputs.clean_whole(data, least=self.least, most=self.most)


@extend_schema_field(OpenApiTypes.DATE)
class StrictDateField(InputField[date]):
    """A date, `YYYY-MM-DD`."""

    def parse(self, data: object) -> date:
        """Read a date."""
        return inputs.parse_date(data)

    def show(self, value: date) -> str:
        """Return `YYYY-MM-DD`."""
        return value.isoformat()


class StrictTimeField(InputField[time]):
    """A time of day on a wall clock; where a window may end so, `24:00` is taken too."""

    def __init__(self, *, end_of_day: bool = False, help_text: str | None = None) -> None:
        self.end_of_day = end_of_day
        super().__init__(help_text=help_text)
        set_override(self, "field", json_schema.END_TIME if end_of_day else json_schema.TIME)

    def parse(self, data: object) -> time:
        """Read a time."""
        return inputs.parse_time(data, end_of_day=self.end_of_day)

    def show(self, value: time) -> str:
        """Return `HH:MM:SS`."""
        return f"{value:%H:%M:%S}"


@extend_schema_field(OpenApiTypes.UUID)
class StrictUUIDField(InputField[UUID]):
    """A UUID in its usual form."""

    def parse(self, data: object) -> UUID:
        """Read a UUID."""
        return inputs.parse_uuid(data)

    def show(self, value: UUID) -> str:
        """Return lower case with hyphens."""
        return str(value)
