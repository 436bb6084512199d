"""Moving and reading the totals: the only module that writes them, in a constant number of statements.

The caller holds the lock of the brands concerned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

from django.db import connection

from budget_system.core.money import MAX_TOTAL, as_cents, from_cents
from budget_system.core.prepared import prepared_cursor
from spending.ledger.bounds import too_large
from spending.ledger.bulk_inserts import insertion
from spending.ledger.bulk_sql import MAX_PARAMETERS, Parameters, table_of
from spending.ledger.conversions import id_writer
from spending.ledger.counting import NO_SHIFT, Deltas, Key, Row, Shift, Span
from spending.ledger.entries import SpendRow
from spending.models import BrandTotal, CampaignTotal, Spend

TYPES = ("uuid", "text", "date", "bigint", "bigint")
TABLES: Final[tuple[type[BrandTotal], type[CampaignTotal]]] = (BrandTotal, CampaignTotal)
BATCH: Final = MAX_PARAMETERS // len(TYPES) - 1


@dataclass(frozen=True, slots=True)
class MovedTotal:
    """A total whose counter moved: its value now, and before."""

    key: Key
    counter: Decimal
    before: Decimal


def book(
    deltas: Deltas,
    brand_of: Mapping[UUID, UUID],
    watched: Collection[date],
    report: UUID | None = None,
    entry: SpendRow | None = None,
) -> tuple[list[MovedTotal], list[MovedTotal]]:
    """Move campaigns' totals by `deltas` (cents), and their brands' by exactly what the campaigns' moved.

    Clamped at the campaign: a total never falls below zero, and what resets have cleared is never more than the ledger
    holds, so cleared money is not given back a second time. Return what moved, campaigns' totals and brands' totals, of
    the periods that begin on one of the dates `watched`. Rows that an import makes bear the name of its `report` until
    anything else moves them. A new `entry`, one of those that move them, is inserted with them. Raise `TotalTooLarge`
    where a total would come above its bound.
    """
    rows = [
        (owner, period, start, cents, 0)
        for owner, spans in deltas.items()
        for (period, start), cents in spans.items()
        if cents > 0  # what rises needs no look
    ]
    rows += _clamped(deltas)
    brands, campaigns = _upsert(_per_brand(rows, brand_of), rows, watched, report, entry)
    return campaigns, brands


def shift(shifts: Mapping[Key, Shift], brand_of: Mapping[UUID, UUID]) -> None:
    """Move totals of campaigns by `shifts`, and their brands' by the sums."""
    rows = [(*key, *change) for key, change in sorted(shifts.items())]
    _upsert(_per_brand(rows, brand_of), rows)


def overwrite(model: type[BrandTotal] | type[CampaignTotal], right: Mapping[Key, Shift]) -> None:
    """Set totals to what a recount of the ledger gave."""
    table, owner = connection.ops.quote_name(model._meta.db_table), _owner(model)
    written_id = id_writer()
    rows = [(written_id(key.owner), key.period, key.start.isoformat(), *columns) for key, columns in right.items()]
    for at in range(0, len(rows), BATCH):
        values, parameters = table_of(TYPES, rows[at : at + BATCH])
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH v (owner, period, start, amount, cleared) AS ({values}) "
                f"INSERT INTO {table} ({owner}, period, start, amount, cleared) SELECT * FROM v WHERE TRUE "
                f"ON CONFLICT ({owner}, period, start) DO UPDATE SET "
                "amount = excluded.amount, cleared = excluded.cleared, made_by = NULL",
                parameters,
            )


def _owner(model: type[BrandTotal] | type[CampaignTotal]) -> str:
    return "brand_id" if model is BrandTotal else "campaign_id"


def _per_brand(rows: Iterable[Row], brand_of: Mapping[UUID, UUID]) -> list[Row]:
    sums: dict[UUID, dict[Span, Shift]] = defaultdict(dict)
    for owner, of_owner in groupby(rows, key=itemgetter(0)):
        spans = sums[brand_of[owner]]
        for _, period, start, amount, cleared in of_owner:
            before = spans.get((period, start), NO_SHIFT)
            spans[period, start] = Shift(before[0] + amount, before[1] + cleared)
    return [(brand_id, *span, *change) for brand_id, spans in sums.items() for span, change in spans.items()]


def _clamped(deltas: Deltas) -> Iterator[Row]:
    """Limit decreases to what is there."""
    falling = {
        Key(owner, *span): cents for owner, spans in deltas.items() for span, cents in spans.items() if cents < 0
    }
    if falling:
        stored = _stored(falling)
        for key, cents in falling.items():
            amount, cleared = stored.get(key, NO_SHIFT)
            left = max(0, amount + cents)
            yield (*key, left - amount, min(cleared, left) - cleared)


def _stored(keys: Collection[Key]) -> dict[Key, Shift]:
    """Return campaigns' totals, as cents, and others of these campaigns and dates."""
    owners, starts = {key.owner for key in keys}, {key.start for key in keys}
    rows = CampaignTotal.objects.filter(campaign_id__in=owners, start__in=starts)
    return {
        Key(row.campaign_id, row.period, row.start): Shift(as_cents(row.amount), as_cents(row.cleared)) for row in rows
    }


def remove_empty(brand_id: UUID, reports: Collection[UUID]) -> None:
    """Delete the rows of 0.00 that only these imports, now undone, have made."""
    nothing = {"made_by__in": reports, "amount": 0, "cleared": 0}
    CampaignTotal.objects.filter(campaign__brand=brand_id, **nothing).delete()
    BrandTotal.objects.filter(brand=brand_id, **nothing).delete()


def _upsert(
    brands: Iterable[Row],
    campaigns: Iterable[Row],
    watched: Collection[date] = (),
    report: UUID | None = None,
    entry: SpendRow | None = None,
) -> tuple[list[MovedTotal], list[MovedTotal]]:
    """Add to brands' and campaigns' totals, creating rows where there are none.

    Return those of the periods that begin on a watched date.
    """
    moving = [_in_order(brands), _in_order(campaigns)]
    written_id = id_writer()
    by_column = [{(written_id(row[0]), row[1], str(row[2])): row for row in rows} for rows in moving]
    moved: tuple[list[MovedTotal], list[MovedTotal]] = ([], [])
    for table, owner, period, start, amount, cleared in _add(moving, report, entry):
        row = by_column[table].pop((str(owner), period, str(start)))
        if row[2] in watched:
            counter, change = amount - cleared, row[3] - row[4]
            moved[table].append(MovedTotal(Key(*row[:3]), from_cents(counter), from_cents(counter - change)))
    for table, refused in enumerate(by_column):  # the brands' first: none of its campaigns' is above it
        if refused:
            raise too_large(TABLES[table], [(Key(*row[:3]), row[3]) for row in refused.values()])
    return moved


def _in_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that move anything, in one order, so that two at once cannot deadlock."""
    return sorted((row for row in rows if row[3] or row[4]), key=lambda row: (row[0].int, row[1], row[2]))


def _add(
    moving: Sequence[Sequence[Row]], report: UUID | None, entry: SpendRow | None
) -> Iterator[tuple[int, object, str, object, int, int]]:
    """Add to the totals of each table; return those to which it was added, after their table's place.

    Those that would rise above the bound are left out. PostgreSQL does both tables, and the entry, in one statement.
    """
    inserted = [] if entry is None else [insertion(Spend, SpendRow._fields, entry)]
    with prepared_cursor() as cursor:
        for at in range(0, max(map(len, moving)), BATCH):
            parts = [_addition(table, rows[at : at + BATCH], report) for table, rows in enumerate(moving) if rows[at:]]
            if connection.vendor == "postgresql":
                inner = [f"e AS ({statement})" for statement, _ in inserted]
                inner += [f"{values}, m{table} AS ({insert})" for table, values, insert, _ in parts]
                outer = " UNION ALL ".join(f"SELECT * FROM m{table}" for table, *_ in parts)
                parameters = [parameters for _, parameters in inserted] + [parameters for *_, parameters in parts]
                statements = [(f"WITH {', '.join(inner)} {outer}", list(chain.from_iterable(parameters)))]
            else:
                statements = [(f"WITH {values} {insert}", parameters) for _, values, insert, parameters in parts]
                statements = [*inserted, *statements]
            inserted = []
            for statement in statements:
                cursor.execute(*statement)
                yield from cursor.fetchall()


def _addition(place: int, moving: Sequence[Row], report: UUID | None) -> tuple[int, str, str, Parameters]:
    """Return a table's place, the rows that move in it as a table, the statement that adds them, and its parameters."""
    model, written_id = TABLES[place], id_writer()
    table = connection.ops.quote_name(model._meta.db_table)
    owner = _owner(model)
    made_by = "%s::uuid" if connection.features.has_native_uuid_field else "%s"
    rows = [(written_id(row[0]), row[1], row[2].isoformat(), row[3], row[4]) for row in moving]
    values, parameters = table_of(TYPES, rows)
    return (
        place,
        f"v{place} (owner, period, start, amount, cleared) AS ({values})",
        f"INSERT INTO {table} ({owner}, period, start, amount, cleared, made_by) "
        f"SELECT v{place}.*, {made_by} FROM v{place} WHERE v{place}.amount <= {MAX_TOTAL} "
        f"ON CONFLICT ({owner}, period, start) DO UPDATE SET "
        f"amount = {table}.amount + excluded.amount, cleared = {table}.cleared + excluded.cleared, "
        f"made_by = CASE WHEN excluded.made_by IS NULL THEN NULL ELSE {table}.made_by END "
        f"WHERE excluded.amount <= 0 OR {table}.amount <= {MAX_TOTAL} - excluded.amount "
        f"RETURNING {place}, {owner}, period, start, amount, cleared",
        [*parameters, None if report is None else written_id(report)],
    )
