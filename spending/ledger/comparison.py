"""Comparing totals with what they are sums of, in the database, which gives back only where they differ."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection

from brands.calendar import first_of_month
from budget_system.core.money import SUM_PART, cents_in
from campaigns.models import Campaign
from spending.ledger.conversions import id_writer
from spending.ledger.counting import DAILY, DAY, MONTH, Key, Shift
from spending.models import CampaignTotal, Spend

_CAMPAIGN: Final = Campaign._meta.db_table
_SPEND: Final = Spend._meta.db_table
_TOTAL: Final = CampaignTotal._meta.db_table


class Days(NamedTuple):
    """A current day, and the first of its month."""

    today: date
    month: date


class Difference(NamedTuple):
    """A total, and what it must be."""

    key: Key
    stored: Shift
    right: Shift


class Comparison(NamedTuple):
    """What the ledger says of brands' totals, and their campaigns'."""

    wrong: list[Difference]
    """Campaigns' totals that are not the sums of their ledger, or of which more is cleared than that."""
    brand_of: dict[UUID, UUID]
    """The brands of those campaigns."""
    of_brands: dict[Key, Shift]
    """What brands' totals must be: the sums of what their campaigns' must be."""


def compare(brand_ids: Collection[UUID], days: Days | None) -> Comparison:
    """Compare campaigns' totals with the ledger; only those of one day and its month, if given.

    The sums are exact beyond 64 bits, in parts that are put together here.
    """
    month = "date_trunc('month', s.spend_date)::date" if _on_postgres() else "date(s.spend_date, 'start of month')"
    of_month, of_day, of_total = "", "", ""
    if days is not None:
        next_month = first_of_month(days.month + timedelta(days=31))
        of_month = f"AND s.spend_date >= '{days.month}' AND s.spend_date < '{next_month}'"
        of_day = f"AND s.spend_date = '{days.today}'"
        of_total = (
            f"AND ((t.period = '{DAY}' AND t.start = '{days.today}') "
            f"OR (t.period = '{MONTH}' AND t.start = '{days.month}'))"
        )
    brands = f"({', '.join(['%s'] * len(brand_ids))})"
    parameters = list(map(id_writer(), brand_ids))
    statement = f"""
        WITH counted AS (
            SELECT c.brand_id, s.campaign_id, '{MONTH}' AS period, {month} AS start,
                s.amount / {SUM_PART} AS high, s.amount %% {SUM_PART} AS low, 0 AS amount, 0 AS cleared
            FROM {_SPEND} s JOIN {_CAMPAIGN} c ON c.id = s.campaign_id WHERE c.brand_id IN {brands} {of_month}
            UNION ALL
            SELECT c.brand_id, s.campaign_id, '{DAY}', s.spend_date, s.amount / {SUM_PART}, s.amount %% {SUM_PART}, 0, 0
            FROM {_SPEND} s JOIN {_CAMPAIGN} c ON c.id = s.campaign_id
            WHERE c.brand_id IN {brands} AND s.spend_type = '{DAILY}' {of_day}
            UNION ALL
            SELECT c.brand_id, t.campaign_id, t.period, t.start, 0, 0, t.amount, t.cleared
            FROM {_TOTAL} t JOIN {_CAMPAIGN} c ON c.id = t.campaign_id WHERE c.brand_id IN {brands} {of_total}
        ), sums AS (
            SELECT brand_id, campaign_id, period, start, SUM(amount) AS amount, SUM(cleared) AS cleared,
                SUM(high) AS high, SUM(low) AS low, SUM(high) * {SUM_PART} + SUM(low) AS ledger
            FROM counted GROUP BY brand_id, campaign_id, period, start
        ), rights AS (
            SELECT sums.*, CASE WHEN cleared < 0 THEN 0 WHEN cleared > ledger THEN ledger ELSE cleared END AS kept
            FROM sums
        )
        SELECT brand_id, campaign_id, period, start, high, low, kept, amount, cleared FROM rights
        WHERE amount <> ledger OR cleared <> kept
        UNION ALL
        SELECT brand_id, NULL, period, start, SUM(high), SUM(low), SUM(kept), 0, 0 FROM rights
        GROUP BY brand_id, period, start
    """
    found = Comparison([], {}, {})
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters * 3)
        for brand, campaign, period, start, high, low, kept, amount, cleared in cursor.fetchall():
            brand_id, first = _uuid(brand), start if isinstance(start, date) else date.fromisoformat(start)
            right = Shift(cents_in(high, low), int(kept))
            if campaign is None:
                found.of_brands[Key(brand_id, period, first)] = right
            else:
                key = Key(_uuid(campaign), period, first)
                found.wrong.append(Difference(key, Shift(int(amount), int(cleared)), right))
                found.brand_of[key.owner] = brand_id
    return found


def _uuid(value: object) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))


def _on_postgres() -> bool:
    return connection.vendor == "postgresql"
