"""What a ledger would gain and lose by partitions of a month each: on copies of its table, with the system left alone.

    python -m scripts.postgres python -m benchmarks.partitions [--rows 10000000] [--months 24]

On an empty PostgreSQL (TEST_DATABASE_URL). Both copies have the ledger's columns, checks and indexes and the same rows.
A unique key of a partitioned table must have the date in it, so the other copy knows an entry by id and date, and keeps
the unique `external_id` of a campaign, which outlives a change of the date, in a table of its own.
"""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from django.db import connection

from benchmarks.scratch import scratch_database

CAMPAIGNS: Final = 10_000
FIRST: Final = "DATE '2024-01-01'"
STEP: Final = 500_000
BATCH: Final = 1_000
BATCHES: Final = 100
TRIES: Final = 200

WHOLE, PARTS, NAMES = "ledger_whole", "ledger_parts", "ledger_names"

INDEXES: Final = """
CREATE INDEX ON {table} (spend_date DESC, id DESC);
CREATE INDEX ON {table} (campaign_id, spend_date DESC, id DESC);
CREATE INDEX ON {table} (campaign_id, spend_date) WHERE spend_type = 'MONTHLY';
"""
WHOLE_TABLE: Final = f"""
CREATE TABLE {WHOLE} (LIKE spending_spend INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id));
CREATE UNIQUE INDEX ON {WHOLE} (campaign_id, external_id) WHERE external_id <> '';
{INDEXES.format(table=WHOLE)}
"""
PARTED_TABLE: Final = f"""
CREATE TABLE {PARTS} (LIKE spending_spend INCLUDING DEFAULTS INCLUDING CONSTRAINTS, PRIMARY KEY (id, spend_date))
PARTITION BY RANGE (spend_date);
CREATE TABLE {NAMES} (
    campaign_id uuid, external_id varchar(255), spend_date date, PRIMARY KEY (campaign_id, external_id)
);
{INDEXES.format(table=PARTS)}
"""
PARTITION: Final = f"CREATE TABLE {PARTS}_%s PARTITION OF {PARTS} FOR VALUES FROM ({{first}}) TO ({{last}})"

ROWS: Final = f"""
SELECT (lpad(to_hex(n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
    md5((n %% {CAMPAIGNS})::text)::uuid, 1 + n %% 9999, {FIRST} + (least(n, %s) * %s / %s)::int,
    CASE WHEN n %% 500 = 0 THEN 'MONTHLY' ELSE 'DAILY' END, '', CASE WHEN n %% 2 = 0 THEN 'line ' || n ELSE '' END,
    'benchmark', now(), now()
FROM generate_series(%s::bigint, %s::bigint) n
"""
COLUMNS: Final = (
    "id, campaign_id, amount, spend_date, spend_type, description, external_id, created_by, created_at, updated_at"
)
NAMED: Final = f"INSERT INTO {NAMES} SELECT campaign_id, external_id, spend_date FROM rows WHERE external_id <> ''"

READS: Final = {
    "first page of the list": "SELECT * FROM {t} ORDER BY spend_date DESC, id DESC LIMIT 100",
    "a page by key, in the middle": "SELECT * FROM {t} WHERE (spend_date, id) < ({day}, {id}) "
    "ORDER BY spend_date DESC, id DESC LIMIT 100",
    "a campaign's newest 100": "SELECT * FROM {t} WHERE campaign_id = {campaign} "
    "ORDER BY spend_date DESC, id DESC LIMIT 100",
    "a campaign's month, summed": "SELECT sum(amount) FROM {t} WHERE campaign_id = {campaign} "
    "AND spend_date >= date_trunc('month', {day})::date AND spend_date < (date_trunc('month', {day}) + "
    "interval '1 month')::date",
    "one entry by its id": "SELECT * FROM {t} WHERE id = {id}",
    "one entry by its external id": "SELECT * FROM {t} WHERE campaign_id = {campaign} AND external_id = {name}",
}
BY_NAME: Final = (
    "SELECT s.* FROM {names} n JOIN {t} s USING (campaign_id, external_id, spend_date) "
    "WHERE n.campaign_id = {campaign} AND n.external_id = {name}"
)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measures a ledger of partitions beside one without.")
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--months", type=int, default=24)
    options = parser.parse_args()
    with scratch_database() as vendor:
        if vendor != "postgresql":
            print("Partitions are PostgreSQL's: python -m scripts.postgres python -m benchmarks.partitions")
            return 2
        _run("SET statement_timeout = 0")
        print(f"{options.rows:,} rows in {options.months} months, {CAMPAIGNS:,} campaigns\n")
        print(f"{'':32}{'whole':>14}{'by month':>14}")
        for name, unit, whole, parts in _measured(options.rows, options.months):
            print(f"{name:32}{whole:>14,.2f}{parts:>14,.2f}  {unit}", flush=True)
    return 0


def _measured(rows: int, months: int) -> Iterator[tuple[str, str, float, float]]:
    days = months * 30
    _run(WHOLE_TABLE)
    _run(PARTED_TABLE)
    for month in range(months + 1):
        bounds = {"first": f"{FIRST} + {month * 30}", "last": f"{FIRST} + {month * 30 + 30}"}
        _run((PARTITION % month).format(**bounds))
    took = [0.0, 0.0]
    for first in range(1, rows + 1, STEP):
        last = min(first + STEP - 1, rows)
        for at, insert in enumerate((_insert_whole, _insert_parts)):
            took[at] += insert((rows, days, rows, first, last))
    yield "filling it", "1,000 rows/s", rows / 1000 / took[0], rows / 1000 / took[1]
    _run("VACUUM ANALYZE")
    small: list[list[float]] = [[], []]
    for first in range(rows + 1, rows + 1 + BATCH * BATCHES, BATCH):
        for at, insert in enumerate((_insert_whole, _insert_parts)):
            small[at].append(insert((rows, days, rows, first, first + BATCH - 1)))
    yield f"then {BATCH:,} at a time", "1,000 rows/s", BATCH / 1000 / median(small[0]), BATCH / 1000 / median(small[1])
    for name, query in READS.items():
        yield name, "ms", *_read(query, BY_NAME if "external" in name else query, rows, days)
    second_month = f"spend_date >= {FIRST} + 30 AND spend_date < {FIRST} + 60"
    deleted = _run(f"DELETE FROM {WHOLE} WHERE {second_month}") + _run(f"VACUUM {WHOLE}")
    dropped = (
        _run(f"DROP TABLE {PARTS}_1") + _run(f"DELETE FROM {NAMES} WHERE {second_month}") + _run(f"VACUUM {NAMES}")
    )
    yield "removing a month", "s", deleted, dropped
    yield "… but for the external ids", "s", deleted, _run(f"DROP TABLE {PARTS}_2")


def _insert_whole(place: Sequence[int]) -> float:
    return _run(f"INSERT INTO {WHOLE} ({COLUMNS}) {ROWS}", place)


def _insert_parts(place: Sequence[int]) -> float:
    rows = f"WITH rows AS (INSERT INTO {PARTS} ({COLUMNS}) {ROWS} RETURNING *) {NAMED}"
    return _run(rows, place)


def _read(whole: str, parts: str, rows: int, days: int) -> tuple[float, float]:
    took: list[list[float]] = [[], []]
    for number in range(TRIES):
        n = 2 * (rows // 2 // TRIES) * number + 2
        text = f"'{n}'"
        values = {
            "day": f"({FIRST} + {n * days // rows})",
            "id": f"(lpad(to_hex({n}), 12, '0') || '7' || substr(md5({text}), 1, 3) || '8' || "
            f"substr(md5({text}), 4, 15))::uuid",
            "campaign": f"md5('{n % CAMPAIGNS}')::uuid",
            "name": f"'line {n}'",
            "names": NAMES,
        }
        for at, (query, table) in enumerate(((whole, WHOLE), (parts, PARTS))):
            took[at].append(_run(query.format(t=table, **values)) * 1000)
    return median(took[0]), median(took[1])


def _run(statement: str, values: Sequence[int] | None = None) -> float:
    """Carry a statement out, fetch what it gives, and return the seconds."""
    with connection.cursor() as cursor:
        begun = time.perf_counter()
        cursor.execute(statement, values)
        if cursor.description:
            cursor.fetchall()
        return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
