"""Bulk and import measured beside raw SQL. Needs Django set up."""

import cProfile
import csv
import json
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Final
from uuid import UUID

from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from benchmarks.raw_feeds import RawLedger, Row
from brands.access.tokens import issue_token
from brands.services import create_brand
from budget_system.core.actors import Actor
from campaigns.services import create_campaign
from spending.imports.plan.plan import BATCH_SIZE
from spending.ledger.entries import SpendValues
from spending.models import Import
from spending.recording.bulk import record_many

BY: Final = Actor.command("feeds")
CAMPAIGNS: Final = 100
BULK: Final = 1_000
LAST_DAY: Final = date(2026, 1, 31)
PLENTY: Final = Decimal("1000000.00")

Work = Callable[[], object]


class Table:
    """Times work, and prints a line for it."""

    def __init__(self, vendor: str, *, profile: bool) -> None:
        self._vendor, self._profile = vendor, profile
        print("| what | database | rows | rows/s | raw SQL rows/s | ratio |\n| --- | --- | --- | --- | --- | --- |")

    def beside(self, what: str, rows: int, ours: Work, raw: Work) -> None:
        """Do both, one after the other."""
        seconds, raw_seconds = self._timed(ours), timed(raw)
        print(
            f"| {what} | {self._vendor} | {rows:,} | {rows / seconds:,.0f} | {rows / raw_seconds:,.0f} | "
            f"{raw_seconds / seconds:.2f} |",
            flush=True,
        )

    def _timed(self, work: Work) -> float:
        if not self._profile:
            return timed(work)
        profile = cProfile.Profile()
        seconds = timed(partial(profile.runcall, work))
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
        return seconds


def timed(work: Work) -> float:
    """Do it, and return how many seconds it took."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(vendor: str, rows: int, profile: bool) -> None:
    """Measure all, and print a table."""
    table = Table(vendor, profile=profile)
    with tempfile.TemporaryDirectory() as folder:
        measure_import(table, Path(folder), rows, rows_per_day=1)
        measure_import(table, Path(folder), rows, rows_per_day=10)
    measure_service(table, rows)
    measure_requests(table, rows)


def agency(name: str) -> tuple[UUID, dict[str, UUID]]:
    """Create a brand with campaigns, and return their ids."""
    now = timezone.now()
    brand = create_brand(values={"name": name, "daily_budget": PLENTY, "monthly_budget": None}, now=now, by=BY)
    campaigns = {}
    for number in range(1000, 1000 + CAMPAIGNS):
        campaign = create_campaign(
            values={"brand_id": brand.pk, "name": f"C{number}", "platform": "microsoft", "external_id": str(number)},
            now=now,
            by=BY,
        )
        campaigns[str(number)] = campaign.pk
    return brand.pk, campaigns


def write_report(path: Path, rows: int, rows_per_day: int, more: int) -> None:
    """Write a report of so many rows."""
    days = rows // rows_per_day // CAMPAIGNS
    with path.open("w", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(["date", "campaign_id", "device", "clicks", "spend"])
        for day in range(days):
            for campaign in range(CAMPAIGNS):
                for device in range(rows_per_day):
                    cost = Decimal((day * 7 + campaign * 3 + device + more) % 900 + 1).scaleb(-2)
                    writer.writerow([LAST_DAY - timedelta(days=day), 1000 + campaign, device, day % 50, cost])


def measure_import(table: Table, folder: Path, rows: int, rows_per_day: int) -> None:
    """Import a report, again, and restated; and do the same in bare SQL."""
    path = folder / "report.csv"
    what = f"import, {rows_per_day} rows a day" if rows_per_day > 1 else "import, 1 row a day"
    agency(what)
    raw_brand, raw_campaigns = agency(f"{what}, raw")
    raw = RawLedger(raw_brand)
    command = ["import_spends", str(path), "--brand", what, "--platform", "microsoft"]
    for more, how in ((0, ""), (0, ", the same again"), (1, ", all restated")):
        write_report(path, rows, rows_per_day, more)
        ours = partial(call_command, *command, stdout=StringIO())

        def by_hand() -> None:
            newest = Import.objects.latest("at")  # the raw import's rows need one of their own
            newest.pk, newest.brand_id = UUID(int=newest.pk.int ^ 1), raw_brand
            newest.save(force_insert=True)
            raw.import_report(path, raw_campaigns, newest.pk, BATCH_SIZE)

        table.beside(f"{what}{how}", rows, ours, by_hand)


def bulk_rows(campaigns: dict[str, UUID], rows: int) -> Iterator[tuple[UUID, int, date, str]]:
    """Yield what is sent: campaign, cents, date and `external_id`."""
    ids = list(campaigns.values())
    for number in range(rows):
        yield ids[number % CAMPAIGNS], number % 900 + 1, LAST_DAY - timedelta(days=number % 60), f"b{number}"


def measure_service(table: Table, rows: int) -> None:
    """Book many rows by the service, and in bare SQL."""
    _, campaigns = agency("bulk, the service")
    raw_brand, raw_campaigns = agency("bulk, the service, raw")
    raw = RawLedger(raw_brand)
    values: list[SpendValues] = [
        {"campaign_id": campaign, "amount": Decimal(cents).scaleb(-2), "spend_date": day, "external_id": external_id}
        for campaign, cents, day, external_id in bulk_rows(campaigns, rows)
    ]
    raw_values: list[Row] = [
        (raw.column(campaign), cents, day.isoformat(), external_id)
        for campaign, cents, day, external_id in bulk_rows(raw_campaigns, rows)
    ]

    def ours() -> None:
        for at in range(0, rows, BULK):
            record_many(rows=values[at : at + BULK], now=timezone.now(), by=BY)

    table.beside("bulk, the service", rows, ours, lambda: raw.in_batches(iter(raw_values), BULK))


def measure_requests(table: Table, rows: int) -> None:
    """Send many rows over HTTP's layers, with a token; in bare SQL, take JSON and give JSON."""
    user = User.objects.create_superuser("feeds")
    token = issue_token(user=user, expires_at=None, now=timezone.now(), by=BY).text
    _, campaigns = agency("bulk, the request")
    raw_brand, raw_campaigns = agency("bulk, the request, raw")
    raw, client = RawLedger(raw_brand), Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Token {token}"})

    def post(body: bytes) -> None:
        answer = client.generic("POST", "/api/spends/bulk/", body, content_type="application/json")
        if answer.status_code != 200:
            raise RuntimeError(answer.content.decode())

    client.get("/api/spends/")  # a server looks for its files once, not with each request
    for how in ("", ", the same again", ", all restated"):
        ours = partial(send, post, bodies(campaigns, rows, how))
        by_hand = partial(send, raw.call, bodies(raw_campaigns, rows, how))
        table.beside(f"bulk, the request{how}", rows, ours, by_hand)


def send(post: Callable[[bytes], object], sent: list[bytes]) -> None:
    """Send one body after the other."""
    for body in sent:
        post(body)


def bodies(campaigns: dict[str, UUID], rows: int, how: str) -> list[bytes]:
    """Return the bodies of calls."""
    waiting = bulk_rows(campaigns, rows)
    more = 1 if "restated" in how else 0
    sent = []
    while batch := list(islice(waiting, BULK)):
        objects = [
            {
                "campaign": str(campaign),
                "amount": str(Decimal(cents + more).scaleb(-2)),
                "spend_date": day.isoformat(),
                "external_id": external_id,
            }
            for campaign, cents, day, external_id in batch
        ]
        sent.append(json.dumps(objects).encode())
    return sent
