"""Passing rows to a statement as a table, and reading or writing many at once, the fastest way on each database.

Both databases take thousands of rows in one statement, but differently: SQLite is fastest with a list of `VALUES`,
whose statement PostgreSQL takes long to parse; there each column is one array, and new rows come by `COPY`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache, lru_cache
from itertools import repeat
from typing import Any, Final
from uuid import UUID

import uuid_utils
from django.db import connection, models
from django.utils.timezone import make_naive
from uuid_utils.compat import uuid7

from budget_system.core.money import MoneyField, cached_to_cents
from budget_system.core.prepared import prepared_cursor

MAX_PARAMETERS: Final = 30_000
"""SQLite takes 32,766 in a statement; there each value is one."""

REPEATED: Final = 4096
"""How many converted values of a column are kept: they come again and again."""

NEVER_QUOTED: Final = frozenset({"bigint", "date", "int", "uuid"})
"""Types whose values need no quotes in an array literal; empty values are handled apart."""

Parameters = list[Any]
"""Whatever columns take."""


def table_of(types: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[str, Parameters]:
    """Return SQL that a statement can select the rows from, with its parameters; `types` are PostgreSQL's names.

    There must be at least one row, and at most `MAX_PARAMETERS` values, as the columns take them (see `as_parameters`).
    """
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        return f"SELECT * FROM unnest({arrays})", list(map(_array, types, zip(*rows, strict=True)))
    row = f"({', '.join(['%s'] * len(types))})"
    return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]


def _array(kind: str, column: Sequence[object]) -> str:
    """Return PostgreSQL's literal of an array, several times as fast as psycopg, which checks each element by itself.

    Source: https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
    """
    plain = kind in NEVER_QUOTED and None not in column
    return f"{{{','.join(map(str if plain else _element, column))}}}"


def _element(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value)
    if "\\" in text or '"' in text:
        text = text.replace("\\", r"\\").replace('"', r"\"")
    return f'"{text}"'


@dataclass(frozen=True, slots=True)
class ConstantColumn:
    """A column with one value in all rows."""

    value: object


@dataclass(frozen=True, slots=True)
class CentsColumn:
    """A column of money, in whole cents, as both databases store it."""

    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class NewIdsColumn:
    """A column of new ids, written as the column stores them: SQLite's 32 digits need no `UUID` in between."""

    rows: int

    def values(self) -> Iterator[object]:
        """Return them."""
        if connection.features.has_native_uuid_field:
            return (uuid7() for _ in range(self.rows))
        return (uuid_utils.uuid7().hex for _ in range(self.rows))


Column = Sequence[object] | ConstantColumn | CentsColumn | NewIdsColumn


def load_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows of Python values; the columns are named as attributes."""
    if len(rows) == 1:  # for which `COPY` would be more round trips than an `INSERT`
        with prepared_cursor() as cursor:
            cursor.execute(*insertion(model, columns, rows[0]))
    elif rows:
        load_columns(model, dict(zip(columns, zip(*rows, strict=True), strict=True)))


def insertion(model: type[models.Model], columns: Sequence[str], row: tuple[object, ...]) -> tuple[str, Parameters]:
    """Return the statement that inserts one row of Python values, with its parameters."""
    statement, converters = _insertion(connection.vendor, model, tuple(columns))
    return statement, [convert(value) for convert, value in zip(converters, row, strict=True)]


@cache
def _insertion(
    vendor: str, model: type[models.Model], columns: tuple[str, ...]
) -> tuple[str, list[Callable[[Any], Any]]]:
    """Return the statement that inserts a row, and how its values are converted."""
    return _insert_statement(model, columns), [_as_parameter(_by_name(model)[name]) for name in columns]


def _insert_statement(model: type[models.Model], columns: Sequence[str]) -> str:
    names = ", ".join(connection.ops.quote_name(str(_by_name(model)[name].column)) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"


def load_columns(model: type[models.Model], columns: Mapping[str, Column]) -> None:
    """Insert at least one row, given by columns, one of which is no `ConstantColumn`; they are named as attributes."""
    fields = [_by_name(model)[name] for name in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            table = connection.ops.quote_name(model._meta.db_table)
            names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
            # What goes through `copy` is not translated by itself, and callers know Django's errors.
            statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.set_types([str(field.rel_db_type(connection)).split("(")[0] for field in fields])
                for row in _transposed(map(_as_copied, fields), columns.values()):
                    copy.write_row(row)
            return
        rows = list(_transposed(map(_as_parameter, fields), columns.values()))
        cursor.executemany(_insert_statement(model, list(columns)), rows)


@cache
def _by_name(model: type[models.Model]) -> dict[str, "models.Field[Any, Any]"]:
    return {field.attname: field for field in model._meta.concrete_fields}


def read_columns(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[tuple[Any, ...]]:
    """Return a cursor's rows with Python values, by Django's own converters; the columns are named as attributes."""
    if not rows:
        return iter(())
    readers = [_reader(_by_name(model)[name]) for name in columns]
    return zip(*(map(read, cells) for read, cells in zip(readers, zip(*rows, strict=True), strict=True)), strict=True)


def _reader(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
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
    return list(_transposed(map(_as_parameter, fields), zip(*rows, strict=True)))


def id_writer() -> Callable[[UUID], str]:
    """Return the function that writes an id as its column takes it: SQLite stores 32 digits."""
    return str if connection.features.has_native_uuid_field else _digits


def _digits(value: UUID) -> str:
    return f"{value.int:032x}"


def _transposed(converters: Iterable[Callable[[Any], Any]], columns: Iterable[Column]) -> Iterator[tuple[Any, ...]]:
    """Return columns as rows, converted a whole column at a time: several times as fast as value by value."""
    return zip(
        *(
            repeat(convert(column.value))
            if isinstance(column, ConstantColumn)
            else column.values
            if isinstance(column, CentsColumn)
            else column.values()
            if isinstance(column, NewIdsColumn)
            else map(convert, column)
            for convert, column in zip(converters, columns, strict=True)
        ),
        strict=False,  # a `ConstantColumn` never ends
    )


def _as_parameter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
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


def _as_copied(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """Return the function that converts a value to what psycopg writes to a column of a known type."""
    return _same if isinstance(field, models.JSONField) else _as_parameter(field)


def _same(value: object) -> object:
    return value
