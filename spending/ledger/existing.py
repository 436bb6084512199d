"""Reading existing ledger entries, many at a time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from spending.ledger.bulk_sql import MAX_PARAMETERS, table_of
from spending.ledger.conversions import id_writer, read_columns
from spending.ledger.entries import SpendRow
from spending.models import Spend

_TYPES: Final = ("int", "uuid", "text")

Pair = tuple[str, str]
"""A campaign's id as its column stores it, and an entry's `external_id` there."""


class Existing(NamedTuple):
    """The values of an entry that are compared with those sent; money in cents."""

    cents: int
    day: date


def existing_at(pairs: Sequence[Pair]) -> dict[int, Existing]:
    """Return the compared values of existing entries, by the index of their pair."""
    return {row[0]: Existing(*row[1:]) for row in _found(("amount", "spend_date"), pairs)}


def entries_at(pairs: Sequence[Pair]) -> dict[int, SpendRow]:
    """Return existing entries, by the index of their pair."""
    rows = _found(SpendRow._fields, pairs)
    entries = map(SpendRow._make, read_columns(Spend, SpendRow._fields, [row[1:] for row in rows]))
    return {row[0]: entry for row, entry in zip(rows, entries, strict=True)}


def entries_of(pairs: Iterable[tuple[UUID, str]]) -> dict[tuple[UUID, str], SpendRow]:
    """Return existing entries, by campaign and `external_id`."""
    wanted = list(dict.fromkeys(pairs))
    written_id = id_writer()
    found = entries_at([(written_id(campaign_id), external_id) for campaign_id, external_id in wanted])
    return {wanted[place]: entry for place, entry in found.items()}


def _found(columns: Sequence[str], pairs: Sequence[Pair]) -> list[tuple[Any, ...]]:
    """Select columns, as the database stores them, of existing entries, each after the index of its pair."""
    table = connection.ops.quote_name(Spend._meta.db_table)
    names = ", ".join(f"s.{column}" for column in columns)
    # The condition is spelled as in the partial index, or SQLite would read the campaign's whole ledger.
    same = "s.campaign_id = v.campaign_id AND s.external_id = v.external_id AND NOT (s.external_id = '')"
    entry = f"CROSS JOIN {table} s WHERE {same}"
    if connection.vendor == "postgresql":
        # Looked up pair by pair: left to choose, it reads or even sorts the whole ledger up to 100,000 entries or so.
        entry = f"CROSS JOIN LATERAL (SELECT * FROM {table} s WHERE {same} LIMIT 1) s"
    found: list[tuple[Any, ...]] = []
    batch = MAX_PARAMETERS // len(_TYPES)
    for first in range(0, len(pairs), batch):
        wanted = enumerate(pairs[first : first + batch], first)
        values, parameters = table_of(_TYPES, [(place, *pair) for place, pair in wanted])
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH v (place, campaign_id, external_id) AS ({values}) SELECT v.place, {names} FROM v {entry}",
                parameters,
            )
            found += cursor.fetchall()
    return found
