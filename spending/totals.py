"""Moving and reading the totals: the only module that writes them, in a constant number of statements.

Whoever calls holds the lock of the brands concerned.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from brands.calendar import first_of_month
from budget_system.money import from_cents, to_cents
from spending.models import BrandTotal, CampaignTotal, Period, SpendType

ROWS_PER_STATEMENT = 5_000  # six parameters each; SQLite takes 32,766 at a time


class Key(NamedTuple):
    """One owner's total of one day or month."""

    owner: UUID
    period: str
    start: date


class Shift(NamedTuple):
    """By how many cents a total's two columns move."""

    amount: int
    cleared: int

    def __add__(self, other: object) -> "Shift":
        """Add column by column."""
        if not isinstance(other, Shift):
            return NotImplemented
        return Shift(self.amount + other.amount, self.cleared + other.cleared)


NOTHING = Shift(0, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """What of a ledger entry the totals depend on."""

    campaign_id: UUID
    amount: Decimal
    spend_date: date
    spend_type: str

    def keys(self) -> Iterator[Key]:
        """Name the totals in which the entry counts: its month, and its day unless it is a monthly one."""
        yield Key(self.campaign_id, Period.MONTH, first_of_month(self.spend_date))
        if self.spend_type == SpendType.DAILY:
            yield Key(self.campaign_id, Period.DAY, self.spend_date)


@dataclass(frozen=True, slots=True)
class MovedTotal:
    """A total whose counter moved: where it stands, and where it stood."""

    key: Key
    counter: Decimal
    before: Decimal


def book(
    deltas: Mapping[Key, int], brand_of: Mapping[UUID, UUID], report: UUID | None = None
) -> tuple[list[MovedTotal], list[MovedTotal]]:
    """Move campaigns' totals by `deltas` (cents), and their brands' by exactly what the campaigns' moved.

    Clamped at the campaign: a total never falls below zero, and what resets have cleared is never more than the ledger
    holds, so cleared money is not given back a second time. Gives what moved: campaigns' totals, brands' totals. Rows
    that an import makes bear the name of its `report` until anything else moves them.
    """
    shifts = _clamped({key: cents for key, cents in deltas.items() if cents})
    return _upsert(CampaignTotal, shifts, report), _upsert(BrandTotal, _per_brand(shifts, brand_of), report)


def shift(shifts: Mapping[Key, Shift], brand_id: UUID) -> None:
    """Move totals of one brand's campaigns as told, and the brand's by the sum."""
    _upsert(CampaignTotal, shifts)
    _upsert(BrandTotal, _per_brand(shifts, {key.owner: brand_id for key in shifts}))


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


def _per_brand(shifts: Mapping[Key, Shift], brand_of: Mapping[UUID, UUID]) -> dict[Key, Shift]:
    sums: dict[Key, Shift] = defaultdict(lambda: NOTHING)
    for key, change in shifts.items():
        sums[key._replace(owner=brand_of[key.owner])] += change
    return sums


def _clamped(deltas: Mapping[Key, int]) -> dict[Key, Shift]:
    """Limit what falls to what is there; what rises needs no look."""
    shifts = {key: Shift(cents, 0) for key, cents in deltas.items() if cents > 0}
    falling = {key: cents for key, cents in deltas.items() if cents < 0}
    if falling:
        stored = stored_totals(falling)
        for key, cents in falling.items():
            amount, cleared = stored.get(key, NOTHING)
            left = max(0, amount + cents)
            shifts[key] = Shift(left - amount, min(cleared, left) - cleared)
    return shifts


def stored_totals(keys: Mapping[Key, int]) -> dict[Key, Shift]:
    """Read campaigns' totals, as cents."""
    rows = CampaignTotal.objects.filter(
        campaign_id__in={key.owner for key in keys}, start__in={key.start for key in keys}
    )
    found = {
        Key(row.campaign_id, row.period, row.start): Shift(to_cents(row.amount), to_cents(row.cleared)) for row in rows
    }
    return {key: found[key] for key in keys if key in found}


def remove_empty(brand_id: UUID, reports: Collection[UUID]) -> None:
    """Remove the rows of 0.00 which only imports have moved, and these, now undone, have made."""
    nothing = {"made_by__in": reports, "amount": 0, "cleared": 0}
    CampaignTotal.objects.filter(campaign__brand=brand_id, **nothing).delete()
    BrandTotal.objects.filter(brand=brand_id, **nothing).delete()


def _upsert(
    model: type[BrandTotal] | type[CampaignTotal], shifts: Mapping[Key, Shift], report: UUID | None = None
) -> list[MovedTotal]:
    """Add to totals, rows made where there are none; in key order, so that two at once cannot deadlock."""
    moving = sorted(
        ((key, change) for key, change in shifts.items() if change != NOTHING),
        key=lambda moved: (moved[0].owner.int, moved[0].period, moved[0].start),
    )
    moved: list[MovedTotal] = []
    for at in range(0, len(moving), ROWS_PER_STATEMENT):
        moved += _upsert_rows(model, moving[at : at + ROWS_PER_STATEMENT], report)
    return moved


def _upsert_rows(
    model: type[BrandTotal] | type[CampaignTotal], moving: list[tuple[Key, Shift]], report: UUID | None
) -> Iterator[MovedTotal]:
    table = connection.ops.quote_name(model._meta.db_table)
    owner = "brand_id" if model is BrandTotal else "campaign_id"
    parameters: list[str | int | None] = []
    shift_of: dict[tuple[object, str, str], tuple[Key, Shift]] = {}
    native = connection.features.has_native_uuid_field  # then ids come back as such, else as they were sent
    made_by = None if report is None else _owner_value(report, native=native)
    for key, change in moving:
        owner_value, start = _owner_value(key.owner, native=native), key.start.isoformat()
        parameters += [owner_value, key.period, start, *change, made_by]
        shift_of[key.owner if native else owner_value, key.period, start] = key, change
    rows = ", ".join([_row()] * len(moving))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({owner}, period, start, amount, cleared, made_by) VALUES {rows} "
            f"ON CONFLICT ({owner}, period, start) DO UPDATE SET "
            f"amount = {table}.amount + excluded.amount, cleared = {table}.cleared + excluded.cleared, "
            f"made_by = CASE WHEN excluded.made_by IS NULL THEN NULL ELSE {table}.made_by END "
            f"RETURNING {owner}, period, start, amount, cleared",
            parameters,
        )
        returned = cursor.fetchall()
    for owner_value, period, start, amount, cleared in returned:
        key, change = shift_of[owner_value, period, str(start)]
        counter = amount - cleared
        yield MovedTotal(key, from_cents(counter), from_cents(counter - change.amount + change.cleared))


def _row() -> str:
    """Give the place of one row's values; PostgreSQL wants to be told what they are."""
    native = connection.features.has_native_uuid_field
    return "(%s::uuid, %s, %s::date, %s, %s, %s::uuid)" if native else "(%s, %s, %s, %s, %s, %s)"


def _owner_value(owner: UUID, *, native: bool) -> str:
    """Write an id as its column takes it: SQLite has no type for it and stores 32 digits."""
    return str(owner) if native else owner.hex
