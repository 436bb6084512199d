"""Values between Python and the columns of each database, a whole column at a time.

Several times as fast as value by value.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from functools import cache, lru_cache
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from django.utils.timezone import make_naive

from budget_system.core.money import MoneyField, cached_to_cents

REPEATED: Final = 4096
"""How many converted values of a column are kept: they come again and again."""


Converter = Callable[[Any], Any]
"""Converts a value of Python to one of the database, or back."""


@cache
def fields_by_name(model: type[models.Model]) -> dict[str, "models.Field[Any, Any]"]:
    """Return a model's columns, by the names of their attributes."""
    return {field.attname: field for field in model._meta.concrete_fields}


def read_columns(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[tuple[Any, ...]]:
    """Return a cursor's rows with Python values, by Django's own converters; the columns are named as attributes."""
    if not rows:
        return iter(())
    readers = [_reader(fields_by_name(model)[name]) for name in columns]
    return zip(*(map(read, cells) for read, cells in zip(readers, zip(*rows, strict=True), strict=True)), strict=True)


def _reader(field: "models.Field[Any, Any]") -> Converter:
    column = field.get_col(field.model._meta.db_table)
    converters = [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]

    def read(value: object) -> object:
        for convert in converters:
            value = convert(value, column, connection)
        return value

    if not converters:
        return _same
    return read if field.primary_key else cache(read)  # other values come again and again


def as_parameters(
    fields: Sequence["models.Field[Any, Any]"], rows: Sequence[tuple[object, ...]]
) -> list[tuple[Any, ...]]:
    """Return rows of Python values as their columns take them."""
    columns = zip(map(parameter_converter, fields), zip(*rows, strict=True), strict=True)
    return list(zip(*(map(convert, column) for convert, column in columns), strict=True))


def id_writer() -> Callable[[UUID], str]:
    """Return the function that writes an id as its column takes it: SQLite stores 32 digits."""
    return str if connection.features.has_native_uuid_field else _digits


def _digits(value: UUID) -> str:
    return f"{value.int:032x}"


def parameter_converter(field: "models.Field[Any, Any]") -> Converter:
    """Return the function that converts a column's Python values to what a statement's parameter takes."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, MoneyField):
        return cached_to_cents()
    if isinstance(target, models.JSONField):
        return lambda value: None if value is None else json.dumps(value)
    if connection.vendor == "postgresql":
        return _same
    if isinstance(target, models.UUIDField):
        return lambda value: None if value is None else f"{value.int:032x}"
    if isinstance(target, models.DateTimeField):
        # Those written together bear one instant.
        return lru_cache(REPEATED)(lambda value: None if value is None else str(make_naive(value, UTC)))
    return lru_cache(REPEATED)(str) if isinstance(target, models.DateField) else _same


def copy_converter(field: "models.Field[Any, Any]") -> Converter:
    """Return the function that converts a column's Python values to what psycopg writes to a column of its type."""
    return _same if isinstance(field, models.JSONField) else parameter_converter(field)


def _same(value: object) -> object:
    return value
