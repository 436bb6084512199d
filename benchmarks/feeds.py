"""How many rows a second go in by bulk and by import, beside raw SQL of the same work in the same run.

    python -m benchmarks.feeds [--rows 50000]

On an empty database: SQLite, or PostgreSQL where TEST_DATABASE_URL is given. "The same work" is what must stand in the
tables afterwards: for an import each campaign-day's ledger entry, the record of what it replaced, and the day's and
month's totals of campaign and brand, read from the same CSV file, in portions of the same size, each one durable
transaction. For bulk: entries and totals of 1,000 rows a call. Every row of the report is a campaign-day of its own,
which is the dearest case; a second import, of a file with ten rows to each campaign-day, shows the usual one.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from uuid_utils.compat import uuid7

from benchmarks.scratch import scratch_database

CAMPAIGNS = 100
PORTION = 2_000
BULK = 1_000
LAST_DAY = date(2026, 1, 31)

Row = Any
Totals = dict[tuple[UUID, str, date], int]


def ask(method: str, address: str, body: object) -> Any:
    """Ask the REST API."""
    client = Client(SERVER_NAME="127.0.0.1")
    answer = client.generic(method, f"/api/{address}", json.dumps(body), content_type="application/json")
    if answer.status_code >= 400:
        raise RuntimeError(f"{method} {address}: {answer.content.decode()}")
    return json.loads(answer.content)


def agency(name: str) -> tuple[UUID, dict[str, UUID]]:
    """Make a brand with campaigns; give their ids."""
    brand = ask("POST", "brands/", {"name": name, "daily_budget": "1000000.00", "monthly_budget": None})["id"]
    campaigns = {}
    for number in range(CAMPAIGNS):
        body = {"brand": brand, "name": f"C{number}", "platform": "microsoft", "external_id": str(1000 + number)}
        campaigns[str(1000 + number)] = UUID(ask("POST", "campaigns/", body)["id"])
    return UUID(brand), campaigns


def write_report(path: Path, rows: int, rows_per_day: int) -> None:
    """Write a report of so many rows."""
    days = rows // rows_per_day // CAMPAIGNS
    with path.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["date", "campaign_id", "device", "clicks", "spend"])
        for day in range(days):
            for campaign in range(CAMPAIGNS):
                for device in range(rows_per_day):
                    cost = f"{(day * 7 + campaign * 3 + device) % 900 / 100 + 0.01:.2f}"
                    writer.writerow([LAST_DAY - timedelta(days=day), 1000 + campaign, device, day % 50, cost])


def raw_import(path: Path, brand: UUID, campaigns: dict[str, UUID], report: UUID) -> None:
    """Do the work of an import in bare SQL."""
    sums: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
    with path.open(newline="") as text:
        for row in csv.DictReader(text):
            sums[row["campaign_id"], date.fromisoformat(row["date"])] += Decimal(row["spend"])
    days = iter(sorted(sums.items(), key=lambda item: (item[0][1], item[0][0])))
    while portion := list(islice(days, PORTION)):
        now = datetime.now(UTC)
        with transaction.atomic():
            entries, kept, totals = [], [], defaultdict[tuple[UUID, str, date], int](int)
            for (external_id, day), amount in portion:
                cents = int(amount.quantize(Decimal("0.01"), ROUND_HALF_UP).scaleb(2))
                campaign = campaigns[external_id]
                entries.append(entry(campaign, cents, day, f"report:microsoft:{day}", report, now))
                kept.append([an_id(report), an_id(campaign), day, "C", cents, None, False])
                add_to(totals, campaign, brand, day, cents)
            insert("spending_spend", ENTRY, entries)
            insert("spending_importedday", DAY, kept)
            move(totals, brand)


def raw_bulk(rows: Iterator[tuple[UUID, int, date, str]], brand: UUID) -> None:
    """Do the work of bulk calls in bare SQL."""
    while portion := list(islice(rows, BULK)):
        now = datetime.now(UTC)
        with transaction.atomic():
            totals: Totals = defaultdict(int)
            entries = []
            for campaign, cents, day, external_id in portion:
                entries.append(entry(campaign, cents, day, external_id, None, now))
                add_to(totals, campaign, brand, day, cents)
            insert("spending_spend", ENTRY, entries)
            move(totals, brand)


ENTRY = (
    "id, campaign_id, amount, spend_date, spend_type, description, external_id, imported_by_id, created_by, "
    "created_at, updated_at"
)
DAY = "report_id, campaign_id, day, result, amount, former, undone"


def entry(campaign: UUID, cents: int, day: date, external_id: str, report: UUID | None, now: datetime) -> Row:
    """Give an entry's columns."""
    by = an_id(report) if report else None
    return [
        an_id(uuid7()),
        an_id(campaign),
        cents,
        day,
        "DAILY",
        "",
        external_id,
        by,
        "command raw",
        str(now),
        str(now),
    ]


def an_id(of: UUID) -> object:
    """Write an id as the database has it."""
    return of if connection.vendor == "postgresql" else of.hex


def add_to(totals: Totals, campaign: UUID, brand: UUID, day: date, cents: int) -> None:
    """Add an entry to its four totals."""
    for owner in (campaign, brand):
        totals[owner, "D", day] += cents
        totals[owner, "M", day.replace(day=1)] += cents


def insert(table: str, columns: str, rows: list[Row]) -> None:
    """Insert rows in the fastest way that the database has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)


def move(totals: Totals, brand: UUID) -> None:
    """Move the totals."""
    typed = "(%s::uuid, %s, %s::date, %s, 0)" if connection.vendor == "postgresql" else "(%s, %s, %s, %s, 0)"
    for table, owner, mine in (("campaigntotal", "campaign_id", False), ("brandtotal", "brand_id", True)):
        rows: list[tuple[Any, ...]] = [
            (an_id(key[0]), key[1], key[2], cents) for key, cents in totals.items() if (key[0] == brand) == mine
        ]
        with connection.cursor() as cursor:
            for at in range(0, len(rows), 5_000):
                part = rows[at : at + 5_000]
                cursor.execute(
                    f"INSERT INTO spending_{table} ({owner}, period, start, amount, cleared) "
                    f"VALUES {', '.join([typed] * len(part))} ON CONFLICT ({owner}, period, start) "
                    f"DO UPDATE SET amount = spending_{table}.amount + excluded.amount",
                    [value for row in part for value in row],
                )


def timed(work: Callable[[], object]) -> float:
    """Do it, and say how many seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def tell(what: str, vendor: str, rows: int, seconds: float, raw: float) -> None:
    """Print a line of the table."""
    ratio = raw / seconds
    print(f"| {what} | {vendor} | {rows:,} | {rows / seconds:,.0f} | {rows / raw:,.0f} | {ratio:.2f} |", flush=True)


def measure_import(vendor: str, folder: Path, rows: int, rows_per_day: int) -> None:
    """Import a report, and do its work in bare SQL."""
    path = folder / "report.csv"
    write_report(path, rows, rows_per_day)
    name = f"{rows_per_day} rows a day"
    agency(name)
    raw_brand, raw_campaigns = agency(f"{name}, raw")
    command = ["import_spends", str(path), "--brand", name, "--platform", "microsoft"]
    seconds = timed(lambda: call_command(*command, stdout=StringIO()))
    report = UUID(ask("GET", "imports/", {})[0]["id"])
    raw = timed(lambda: raw_import(path, raw_brand, raw_campaigns, report))
    tell(f"import, {name}", vendor, rows, seconds, raw)
    again = timed(lambda: call_command(*command, stdout=StringIO()))
    print(f"| the same again, nothing to change | {vendor} | {rows:,} | {rows / again:,.0f} | | |", flush=True)


def measure_bulk(vendor: str, rows: int) -> None:
    """Send rows in calls of 1,000, and do their work in bare SQL."""
    _, campaigns = agency("bulk")
    raw_brand, raw_campaigns = agency("bulk, raw")

    def lines(of: dict[str, UUID]) -> Iterator[tuple[UUID, int, date, str]]:
        ids = list(of.values())
        for number in range(rows):
            yield ids[number % CAMPAIGNS], number % 900 + 1, LAST_DAY - timedelta(days=number % 60), f"b{number}"

    def send() -> None:
        waiting = lines(campaigns)
        while portion := list(islice(waiting, BULK)):
            body = [
                {
                    "campaign": str(campaign),
                    "amount": str(Decimal(cents).scaleb(-2)),
                    "spend_date": day.isoformat(),
                    "external_id": external_id,
                }
                for campaign, cents, day, external_id in portion
            ]
            ask("POST", "spends/bulk/", body)

    seconds = timed(send)
    raw = timed(lambda: raw_bulk(lines(raw_campaigns), raw_brand))
    tell("bulk, over HTTP's layers", vendor, rows, seconds, raw)


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measures bulk and import beside raw SQL.")
    parser.add_argument("--rows", type=int, default=50_000)
    rows: int = parser.parse_args().rows
    with scratch_database() as vendor, tempfile.TemporaryDirectory() as folder:
        print("| what | database | rows | rows/s | raw SQL rows/s | ratio |\n| --- | --- | --- | --- | --- | --- |")
        measure_import(vendor, Path(folder), rows, 1)
        measure_import(vendor, Path(folder), rows, 10)
        measure_bulk(vendor, rows // 5)
        call_command("check_totals", stdout=StringIO())
    return 0


if __name__ == "__main__":
    sys.exit(main())
