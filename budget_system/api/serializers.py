"""The base of the API's serializers: they check and translate types; rules that need a row belong to the services."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any, ClassVar

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from budget_system.api.fields import TextField
from budget_system.core.validation import excerpt


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses unknown fields.

    A mistyped `timezon` must not be ignored. Read-only fields may be sent, and are ignored, so that what was read can
    be sent back.
    """

    default_error_messages: ClassVar = {
        "invalid": 'This is no object; send the fields in one, as in {{"name": "value"}}.',
    }

    @classmethod
    def represent(cls, rows: Iterable[object]) -> list[dict[str, object]]:
        """Return many as JSON, by one serializer: its fields are copied for each that is made, which costs the most."""
        serializer = cls()
        return [dict(serializer.to_representation(row)) for row in rows]

    def to_internal_value(self, data: object) -> dict[str, object]:
        """Check every field, and that there are no others; report all faults at once."""
        unknown = self._unknown(data) if isinstance(data, Mapping) else {}
        try:
            values: dict[str, object] = super().to_internal_value(data)
        except ValidationError as error:
            if unknown and isinstance(error.detail, dict):
                raise ValidationError({**error.detail, **unknown}) from error
            raise
        if unknown:
            raise ValidationError(unknown)
        return values

    def _unknown(self, data: Mapping[str, object]) -> dict[str, list[str]]:
        names = [name for name in data if name not in self.fields]
        return {excerpt(name): [self._refusal(name)] for name in names[:20]}

    def _refusal(self, name: str) -> str:
        near = get_close_matches(name[:60], self.fields, n=1)
        hint = f" Did you mean “{near[0]}”?" if near else f" Fields: {', '.join(self.fields)}."
        return f"There is no field “{excerpt(name)}”.{hint}"


class NoteSerializer(StrictSerializer):
    """What may be sent with an order."""

    note = TextField(required=False, help_text="Why; kept with the order.")
