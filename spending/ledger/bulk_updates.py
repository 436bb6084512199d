"""Updating many ledger entries in a number of statements that does not grow with them."""

from collections.abc import Collection, Sequence
from operator import attrgetter

from django.db import connection

from spending.ledger.bulk_sql import MAX_PARAMETERS, table_of
from spending.ledger.conversions import as_parameters
from spending.ledger.entries import SpendRow
from spending.models import Spend


def update_spends(spends: Sequence[SpendRow], columns: Collection[str]) -> None:
    """Update these columns of ledger entries; they are named as attributes.

    SQLite rewrites every index that contains a written column, changed or not.
    """
    table = connection.ops.quote_name(Spend._meta.db_table)
    fields = [field for field in Spend._meta.concrete_fields if field.primary_key or field.attname in columns]
    names = ", ".join(str(field.column) for field in fields)
    types = [str(field.db_type(connection)) for field in fields]
    sets = ", ".join(f"{field.column} = v.{field.column}" for field in fields if not field.primary_key)
    values_of = attrgetter(*(field.attname for field in fields))
    batch = MAX_PARAMETERS // len(fields)
    for at in range(0, len(spends), batch):
        rows = as_parameters(fields, list(map(values_of, spends[at : at + batch])))
        values, parameters = table_of(types, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH v ({names}) AS ({values}) UPDATE {table} SET {sets} FROM v WHERE {table}.id = v.id", parameters
            )
