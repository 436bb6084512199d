"""The work of the sweeps and orders in bare SQL, as somebody would write it who wants nothing but speed.

What is locked, what is read and sent to the client, what stands in the tables afterwards, and how many commits there
are, is the same. What is left out is what the system does beyond it: no verdict is worked out, for the raw way is told
how each campaign ends up, and nothing is told to the log.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection, transaction

from benchmarks.scale_data import HOURS_BIT, PLENTY, TODAY, day, instant, run
from campaigns.status import PauseReason

BATCH: Final = 200
"""Brands in a transaction."""
MANUAL_BIT: Final = 1
MONTH: Final = TODAY.replace(day=1)


def select(statement: str, parameters: Sequence[str | int] = ()) -> list[tuple[object, ...]]:
    """Return all rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def ids(statement: str) -> list[str]:
    """Return ids, as the columns have them."""
    return [str(row[0]) for row in select(statement)]


def batches(brands: Sequence[str]) -> list[str]:
    """Return lists of ids for `IN`."""
    ordered = sorted(brands)
    return ["(" + ", ".join(f"'{pk}'" for pk in ordered[at : at + BATCH]) + ")" for at in range(0, len(ordered), BATCH)]


def lock(brands: str) -> None:
    """Lock brands, and read them."""
    ending = " FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    select(f"SELECT * FROM brands_brand WHERE id IN {brands} ORDER BY id{ending}")


def read_facts(campaigns: str, brands: str, today: date) -> None:
    """Read what verdicts rest on: the campaigns of a condition, their windows, and the totals."""
    select(
        "SELECT c.id, c.brand_id, c.name, c.daily_budget, c.monthly_budget, c.paused_by_person, c.stated_reason, "
        f"c.status, c.pause_reason, c.blocked, c.paused_at, c.next_transition_at FROM campaigns_campaign c "
        f"WHERE {campaigns} AND c.archived_at IS NULL"
    )
    select(
        "SELECT w.campaign_id, w.day_of_week, w.start_time, w.end_time, w.ends_next_day, w.is_active "
        f"FROM scheduling_schedule w JOIN campaigns_campaign c ON c.id = w.campaign_id WHERE {campaigns} "
        "AND c.archived_at IS NULL"
    )
    periods = f"((t.period = 'D' AND t.start = {day(today)}) OR (t.period = 'M' AND t.start = {day(MONTH)}))"
    select(
        "SELECT t.brand_id, t.period, t.start, t.amount, t.cleared FROM spending_brandtotal t "
        f"WHERE t.brand_id IN {brands} AND {periods}"
    )
    select(
        "SELECT t.campaign_id, t.period, t.start, t.amount, t.cleared FROM spending_campaigntotal t "
        f"JOIN campaigns_campaign c ON c.id = t.campaign_id WHERE {campaigns} AND {periods} "
        "AND (c.daily_budget IS NOT NULL OR c.monthly_budget IS NOT NULL)"
    )


def write(campaigns: str, at: datetime, *, status: str, reason: str | None, bits: str, edge: str = "") -> int:
    """Write how campaigns of a condition end up, and an event of each; return how many there are."""
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    reason_column = "NULL" if reason is None else f"'{reason}'"
    json = "::jsonb" if connection.vendor == "postgresql" else ""
    figures = f"""'{{"brand": {{"day": {{"spent": "100.00", "budget": "{PLENTY}", "overshoot": "0.00"}}}}}}'{json}"""
    run(
        "INSERT INTO campaigns_statusevent (id, brand_id, campaign_id, at, from_status, to_status, pause_reason, "
        f'blocked, figures, by, "order", note) SELECT {new_id}, c.brand_id, c.id, {instant(at)}, c.status, '
        f"'{status}', {reason_column}, {bits}, {figures}, 'raw SQL', '', '' FROM campaigns_campaign c "
        f"WHERE {campaigns} AND c.archived_at IS NULL"
    )
    paused_at = "NULL" if status == "ACTIVE" else instant(at)
    return run(
        f"UPDATE campaigns_campaign AS c SET status = '{status}', pause_reason = {reason_column}, blocked = {bits}, "
        f"paused_at = {paused_at}, updated_at = {instant(at)}{edge} WHERE {campaigns} AND c.archived_at IS NULL"
    )


def tick(at: datetime) -> None:
    """Look for what is due, and for money that says otherwise than the status."""
    select(f"SELECT id FROM brands_brand WHERE day_ends_at <= {instant(at)} AND archived_at IS NULL")
    select(
        f"SELECT DISTINCT brand_id FROM campaigns_campaign WHERE next_transition_at <= {instant(at)} "
        "AND archived_at IS NULL"
    )
    used_up = (
        "COALESCE(d.amount - d.cleared, 0) >= {0}.daily_budget "
        "OR COALESCE(m.amount - m.cleared, 0) >= {0}.monthly_budget"
    )
    totals = (
        "LEFT JOIN {0} d ON d.{1}_id = {2}.id AND d.period = 'D' AND d.start = b.today "
        "LEFT JOIN {0} m ON m.{1}_id = {2}.id AND m.period = 'M' AND m.start = b.this_month"
    )
    select(
        f"SELECT b.id FROM brands_brand b {totals.format('spending_brandtotal', 'brand', 'b')} "
        f"WHERE b.archived_at IS NULL AND ({used_up.format('b')})"
    )
    select(
        "SELECT c.id FROM campaigns_campaign c JOIN brands_brand b ON b.id = c.brand_id "
        f"{totals.format('spending_campaigntotal', 'campaign', 'c')} WHERE c.archived_at IS NULL "
        "AND (c.daily_budget IS NOT NULL OR c.monthly_budget IS NOT NULL) AND b.archived_at IS NULL "
        f"AND ({used_up.format('c')}) <> (c.blocked IN (2, 4, 6))"
    )
    select("SELECT COUNT(*) FROM campaigns_campaign WHERE archived_at IS NULL")


def dayparting(at: datetime, edge: datetime) -> None:
    """Open what is due; all of it closes at `edge`."""
    due = f"c.next_transition_at <= {instant(at)}"
    found = ids(f"SELECT DISTINCT c.brand_id FROM campaigns_campaign c WHERE {due} AND c.archived_at IS NULL")
    for brands in batches(found):
        with transaction.atomic():
            lock(brands)
            of_batch = f"c.brand_id IN {brands} AND {due}"
            read_facts(of_batch, brands, TODAY)
            write(
                of_batch,
                at,
                status="ACTIVE",
                reason=None,
                bits="0",
                edge=f", next_transition_at = {instant(edge)}",
            )


def midnight(at: datetime) -> None:
    """Begin the days that have ended, and open what the day before has held back."""
    tomorrow = TODAY + timedelta(days=1)
    found = ids(f"SELECT id FROM brands_brand WHERE day_ends_at <= {instant(at)} AND archived_at IS NULL")
    select(
        "SELECT c.brand_id, COUNT(*) FROM spending_campaigntotal t JOIN campaigns_campaign c ON c.id = t.campaign_id "
        f"JOIN brands_brand b ON b.id = c.brand_id WHERE b.day_ends_at <= {instant(at)} AND t.period = 'D' "
        f"AND t.start = b.today AND t.amount > 0 GROUP BY c.brand_id"
    )
    for brands in batches(found):
        with transaction.atomic():
            lock(brands)
            run(
                f"UPDATE brands_brand SET today = {day(tomorrow)}, day_ends_at = {instant(at + timedelta(days=1))} "
                f"WHERE id IN {brands}"
            )
            held_back = f"c.brand_id IN {brands} AND c.blocked > 0 AND c.blocked IN (4, 6, 20, 22)"
            read_facts(held_back, brands, tomorrow)
            write(held_back, at, status="ACTIVE", reason=None, bits="0")


def decide_everything(brands: Sequence[str]) -> None:
    """Compare the ledger's current day and month with the totals, and read what all verdicts rest on."""
    for batch in batches(brands):
        with transaction.atomic():
            lock(batch)
            select(
                "SELECT t.campaign_id, t.amount, s.day, s.month FROM (SELECT s.campaign_id, SUM(s.amount) AS month, "
                f"SUM(CASE WHEN s.spend_date = {day(TODAY)} AND s.spend_type = 'DAILY' THEN s.amount ELSE 0 END) "
                "AS day FROM spending_spend s JOIN campaigns_campaign c ON c.id = s.campaign_id "
                f"WHERE c.brand_id IN {batch} AND s.spend_date >= {day(MONTH)} GROUP BY s.campaign_id) s "
                "JOIN spending_campaigntotal t ON t.campaign_id = s.campaign_id WHERE "
                f"(t.period = 'D' AND t.start = {day(TODAY)} AND t.amount <> s.day) "
                f"OR (t.period = 'M' AND t.start = {day(MONTH)} AND t.amount <> s.month)"
            )
            read_facts(f"c.brand_id IN {batch}", batch, TODAY)


def hold(brand: str, at: datetime) -> None:
    """Hold a brand."""
    with transaction.atomic():
        lock(f"('{brand}')")
        run("UPDATE brands_brand SET is_held = TRUE WHERE id = %s", [brand])
        campaigns = f"c.brand_id = '{brand}' AND c.blocked IN (0, {HOURS_BIT})"
        read_facts(campaigns, f"('{brand}')", TODAY)
        write(campaigns, at, status="PAUSED", reason=PauseReason.MANUAL, bits=f"c.blocked + {MANUAL_BIT}")


def change_budget(brand: str, cents: int) -> None:
    """Change a brand's budget to another that is not used up either."""
    with transaction.atomic():
        lock(f"('{brand}')")
        run("UPDATE brands_brand SET daily_budget = %s WHERE id = %s", [cents, brand])
        select(
            f"SELECT * FROM spending_brandtotal WHERE brand_id = %s AND start IN ({day(TODAY)}, {day(MONTH)})", [brand]
        )


def brand_ids() -> list[str]:
    """Return the ids of all brands."""
    return ids("SELECT id FROM brands_brand WHERE archived_at IS NULL")
