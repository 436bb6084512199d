"""Many rows of one kind in one body: read and shown by their serializer's fields, not by one serializer for each row.

The fields are asked once what they take and how they show it; a row that they take is what the serializer would give.
A row that they do not take goes to a serializer of its own, whose errors are told: they are those of a single row.
"""

from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, Final, NamedTuple

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from budget_system.api.fields import InputField
from budget_system.api.serializers import StrictSerializer

Values = dict[str, object]
_LEFT_OUT: Final = object()


class _Column(NamedTuple):
    name: str
    source: str
    required: bool
    clean: Callable[[object], object]


class Rows:
    """Reads and shows rows as a serializer does that checks nothing but its fields."""

    def __init__(self, serializer_class: type[StrictSerializer]) -> None:
        serializer = serializer_class()
        self._serializer_class = serializer_class
        self._columns = [_column(name, field) for name, field in serializer.fields.items() if not field.read_only]
        self._read_only = [name for name, field in serializer.fields.items() if field.read_only]
        self._shown = [
            (name, attrgetter(str(field.source)), field.to_representation)
            for name, field in serializer.fields.items()
            if not field.write_only
        ]
        checks = {f"validate_{column.name}" for column in self._columns} & set(dir(serializer_class))
        if checks or serializer.validators or serializer_class.validate is not StrictSerializer.validate:
            raise TypeError(f"{serializer_class.__name__} checks more than its fields; its rows need it themselves.")

    def read(self, rows: Sequence[object]) -> tuple[list[Values | None], dict[int, Any]]:
        """Read rows; give `None` for a bad one, and what is wrong with it by its place."""
        # What a text was read as is remembered for this call: campaigns, dates and amounts come again and again.
        seen: list[dict[str, object]] = [{} for _ in self._columns]
        taken: list[Values | None] = []
        faults: dict[int, Any] = {}
        for place, row in enumerate(rows):
            values = self._taken(row, seen)
            if values is None:
                serializer = self._serializer_class(data=row)
                if serializer.is_valid():
                    values = dict(serializer.validated_data)
                else:
                    faults[place] = serializer.errors
            taken.append(values)
        return taken, faults

    def _taken(self, row: object, seen: list[dict[str, object]]) -> Values | None:
        """Read a row of which nothing is to be said; `None` where the serializer must look."""
        if type(row) is not dict:
            return None
        values: Values = {}
        met = 0
        try:
            for column, before in zip(self._columns, seen, strict=True):
                value = row.get(column.name, _LEFT_OUT)
                if value is _LEFT_OUT:
                    if column.required:
                        return None
                    continue
                met += 1
                if type(value) is str:
                    if value not in before:
                        before[value] = column.clean(value)
                    values[column.source] = before[value]
                elif value is None:
                    return None
                else:
                    values[column.source] = column.clean(value)
        except (DjangoValidationError, serializers.ValidationError, serializers.SkipField):
            return None
        return values if met == len(row) or met + sum(name in row for name in self._read_only) == len(row) else None

    def show(self, rows: Sequence[object]) -> list[Values]:
        """Give rows as JSON shows them: column by column, what is the same in many rows only once."""
        columns = []
        for _, value_of, show in self._shown:
            shown: dict[object, object] = {None: None}
            cells = []
            for value in map(value_of, rows):
                if value not in shown:
                    shown[value] = show(value)
                cells.append(shown[value])
            columns.append(cells)
        names = [name for name, *_ in self._shown]
        return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


@cache
def rows_of(serializer_class: type[StrictSerializer]) -> Rows:
    """Give the reader of a serializer's rows; raises `TypeError` where it checks more than its fields."""
    return Rows(serializer_class)


def _column(name: str, field: "serializers.Field[Any, Any, Any, Any]") -> _Column:
    """Say how a value of the field is read; what the field's own way adds to its `parse` must be nothing."""
    if field.default is not serializers.empty or field.source_attrs != [field.source]:
        raise TypeError(f"The field “{name}” is filled from elsewhere; its rows need their serializer.")
    plain = isinstance(field, InputField) and not field.validators and not field.allow_null
    clean = field.parse if plain and isinstance(field, InputField) else field.run_validation
    return _Column(name, str(field.source), field.required, clean)
