"""Comparing totals with what they are sums of, in the database, which gives back only where they differ."""

from collections.abc import Collection, Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from brands.calendar import first_of_month
from budget_system.core.money import MAX_SUM, SUM_PART, cents_in
from campaigns.models import Campaign
from spending.ledger.bulk_sql import id_writer
from spending.ledger.counting import DAILY, DAY, MONTH, NO_SHIFT, Key, Shift
from spending.models import BrandTotal, CampaignTotal, Spend

_CAMPAIGN: Final = Campaign._meta.db_table
_SPEND: Final = Spend._meta.db_table
_OF_CAMPAIGN, _OF_BRAND = CampaignTotal._meta.db_table, BrandTotal._meta.db_table


class Days(NamedTuple):
    """A current day, and the first of its month."""

    today: date
    month: date


class Difference(NamedTuple):
    """A total, and what it must be."""

    key: Key
    stored: Shift
    right: Shift

    @property
    def correction(self) -> Shift:
        """By how much a sum changes that holds it as it is stored, unless that is beyond 64 bits."""
        held = self.stored if self.stored.amount <= MAX_SUM else NO_SHIFT
        return Shift(self.right.amount - held.amount, self.right.cleared - held.cleared)


def campaign_differences(brand_ids: Collection[UUID], days: Days | None) -> dict[Key, Difference]:
    """Return where campaigns' totals are not the sums of their ledger, or more is cleared than that.

    Only of one day and its month, if given. The sums are exact beyond 64 bits, in parts that are put together here. A
    total that is itself beyond, which SQLite stores as a float, is always among them.
    """
    month = "date_trunc('month', s.spend_date)::date" if _on_postgres() else "date(s.spend_date, 'start of month')"
    of_month, of_day, of_total = "", "", ""
    if days is not None:
        next_month = first_of_month(days.month + timedelta(days=31))
        of_month = f"AND s.spend_date >= '{days.month}' AND s.spend_date < '{next_month}'"
        of_day = f"AND s.spend_date = '{days.today}'"
        of_total = _of_days(days)
    brands, parameters = _named(brand_ids)
    rows = _select(
        f"""
        WITH counted AS (
            SELECT s.campaign_id, '{MONTH}' AS period, {month} AS start,
                s.amount / {SUM_PART} AS high, s.amount %% {SUM_PART} AS low, 0 AS amount, 0 AS cleared
            FROM {_SPEND} s JOIN {_CAMPAIGN} c ON c.id = s.campaign_id WHERE c.brand_id IN {brands} {of_month}
            UNION ALL
            SELECT s.campaign_id, '{DAY}', s.spend_date, s.amount / {SUM_PART}, s.amount %% {SUM_PART}, 0, 0
            FROM {_SPEND} s JOIN {_CAMPAIGN} c ON c.id = s.campaign_id
            WHERE c.brand_id IN {brands} AND s.spend_type = '{DAILY}' {of_day}
            UNION ALL
            SELECT t.campaign_id, t.period, t.start, 0, 0, t.amount, t.cleared
            FROM {_OF_CAMPAIGN} t JOIN {_CAMPAIGN} c ON c.id = t.campaign_id WHERE c.brand_id IN {brands} {of_total}
        )
        SELECT campaign_id, period, start, SUM(amount), SUM(cleared), SUM(high), SUM(low) FROM counted
        GROUP BY campaign_id, period, start
        HAVING SUM(high) * {SUM_PART} + SUM(low) <> SUM(amount) OR SUM(cleared) < 0 OR SUM(cleared) > SUM(amount)
            OR SUM(amount) > {MAX_SUM}
        """,
        parameters * 3,
    )
    found = {}
    for key, amount, cleared, high, low in rows:
        ledger = cents_in(high, low)
        right = Shift(ledger, max(0, min(cleared, ledger)))
        found[key] = Difference(key, Shift(amount, cleared), right)
    return found


def brand_sums(brand_ids: Collection[UUID], days: Days | None) -> Iterator[Difference]:
    """Yield brands' totals, each beside the sum of its campaigns', but for those beyond 64 bits.

    Only of one day and its month, if given.
    """
    of_total = "" if days is None else _of_days(days)
    brands, parameters = _named(brand_ids)
    rows = _select(
        f"""
        WITH counted AS (
            SELECT c.brand_id, t.period, t.start, 0 AS amount, 0 AS cleared,
                t.amount / {SUM_PART} AS high, t.amount %% {SUM_PART} AS low,
                t.cleared / {SUM_PART} AS cleared_high, t.cleared %% {SUM_PART} AS cleared_low
            FROM {_OF_CAMPAIGN} t JOIN {_CAMPAIGN} c ON c.id = t.campaign_id
            WHERE c.brand_id IN {brands} AND t.amount <= {MAX_SUM} {of_total}
            UNION ALL
            SELECT t.brand_id, t.period, t.start, t.amount, t.cleared, 0, 0, 0, 0
            FROM {_OF_BRAND} t WHERE t.brand_id IN {brands} {of_total}
        )
        SELECT brand_id, period, start, SUM(amount), SUM(cleared), SUM(high), SUM(low), SUM(cleared_high),
            SUM(cleared_low)
        FROM counted GROUP BY brand_id, period, start ORDER BY brand_id, period, start
        """,
        parameters * 2,
    )
    for key, amount, cleared, high, low, cleared_high, cleared_low in rows:
        sums = Shift(cents_in(high, low), cents_in(cleared_high, cleared_low))
        yield Difference(key, Shift(amount, cleared), sums)


def _select(statement: str, parameters: list[str]) -> Iterator[tuple[Any, ...]]:
    """Yield rows that begin with a total's key, and go on with integers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        for owner, period, start, *numbers in cursor.fetchall():
            key = Key(
                owner if isinstance(owner, UUID) else UUID(owner),
                period,
                start if isinstance(start, date) else date.fromisoformat(start),
            )
            yield key, *map(int, numbers)


def _of_days(days: Days) -> str:
    return (
        f"AND ((t.period = '{DAY}' AND t.start = '{days.today}') "
        f"OR (t.period = '{MONTH}' AND t.start = '{days.month}'))"
    )


def _named(ids: Collection[UUID]) -> tuple[str, list[str]]:
    return f"({', '.join(['%s'] * len(ids))})", list(map(id_writer(), ids))


def _on_postgres() -> bool:
    return connection.vendor == "postgresql"
