"""Rows given to a statement as a table, and read or written in one go, in the fastest way that each database has.

Both databases take thousands of rows in one statement, but not alike: SQLite is fastest with a list of `VALUES`, whose
statement PostgreSQL takes long to read; there each column is one array, and new rows come by `COPY`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import cache
from itertools import repeat
from typing import Any, Final
from uuid import UUID

from django.db import connection, models
from django.utils.timezone import make_naive
from uuid_utils import uuid7

from budget_system.money import MoneyField, remembered_cents

PARAMETERS: Final = 30_000
"""SQLite takes 32,766 in a statement; there each value is one."""

NEVER_QUOTED: Final = frozenset({"bigint", "date", "int", "uuid"})
"""Types of which no value needs quotes in the literal of an array; an empty cell is still another matter."""

Parameters = list[Any]
"""Whatever columns take."""


def table_of(types: Sequence[str], rows: Sequence[Sequence[object]]) -> tuple[str, Parameters]:
    """Give rows as what a statement can select from, with the parameters; `types` are PostgreSQL's names.

    There must be a row at least, and at most `PARAMETERS` values, as the columns take them (see `as_parameters`).
    """
    if connection.vendor == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in types)
        return f"SELECT * FROM unnest({arrays})", list(map(_array, types, zip(*rows, strict=True)))
    row = f"({', '.join(['%s'] * len(types))})"
    return f"VALUES {', '.join([row] * len(rows))}", [value for row in rows for value in row]


def _array(kind: str, column: Sequence[object]) -> str:
    """Write PostgreSQL's literal of an array, several times as fast as psycopg, which weighs each element by itself.

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
class Same:
    """A column that holds one value in all rows."""

    value: object


@dataclass(frozen=True, slots=True)
class Written:
    """A column whose values, none of them empty, are as the database takes them: cents, ids by `id_writer`."""

    values: Sequence[int | str]


Column = Sequence[object] | Same | Written


def load_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows given as bare values; the values are Python's, the columns named as attributes."""
    if rows:
        load_columns(model, dict(zip(columns, zip(*rows, strict=True), strict=True)))


def load_columns(model: type[models.Model], columns: Mapping[str, Column]) -> None:
    """Insert rows given column by column, at least one and one of them no `Same`; the columns named as attributes."""
    fields = [_by_name(model)[name] for name in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(str(field.column) for field in fields)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            text = "\n".join(map("\t".join, _transposed(map(_as_text, fields), columns.values(), str)))
            # What goes through `copy` is not translated by itself, and callers know Django's errors.
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                copy.write(f"{text}\n")
            return
        places = ", ".join(["%s"] * len(fields))
        rows = list(_transposed(map(_as_parameter, fields), columns.values(), _same))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


@cache
def _by_name(model: type[models.Model]) -> dict[str, "models.Field[Any, Any]"]:
    return {field.attname: field for field in model._meta.concrete_fields}


def read_columns(
    model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> Iterator[tuple[Any, ...]]:
    """Give rows as a cursor gave them with Python's values, by Django's own converters; columns named as attributes."""
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
    """Give rows of Python's values as their columns take them."""
    return list(_transposed(map(_as_parameter, fields), zip(*rows, strict=True), _same))


def id_writer() -> Callable[[UUID], str]:
    """Give what writes an id as its column takes it: SQLite has no type for it and stores 32 digits."""
    return str if connection.features.has_native_uuid_field else _digits


def new_ids(count: int) -> list[str]:
    """Make ids, each later than the one before, as columns take them."""
    if connection.features.has_native_uuid_field:
        return [str(uuid7()) for _ in range(count)]
    return [uuid7().hex for _ in range(count)]


def _digits(value: UUID) -> str:
    return f"{value.int:032x}"


def _transposed(
    converters: Iterable[Callable[[Any], Any]], columns: Iterable[Column], written: Callable[[Any], Any]
) -> Iterator[tuple[Any, ...]]:
    """Give columns as rows, converted a whole column at a time: several times as fast as cell by cell."""
    return zip(
        *(
            repeat(convert(column.value))
            if isinstance(column, Same)
            else map(written, column.values)
            if isinstance(column, Written)
            else map(convert, column)
            for convert, column in zip(converters, columns, strict=True)
        ),
        strict=False,  # a `Same` never ends
    )


def _as_parameter(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, MoneyField):
        return remembered_cents()
    if isinstance(target, models.JSONField):
        return lambda value: None if value is None else json.dumps(value)
    if connection.vendor == "postgresql":
        return _same
    if isinstance(target, models.UUIDField):
        return lambda value: None if value is None else f"{value.int:032x}"
    if isinstance(target, models.DateTimeField):
        return cache(lambda value: str(make_naive(value, UTC)))  # rows written together bear the same instant
    return cache(str) if isinstance(target, models.DateField) else _same


def _as_text(field: "models.Field[Any, Any]") -> Callable[[Any], str]:
    """Say how PostgreSQL's `COPY` writes the values of a column."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, MoneyField):
        cents_of = remembered_cents()
        return lambda value: str(cents_of(value))
    if isinstance(target, models.JSONField):
        return lambda value: r"\N" if value is None else _escaped(json.dumps(value))
    if isinstance(target, models.DateTimeField | models.DateField):
        return cache(lambda value: r"\N" if value is None else value.isoformat())
    if isinstance(target, models.UUIDField):
        return lambda value: r"\N" if value is None else _digits(value)  # read like the usual spelling, sooner written
    if field.null:
        return lambda value: r"\N" if value is None else _escaped(str(value))
    return _escaped if isinstance(target, models.CharField | models.TextField) else str


def _same(value: object) -> object:
    return value


def _escaped(text: str) -> str:
    """Write a text so that its backslashes, tabs and line breaks do not end the cell."""
    if "\\" in text:
        text = text.replace("\\", r"\\")
    return text.replace("\n", r"\n").replace("\r", r"\r").replace("\t", r"\t")
