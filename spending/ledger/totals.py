"""Moving and reading the totals: the only module that writes them, in a constant number of statements.

The caller holds the lock of the brands concerned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from uuid import UUID

from django.db import connection

from budget_system.core.money import MAX_TOTAL, as_cents, from_cents
from spending.ledger.bounds import too_large
from spending.ledger.bulk_sql import MAX_PARAMETERS, id_writer, table_of
from spending.ledger.counting import NO_SHIFT, Deltas, Key, Row, Shift, Span
from spending.models import BrandTotal, CampaignTotal

TYPES = ("uuid", "text", "date", "bigint", "bigint")


@dataclass(frozen=True, slots=True)
class MovedTotal:
    """A total whose counter moved: its value now, and before."""

    key: Key
    counter: Decimal
    before: Decimal


def book(
    deltas: Deltas, brand_of: Mapping[UUID, UUID], watched: Collection[date], report: UUID | None = None
) -> tuple[list[MovedTotal], list[MovedTotal]]:
    """Move campaigns' totals by `deltas` (cents), and their brands' by exactly what the campaigns' moved.

    Clamped at the campaign: a total never falls below zero, and what resets have cleared is never more than the ledger
    holds, so cleared money is not given back a second time. Return what moved, campaigns' totals and brands' totals, of
    the periods that begin on one of the dates `watched`. Rows that an import makes bear the name of its `report` until
    anything else moves them. Raise `TotalTooLarge` where a total would come above its bound.
    """
    rows = [
        (owner, period, start, cents, 0)
        for owner, spans in deltas.items()
        for (period, start), cents in spans.items()
        if cents > 0  # what rises needs no look
    ]
    rows += _clamped(deltas)
    brands = _upsert(
        BrandTotal, _per_brand(rows, brand_of), watched, report
    )  # first: none of its campaigns' is above it
    return _upsert(CampaignTotal, rows, watched, report), brands


def shift(shifts: Mapping[Key, Shift], brand_id: UUID) -> None:
    """Move totals of one brand's campaigns by `shifts`, and the brand's by the sum."""
    rows = [(*key, *change) for key, change in shifts.items()]
    _upsert(CampaignTotal, rows)
    _upsert(BrandTotal, _per_brand(rows, {key.owner: brand_id for key in shifts}))


def overwrite(model: type[BrandTotal] | type[CampaignTotal], right: Mapping[Key, Shift]) -> None:
    """Set totals to what a recount of the ledger gave."""
    for key, (amount, cleared) in right.items():
        columns = {"amount": from_cents(amount), "cleared": from_cents(cleared), "made_by": None}
        if model is BrandTotal:
            BrandTotal.objects.update_or_create(
                brand_id=key.owner, period=key.period, start=key.start, defaults=columns
            )
        else:
            CampaignTotal.objects.update_or_create(
                campaign_id=key.owner, period=key.period, start=key.start, defaults=columns
            )


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
    model: type[BrandTotal] | type[CampaignTotal],
    rows: Iterable[Row],
    watched: Collection[date] = (),
    report: UUID | None = None,
) -> list[MovedTotal]:
    """Add to totals, creating rows where there are none; return those of the periods that begin on a watched date."""
    moving = [row for row in rows if row[3] or row[4]]
    moving.sort(key=lambda row: (row[0].int, row[1], row[2]))  # in one order, so that two at once cannot deadlock
    returned = _add(model, moving, report)
    written_id = id_writer()
    by_column = {(written_id(row[0]), row[1], str(row[2])): row for row in moving}
    moved = []
    for owner, period, start, amount, cleared in returned:
        row = by_column.pop((str(owner), period, str(start)))
        if row[2] in watched:
            counter, change = amount - cleared, row[3] - row[4]
            moved.append(MovedTotal(Key(*row[:3]), from_cents(counter), from_cents(counter - change)))
    if by_column:
        raise too_large(model, [(Key(*row[:3]), row[3]) for row in by_column.values()])
    return moved


def _add(
    model: type[BrandTotal] | type[CampaignTotal], moving: Sequence[Row], report: UUID | None
) -> Iterator[tuple[object, str, object, int, int]]:
    """Add to totals; return those to which it was added, without those that would rise above the bound."""
    table = connection.ops.quote_name(model._meta.db_table)
    owner = "brand_id" if model is BrandTotal else "campaign_id"
    written_id = id_writer()
    made_by = "%s::uuid" if connection.features.has_native_uuid_field else "%s"
    batch = MAX_PARAMETERS // len(TYPES) - 1
    for at in range(0, len(moving), batch):
        rows = [(written_id(row[0]), row[1], row[2].isoformat(), row[3], row[4]) for row in moving[at : at + batch]]
        values, parameters = table_of(TYPES, rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH v (owner, period, start, amount, cleared) AS ({values}) "
                f"INSERT INTO {table} ({owner}, period, start, amount, cleared, made_by) "
                f"SELECT v.*, {made_by} FROM v WHERE v.amount <= {MAX_TOTAL} "
                f"ON CONFLICT ({owner}, period, start) DO UPDATE SET "
                f"amount = {table}.amount + excluded.amount, cleared = {table}.cleared + excluded.cleared, "
                f"made_by = CASE WHEN excluded.made_by IS NULL THEN NULL ELSE {table}.made_by END "
                f"WHERE excluded.amount <= 0 OR {table}.amount <= {MAX_TOTAL} - excluded.amount "
                f"RETURNING {owner}, period, start, amount, cleared",
                [*parameters, None if report is None else written_id(report)],
            )
            yield from cursor.fetchall()
