"""Finding what stands in the ledger, many entries at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection

from spending.entries import SpendRow
from spending.models import Spend
from spending.tables import PARAMETERS, id_writer, table_of

IDS_AT_A_TIME: Final = 5_000
_TYPES: Final = ("int", "uuid", "text")

Pair = tuple[UUID, str]
"""A campaign, and an entry's `external_id` there."""


class Standing(NamedTuple):
    """What of an entry is compared with what is sent; money in cents."""

    column: UUID | str
    cents: int
    day: date

    @property
    def id(self) -> UUID:
        """Its id, which SQLite stores as text."""
        return self.column if isinstance(self.column, UUID) else UUID(self.column)


def standing_at(pairs: Sequence[tuple[str, str]]) -> dict[int, Standing]:
    """Find the entries that stand, by the place of their pair: the campaign as its column has it, `external_id`."""
    table = connection.ops.quote_name(Spend._meta.db_table)
    found: dict[int, Standing] = {}
    portion = PARAMETERS // len(_TYPES)
    for first in range(0, len(pairs), portion):
        wanted = enumerate(pairs[first : first + portion], first)
        values, parameters = table_of(_TYPES, [(place, *pair) for place, pair in wanted])
        with connection.cursor() as cursor:
            # The condition is spelled as in the partial index, or SQLite would read the campaign's whole ledger.
            cursor.execute(
                f"WITH v (place, campaign_id, external_id) AS ({values}) "
                f"SELECT v.place, s.id, s.amount, s.spend_date FROM v CROSS JOIN {table} s "
                "WHERE s.campaign_id = v.campaign_id AND s.external_id = v.external_id AND NOT (s.external_id = '')",
                parameters,
            )
            rows = cursor.fetchall()
        for place, pk, cents, day in rows:
            found[place] = Standing(pk, cents, day)
    return found


def rows_by_id(ids: Collection[UUID]) -> dict[UUID, SpendRow]:
    """Read entries by their ids."""
    wanted = list(ids)
    found: dict[UUID, SpendRow] = {}
    for at in range(0, len(wanted), IDS_AT_A_TIME):
        spends = Spend.objects.filter(pk__in=wanted[at : at + IDS_AT_A_TIME]).order_by()
        for values in spends.values_list(*SpendRow._fields):
            found[values[0]] = SpendRow._make(values)
    return found


def entries_of(pairs: Iterable[Pair]) -> dict[Pair, SpendRow]:
    """Read entries by campaign and `external_id`."""
    wanted = list(dict.fromkeys(pairs))
    written_id = id_writer()
    columns = [(written_id(campaign_id), external_id) for campaign_id, external_id in wanted]
    standing = {place: one.id for place, one in standing_at(columns).items()}
    spends = rows_by_id(standing.values())
    return {wanted[place]: spends[pk] for place, pk in standing.items()}
