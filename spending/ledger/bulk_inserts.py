"""Inserting many rows at once, the fastest way on each database: on PostgreSQL by `COPY`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from typing import Any

import uuid_utils
from django.db import connection, models
from django.db.models.sql import InsertQuery
from uuid_utils.compat import uuid7

from budget_system.core.prepared import prepared_cursor
from spending.ledger.bulk_sql import MAX_PARAMETERS, Parameters
from spending.ledger.conversions import Converter, copy_converter, fields_by_name, parameter_converter


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
def _insertion(vendor: str, model: type[models.Model], columns: tuple[str, ...]) -> tuple[str, list[Converter]]:
    """Return the statement that inserts a row, and how its values are converted."""
    return _insert_statement(model, columns), [parameter_converter(fields_by_name(model)[name]) for name in columns]


def _insert_statement(model: type[models.Model], columns: Sequence[str]) -> str:
    names = ", ".join(connection.ops.quote_name(str(fields_by_name(model)[name].column)) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})"


def load_columns(model: type[models.Model], columns: Mapping[str, Column]) -> None:
    """Insert at least one row, given by columns, one of which is no `ConstantColumn`; they are named as attributes."""
    fields = [fields_by_name(model)[name] for name in columns]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            table = connection.ops.quote_name(model._meta.db_table)
            names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
            # What goes through `copy` is not translated by itself, and callers know Django's errors.
            statement = f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)"
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                copy.set_types([str(field.rel_db_type(connection)).split("(")[0] for field in fields])
                for row in _transposed(map(copy_converter, fields), columns.values()):
                    copy.write_row(row)
            return
        rows = list(_transposed(map(parameter_converter, fields), columns.values()))
        cursor.executemany(_insert_statement(model, list(columns)), rows)


def insert_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert model instances that have their ids, with the values that their fields prepare, as `save` would."""
    fields = list(model._meta.concrete_fields)
    batch = MAX_PARAMETERS // len(fields)
    for at in range(0, len(rows), batch):
        query = InsertQuery(model)
        query.insert_values(fields, list(rows[at : at + batch]))
        query.get_compiler(connection=connection).execute_sql()


def _transposed(converters: Iterable[Converter], columns: Iterable[Column]) -> Iterator[tuple[Any, ...]]:
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
