"""Finding what stands in the ledger, many entries at a time."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection

from spending.models import Spend
from spending.tables import PARAMETERS, table_of, written_id

IDS_AT_A_TIME: Final = 5_000
_TYPES: Final = ("int", "uuid", "text")

Pair = tuple[UUID, str]
"""A campaign, and an entry's `external_id` there."""


class Standing(NamedTuple):
    """What of an entry is compared with what is sent; money in cents."""

    id: UUID
    cents: int
    day: date


def standing_at(pairs: Sequence[Pair]) -> dict[int, Standing]:
    """Find the entries that stand, by the place of their pair."""
    table = connection.ops.quote_name(Spend._meta.db_table)
    columns = {campaign_id: written_id(campaign_id) for campaign_id, _ in pairs}
    found: dict[int, Standing] = {}
    portion = PARAMETERS // len(_TYPES)
    for first in range(0, len(pairs), portion):
        wanted = enumerate(pairs[first : first + portion], first)
        values, parameters = table_of(_TYPES, [(place, columns[pair[0]], pair[1]) for place, pair in wanted])
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
            found[place] = Standing(pk if isinstance(pk, UUID) else UUID(pk), cents, day)
    return found


def spends_by_id(ids: Collection[UUID]) -> dict[UUID, Spend]:
    """Read entries by their ids."""
    wanted = list(ids)
    found: dict[UUID, Spend] = {}
    for at in range(0, len(wanted), IDS_AT_A_TIME):
        found.update(
            (spend.pk, spend) for spend in Spend.objects.filter(pk__in=wanted[at : at + IDS_AT_A_TIME]).order_by()
        )
    return found


def entries_of(pairs: Iterable[Pair]) -> dict[Pair, Spend]:
    """Read entries by campaign and `external_id`."""
    wanted = list(dict.fromkeys(pairs))
    standing = standing_at(wanted)
    spends = spends_by_id([one.id for one in standing.values()])
    return {wanted[place]: spends[one.id] for place, one in standing.items()}
