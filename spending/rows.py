"""Writing many ledger rows in a number of statements that does not grow with the rows."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.sql import InsertQuery
from django.utils.timezone import make_naive

from budget_system.money import MoneyField, to_cents
from spending.models import Spend

PARAMETERS = 30_000
"""SQLite takes 32,766 in a statement, PostgreSQL 65,535; Django itself would split at 999 for old SQLite."""

UPDATED = (
    "id",
    "campaign_id",
    "amount",
    "spend_date",
    "spend_type",
    "description",
    "external_id",
    "imported_by_id",
    "updated_at",
)


def insert_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert rows that have their ids."""
    fields = list(model._meta.concrete_fields)
    portion = PARAMETERS // len(fields)
    for at in range(0, len(rows), portion):
        query = InsertQuery(model)
        query.insert_values(fields, list(rows[at : at + portion]))
        query.get_compiler(connection=connection).execute_sql()


def load_rows(model: type[models.Model], columns: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows given as bare values, in the fastest way that the database has; the values are Python's."""
    if not rows:
        return
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [by_name[name] for name in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(str(field.column) for field in fields)
    prepare = [_as_column(field) for field in fields]
    # One converter for a whole column, and the rows made of the columns: several times as fast as cell by cell.
    columns_of = [list(map(change, cells)) for change, cells in zip(prepare, zip(*rows, strict=True), strict=True)]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in zip(*columns_of, strict=True):
                    copy.write_row(row)
            return
        places = ", ".join(["%s"] * len(fields))
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(zip(*columns_of, strict=True)))


def _as_column(field: "models.Field[Any, Any]") -> Callable[[Any], Any]:
    """Say how the values of a column are written where no field is asked: as its field would have it."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(target, MoneyField):
        return to_cents
    if isinstance(target, models.JSONField):
        return lambda value: None if value is None else json.dumps(value)
    if connection.vendor == "postgresql":
        return _same
    if isinstance(target, models.UUIDField):
        return lambda value: None if value is None else value.hex
    if isinstance(target, models.DateTimeField):
        return cache(lambda value: str(make_naive(value, UTC)))  # rows written together bear the same instant
    return str if isinstance(target, models.DateField) else _same


def _same(value: object) -> object:
    return value


def update_spends(spends: Sequence[Spend]) -> None:
    """Write changed ledger entries back."""
    table = connection.ops.quote_name(Spend._meta.db_table)
    fields = [field for field in Spend._meta.concrete_fields if field.attname in UPDATED]
    portion = PARAMETERS // len(fields)
    columns = ", ".join(str(field.column) for field in fields)
    typed = connection.vendor == "postgresql"  # which takes bare parameters for text
    row_of_values = ", ".join(f"%s::{field.db_type(connection)}" if typed else "%s" for field in fields)
    sets = ", ".join(f"{field.column} = v.{field.column}" for field in fields if not field.primary_key)
    for at in range(0, len(spends), portion):
        rows = spends[at : at + portion]
        values = ", ".join([f"({row_of_values})"] * len(rows))
        parameters = [
            field.get_db_prep_save(field.pre_save(row, add=False), connection) for row in rows for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH v ({columns}) AS (VALUES {values}) UPDATE {table} SET {sets} FROM v WHERE {table}.id = v.id",
                parameters,
            )
