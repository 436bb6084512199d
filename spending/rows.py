"""Writing many ledger rows in a number of statements that does not grow with the rows."""

from collections.abc import Sequence

from django.db import connection, models
from django.db.models.sql import InsertQuery

from spending.models import Spend

PARAMETERS = 30_000
"""SQLite takes 32,766 in a statement, PostgreSQL 65,535; Django itself would split at 999 for old SQLite."""

UPDATED = ("id", "campaign_id", "amount", "spend_date", "spend_type", "description", "external_id", "updated_at")


def insert_rows(model: type[models.Model], rows: Sequence[models.Model]) -> None:
    """Insert rows that have their ids."""
    fields = list(model._meta.concrete_fields)
    portion = PARAMETERS // len(fields)
    for at in range(0, len(rows), portion):
        query = InsertQuery(model)
        query.insert_values(fields, list(rows[at : at + portion]))
        query.get_compiler(connection=connection).execute_sql()


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
