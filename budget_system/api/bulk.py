"""Many rows of one kind in one body: read and shown by their serializer's fields, not by one serializer for each row.

Each field is asked once what it accepts and how it shows it; an accepted row gives what the serializer would give. A
row that is not accepted goes to a serializer of its own, whose errors are returned: they are those of a single row.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import repeat
from operator import attrgetter
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from budget_system.api.fields import InputField
from budget_system.api.serializers import StrictSerializer

Values = dict[str, object]


class _Column(NamedTuple):
    source: str
    clean: Callable[[object], object]
    seen: dict[str, object]
    """What a text was read as: campaigns, dates and amounts come again and again."""


class _Shown(dict[object, object]):
    """How a column shows its values, each calculated once."""

    def __init__(self, show: Callable[[Any], object]) -> None:
        super().__init__({None: None})
        self._show = show

    def __missing__(self, value: object) -> object:
        self[value] = shown = self._show(value)
        return shown


class BulkRows:
    """Reads and shows rows as a serializer does that checks nothing but its fields."""

    def __init__(self, serializer_class: type[StrictSerializer]) -> None:
        serializer = serializer_class()
        self._serializer_class = serializer_class
        taken = {name: field for name, field in serializer.fields.items() if not field.read_only}
        self._columns = {name: (str(field.source), _cleaner(name, field)) for name, field in taken.items()}
        self._required = {name for name, field in taken.items() if field.required}
        self._read_only = serializer.fields.keys() - taken.keys()
        self._shown = [
            (name, attrgetter(str(field.source)), field.to_representation)
            for name, field in serializer.fields.items()
            if not field.write_only
        ]
        checks = {f"validate_{name}" for name in taken} & set(dir(serializer_class))
        if checks or serializer.validators or serializer_class.validate is not StrictSerializer.validate:
            raise TypeError(f"{serializer_class.__name__} checks more than its fields; its rows need it themselves.")

    def read(self, rows: Sequence[object]) -> tuple[list[Values | None], dict[int, Any]]:
        """Read rows; return `None` for a bad one, and what is wrong with it by its place."""
        columns = {name: _Column(source, clean, {}) for name, (source, clean) in self._columns.items()}
        taken: list[Values | None] = []
        faults: dict[int, Any] = {}
        for place, row in enumerate(rows):
            values = self._taken(row, columns)
            if values is None:
                serializer = self._serializer_class(data=row)
                if serializer.is_valid():
                    values = dict(serializer.validated_data)
                else:
                    faults[place] = serializer.errors
            taken.append(values)
        return taken, faults

    def read_one(self, row: object) -> Values:
        """Read one row. Raise the serializer's `ValidationError` for a bad one."""
        (values,), faults = self.read([row])
        if values is None:
            raise serializers.ValidationError(faults[0])
        return values

    def _taken(self, row: object, columns: Mapping[str, _Column]) -> Values | None:
        """Return a row that has no error; `None` where the serializer must check it."""
        if type(row) is not dict or not row.keys() >= self._required:
            return None
        values: Values = {}
        try:
            for name, value in row.items():
                column = columns.get(name)
                if column is None:
                    if name not in self._read_only:
                        return None
                elif type(value) is str:
                    if value not in column.seen:
                        column.seen[value] = column.clean(value)
                    values[column.source] = column.seen[value]
                elif value is None:
                    return None
                else:
                    values[column.source] = column.clean(value)
        except (DjangoValidationError, serializers.ValidationError, serializers.SkipField):
            return None
        return values

    def show(self, rows: Sequence[object]) -> list[Values]:
        """Return rows as JSON shows them: column by column, repeated values only once."""
        columns = [map(_Shown(show).__getitem__, map(value_of, rows)) for _, value_of, show in self._shown]
        names = [name for name, *_ in self._shown]
        return list(map(dict, map(zip, repeat(names), zip(*columns, strict=True))))


@cache
def rows_of(serializer_class: type[StrictSerializer]) -> BulkRows:
    """Return the reader of a serializer's rows. Raise `TypeError` where it checks more than its fields."""
    return BulkRows(serializer_class)


def _cleaner(name: str, field: "serializers.Field[Any, Any, Any, Any]") -> Callable[[object], object]:
    """Return the function that reads a field's values; a field must not add anything to its `parse`."""
    if field.default is not serializers.empty or field.source_attrs != [field.source]:
        raise TypeError(f"The field “{name}” is filled from elsewhere; its rows need their serializer.")
    plain = isinstance(field, InputField) and not field.validators and not field.allow_null
    return field.parse if plain and isinstance(field, InputField) else field.run_validation
