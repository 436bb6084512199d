"""The safety net of the budget sweep: where does a stored status contradict the counters, or itself?

One statement, the same on both databases. It compares every brand with its totals; of the campaigns it reads those of
brands whose budget is used up, those that are blocked for money or a hold, those with caps of their own, and those that
contradict themselves. Partial indexes hold them, so that the others cost nothing.
"""

from datetime import datetime
from uuid import UUID

from django.db import connection

from brands.models import Brand
from campaigns.models import CONTRADICTORY, Campaign
from campaigns.status import DAY_BIT, MANUAL_BIT, MONEY_BITS, MONTH_BIT, stored_with
from spending.models import BrandTotal, CampaignTotal, Period

_BRAND, _CAMPAIGN = Brand._meta.db_table, Campaign._meta.db_table


def _used_up(owner: str) -> str:
    """Return the money reasons of an owner as bits, from its budgets and the totals joined as `d` and `m`."""
    return (
        f"(CASE WHEN COALESCE(d.amount - d.cleared, 0) >= {owner}.daily_budget THEN {DAY_BIT} ELSE 0 END"
        f" | CASE WHEN COALESCE(m.amount - m.cleared, 0) >= {owner}.monthly_budget THEN {MONTH_BIT} ELSE 0 END)"
    )


def _totals(table: str, owner: str, key: str, brand: str) -> str:
    """Return the join of an owner's totals of its brand's current day and month."""
    return (
        f"LEFT JOIN {table} d ON d.{key} = {owner}.id AND d.period = '{Period.DAY}' AND d.start = {brand}.today "
        f"LEFT JOIN {table} m ON m.{key} = {owner}.id AND m.period = '{Period.MONTH}' AND m.start = {brand}.this_month"
    )


_MONEY = ", ".join(map(str, stored_with(MONEY_BITS)))
_MANUAL = ", ".join(map(str, stored_with(MANUAL_BIT)))

CONTRADICTED = f"""
WITH brand_use AS (
    SELECT b.id, b.is_held, b.today, b.this_month, b.day_ends_at, {_used_up("b")} AS bits
    FROM {_BRAND} b {_totals(BrandTotal._meta.db_table, "b", "brand_id", "b")}
    WHERE b.archived_at IS NULL
)
-- a day that has ended
SELECT p.id FROM brand_use p WHERE p.day_ends_at <= %s
-- a brand whose budget is used up, or that is held, and a campaign that does not know
UNION SELECT p.id FROM brand_use p WHERE (p.bits <> 0 OR p.is_held) AND EXISTS (
    SELECT 1 FROM {_CAMPAIGN} c WHERE c.brand_id = p.id AND c.archived_at IS NULL
        AND (c.blocked & p.bits <> p.bits OR (p.is_held AND c.blocked & {MANUAL_BIT} = 0)))
-- a campaign blocked for money that is there, or for a hold that nobody ordered; as the index's condition says it
UNION SELECT p.id FROM brand_use p JOIN {_CAMPAIGN} c ON c.brand_id = p.id AND c.archived_at IS NULL
        AND (c.blocked IN ({_MONEY}) OR (c.blocked IN ({_MANUAL}) AND NOT c.paused_by_person))
    WHERE (c.daily_budget IS NULL AND c.monthly_budget IS NULL AND c.blocked & {MONEY_BITS} <> p.bits)
       OR (c.blocked & {MANUAL_BIT} <> 0 AND NOT p.is_held AND NOT c.paused_by_person)
-- a campaign with caps of its own
UNION SELECT p.id FROM brand_use p JOIN {_CAMPAIGN} c ON c.brand_id = p.id AND c.archived_at IS NULL
        AND (c.daily_budget IS NOT NULL OR c.monthly_budget IS NOT NULL)
    {_totals(CampaignTotal._meta.db_table, "c", "campaign_id", "p")}
    WHERE c.blocked & {MONEY_BITS} <> (p.bits | {_used_up("c")})
"""


def contradicted_brands(*, now: datetime) -> list[UUID]:
    """Return the brands that the budget sweep must decide: those whose day has ended, or with a contradiction."""
    instant = connection.ops.adapt_datetimefield_value(now)
    of_themselves = Campaign.objects.filter(CONTRADICTORY).order_by().values("brand_id")
    sql, parameters = of_themselves.query.sql_with_params()  # as the index's condition was made
    return [brand.pk for brand in Brand.everything.raw(f"{CONTRADICTED} UNION {sql}", [instant, *parameters])]
