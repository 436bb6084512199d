"""Import four platforms' real reports day after day, and compare with what was worked out without the system.

    python -m benchmarks.replay_reports

On an empty database (SQLite, or PostgreSQL where TEST_DATABASE_URL is given): each report of `tests/data/reports` is
cut into days, and each day imported with the clock moved to its evening. Then the whole files are imported (0 changed),
a day is halved, zeroed and restored, and micros are given out as units. Ends with status 1 where anything differs.
"""

import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from benchmarks.microsoft_report import REPORTS
from benchmarks.scratch import scratch_database

CENT = Decimal("0.01")
MICRO = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Report:
    """A report, where its cells are, and what it must come to."""

    platform: str
    file: str
    campaign: str
    cost: str
    divisor: Decimal
    total: Decimal
    entries: int

    @property
    def path(self) -> Path:
        """Where the file is."""
        return REPORTS / self.file

    def lines(self) -> tuple[list[str], list[dict[str, str]]]:
        """Read the header and the lines."""
        with self.path.open(newline="") as text:
            reader = csv.DictReader(text)
            return list(reader.fieldnames or ()), list(reader)

    def sums(self) -> dict[tuple[str, date], Decimal]:
        """Work out each campaign's day, rounded half-up once: without the system."""
        exact: dict[tuple[str, date], Decimal] = defaultdict(Decimal)
        for row in self.lines()[1]:
            exact[row[self.campaign], date.fromisoformat(row["date"][:10])] += Decimal(row[self.cost]) / self.divisor
        return {key: amount.quantize(CENT, ROUND_HALF_UP) for key, amount in exact.items()}

    def exactly(self) -> Decimal:
        """Add up the whole file, unrounded."""
        return sum((Decimal(row[self.cost]) / self.divisor for row in self.lines()[1]), Decimal(0))


FOUR = (
    Report("microsoft", "microsoft_ads_campaign_performance_daily_report_data.csv", "campaign_id", "spend", Decimal(1),
           Decimal("946.34"), 243),
    Report("reddit", "reddit_ads_campaign_report_data.csv", "campaign_id", "spend", MICRO, Decimal("12970.78"), 79),
    Report("snapchat", "snapchat_campaign_hourly_report_data.csv", "campaign_id", "spend", MICRO, Decimal("1.01"), 1),
    Report("google", "google_ads_campaign_stats_data.csv", "id", "cost_micros", MICRO, Decimal("231.33"), 15),
)  # fmt: skip


class Replay:
    """One report under a brand of its own."""

    def __init__(self, report: Report, travel: Callable[[datetime], object], folder: Path) -> None:
        self.report, self.travel, self.folder = report, travel, folder
        self.header, self.lines = report.lines()
        self.sums = report.sums()
        self.faults: list[str] = []

    def expect(self, what: str, is_: object, should_be: object) -> None:
        """Note what differs."""
        if is_ != should_be:
            self.faults.append(f"{self.report.platform}: {what}: {is_} should be {should_be}")

    def load(self, path: Path, *options: str) -> str:
        """Import a file."""
        out = StringIO()
        arguments = ["import_spends", str(path), "--brand", self.report.platform, "--platform", self.report.platform]
        call_command(*arguments, *options, stdout=out)
        return out.getvalue()

    def of_day(self, day: date, *, factor: Decimal = Decimal(1)) -> Path:
        """Write a day's lines into a file, each cost times a factor."""
        path = self.folder / f"{self.report.platform}-{day}.csv"
        with path.open("w", newline="") as text:
            writer = csv.DictWriter(text, self.header)
            writer.writeheader()
            for row in self.lines:
                if row["date"].startswith(day.isoformat()):
                    writer.writerow({**row, self.report.cost: str(Decimal(row[self.report.cost]) * factor)})
        return path

    def move_clock_to(self, day: date) -> None:
        """Move the clock to the evening of a day."""
        self.travel(datetime(day.year, day.month, day.day, 18, tzinfo=UTC))

    def run(self) -> Iterator[str]:
        """Go through it all, and say what came of it."""
        days = sorted({day for _, day in self.sums})
        last = max(day for (_, day), amount in self.sums.items() if amount)
        day = days[0]
        while day <= days[-1]:
            self.move_clock_to(day)
            if day in days:
                self.load(self.of_day(day), "--create-campaigns", "--force")
            if day == last:
                yield from self.restate(day)
            day += timedelta(days=1)
        yield from self.totals()
        yield from self.again()
        if self.report.divisor == MICRO:
            yield from self.mistaken()

    def totals(self) -> Iterator[str]:
        """Compare the ledger with the sums."""
        ledger = ledger_of(self.report.platform)
        above_zero = {key: amount for key, amount in self.sums.items() if amount}
        self.expect("the ledger", ledger, above_zero)
        booked = sum(ledger.values(), Decimal(0))
        self.expect("the total", booked, self.report.total)
        self.expect("the entries", len(ledger), self.report.entries)
        exactly = self.report.exactly()
        yield f"{booked} in {len(ledger)} entries; {exactly.normalize():f} in the file, rounding {exactly - booked:f}"

    def again(self) -> Iterator[str]:
        """Import the whole file, which changes nothing."""
        before = ledger_of(self.report.platform)
        out = self.load(self.report.path)
        self.expect("the same again", "0 new, 0 restated, 0 voided" in out, True)
        self.expect("the same ledger", ledger_of(self.report.platform), before)
        yield "the same file again: 0 changed"

    def restate(self, day: date) -> Iterator[str]:
        """Halve, zero and restore a day of today, whose campaign has a cap of just that."""
        before = ledger_of(self.report.platform)
        campaign = next(of for (of, on), amount in self.sums.items() if on == day and amount)
        set_cap(self.report.platform, campaign, self.sums[campaign, day])
        self.expect("paused at its cap", status_of(self.report.platform, campaign), "PAUSED")
        seen = []
        for what, factor, status in (("halved", Decimal("0.5"), "ACTIVE"), ("restored", Decimal(1), "PAUSED"),
                                     ("zeroed", Decimal(0), "ACTIVE"), ("restored", Decimal(1), "PAUSED")):  # fmt: skip
            self.load(self.of_day(day, factor=factor), "--force")
            should_be = self.of_day_sum(campaign, day, factor)
            is_ = ledger_of(self.report.platform).get((campaign, day), Decimal("0.00"))
            self.expect(what, is_, should_be)
            self.expect(f"{what}: status", status_of(self.report.platform, campaign), status)
            seen.append(f"{what} {is_} {status}")
        self.expect("all restored", ledger_of(self.report.platform), before)
        yield f"{campaign} on {day}: {', '.join(seen)}"

    def of_day_sum(self, campaign: str, day: date, factor: Decimal) -> Decimal:
        """Work out a day anew."""
        costs = [
            Decimal(row[self.report.cost]) * factor / self.report.divisor
            for row in self.lines
            if row[self.report.campaign] == campaign and row["date"].startswith(day.isoformat())
        ]
        return sum(costs, Decimal(0)).quantize(CENT, ROUND_HALF_UP)

    def mistaken(self) -> Iterator[str]:
        """Yield micros out as units: it stops before it writes."""
        before = ledger_of(self.report.platform), imports()
        try:
            self.load(self.report.path, "--unit", "units")
            self.faults.append(f"{self.report.platform}: micros were booked as units")
        except CommandError as refusal:
            yield f"micros read as units: {refusal}"
        self.expect("nothing written", (ledger_of(self.report.platform), imports()), before)


def ask(method: str, address: str, body: dict[str, object] | None = None) -> Any:
    """Ask the REST API."""
    client = Client(SERVER_NAME="127.0.0.1")
    answer = client.generic(method, f"/api/{address}", json.dumps(body or {}), content_type="application/json")
    if answer.status_code >= 400:
        raise RuntimeError(f"{method} {address}: {answer.content.decode()}")
    return json.loads(answer.content)


def campaigns_of(brand: str) -> dict[str, dict[str, Any]]:
    """Read a brand's campaigns by their id here."""
    return {row["id"]: row for row in ask("GET", f"campaigns/?platform={brand}")}


def ledger_of(brand: str) -> dict[tuple[str, date], Decimal]:
    """Read what is booked, by the campaign's id on the platform and date."""
    campaigns = campaigns_of(brand)
    return {
        (campaigns[row["campaign"]]["external_id"], date.fromisoformat(row["spend_date"])): Decimal(row["amount"])
        for row in ask("GET", "spends/?page_size=1000")
        if row["campaign"] in campaigns
    }


def imports() -> int:
    """Count the imports."""
    return len(ask("GET", "imports/?page_size=1000"))


def campaign_of(brand: str, external_id: str) -> dict[str, Any]:
    """Read a campaign."""
    return next(row for row in campaigns_of(brand).values() if row["external_id"] == external_id)


def status_of(brand: str, campaign: str) -> str:
    """Read a campaign's status."""
    return str(campaign_of(brand, campaign)["status"])


def set_cap(brand: str, campaign: str, cap: Decimal) -> None:
    """Set a campaign's daily cap."""
    ask("PATCH", f"campaigns/{campaign_of(brand, campaign)['id']}/", {"daily_budget": str(cap)})


def main() -> int:
    """Replay the four reports; return the exit status."""
    faults = []
    started = time.monotonic()
    with (
        scratch_database() as vendor,
        tempfile.TemporaryDirectory() as folder,
        time_machine.travel(datetime(2018, 1, 1, tzinfo=UTC), tick=False) as clock,
    ):
        for report in FOUR:
            replay = Replay(report, clock.move_to, Path(folder))
            replay.move_clock_to(min(day for _, day in replay.sums))
            budget = max(replay.sums.values()) * 2
            ask("POST", "brands/", {"name": report.platform, "daily_budget": str(budget), "monthly_budget": None})
            for line in replay.run():
                print(f"{report.platform}: {line}")
            faults += replay.faults
        call_command("check_totals")
    for fault in faults:
        print(f"DIFFERS: {fault}")
    print(
        f"{'FAILED' if faults else 'OK'}: {len(faults)} differences, on {vendor} in {time.monotonic() - started:.1f} s"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
