"""The work of a bulk call and of an import in bare SQL, as somebody would write it who wants nothing but speed.

What must stand in the tables afterwards is the same: the ledger's entries, what each import changed and what stood
before, the history of what was overwritten, the totals of campaign and brand. So is what must be asked: the brand is
locked, the entries that stand are looked up, the statuses are compared with the totals, all in one transaction for a
batch. What is left out is what the system does beyond it: no value is checked, nobody is asked who he is, and no plan
is worked out before the first row is written.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from uuid_utils import uuid7

Row = tuple[str, int, str, str]
"""Campaign, cents, date and `external_id`, as the columns have them."""

ENTRY: Final = (
    "id, campaign_id, amount, spend_date, spend_type, description, external_id, imported_by_id, created_by, "
    "created_at, updated_at"
)
DAY: Final = "report_id, campaign_id, day, result, amount, former, undone"
CHANGE: Final = "id, at, by, kind, object_id, brand_id, to_brand_id, action, before, after"
BY: Final = "raw SQL"
CENT: Final = Decimal("0.01")


class RawLedger:
    """One brand's ledger."""

    def __init__(self, brand: UUID) -> None:
        self._postgres = connection.vendor == "postgresql"
        self._brand = self.column(brand)

    def column(self, value: UUID) -> str:
        """Write an id as the database has it."""
        return str(value) if self._postgres else value.hex

    def import_report(self, path: Path, campaigns: dict[str, UUID], report: UUID, batch: int) -> None:
        """Do the work of an import."""
        columns = {external_id: self.column(campaign) for external_id, campaign in campaigns.items()}
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        with path.open(newline="") as text:
            lines = csv.reader(text)
            place = {name: at for at, name in enumerate(next(lines))}
            day, campaign, cost = place["date"], place["campaign_id"], place["spend"]
            for cells in lines:
                sums[cells[day], cells[campaign]] += Decimal(cells[cost])
        rows = (
            (columns[of], int(amount.quantize(CENT, ROUND_HALF_UP).scaleb(2)), on, f"report:microsoft:{on}")
            for (on, of), amount in sorted(sums.items())
        )
        self.in_batches(rows, batch, self.column(report))

    def in_batches(self, rows: Iterator[Row], batch: int, report: str | None = None) -> None:
        """Book rows in batches, each one transaction."""
        while some := list(islice(rows, batch)):
            self.book(some, report)

    def call(self, body: bytes) -> bytes:
        """Do the work of a bulk call: take JSON and give JSON."""
        sent = json.loads(body)
        rows = [
            (
                row["campaign"] if self._postgres else row["campaign"].replace("-", ""),
                int(Decimal(row["amount"]).scaleb(2)),
                row["spend_date"],
                row["external_id"],
            )
            for row in sent
        ]
        entries = self.book(rows, None)
        names = ENTRY.split(", ")
        answer = [{"result": "created", "spend": dict(zip(names, entry, strict=True))} for entry in entries]
        return json.dumps(answer, default=str).encode()

    def book(self, rows: Sequence[Row], report: str | None) -> list[Sequence[Any]]:
        """Book rows in one transaction, and return each entry as it was found or made."""
        now = str(datetime.now(UTC).replace(tzinfo=UTC if self._postgres else None))
        entries: list[Sequence[Any]] = []
        new: list[list[Any]] = []
        days: list[list[Any]] = []
        restated: list[tuple[Any, ...]] = []
        history: list[list[Any]] = []
        totals: dict[tuple[str, str], int] = defaultdict(int)
        with transaction.atomic(), connection.cursor() as cursor:
            today = self._locked(cursor)
            existing = self._standing(cursor, rows)
            for place, (campaign, cents, day, external_id) in enumerate(rows):
                old = existing.get(place)
                if old is not None:
                    entries.append(old[1:])
                if old is None:
                    new.append([uuid7().hex, campaign, cents, day, "DAILY", "", external_id, report, BY, now, now])
                    entries.append(new[-1])
                    totals[campaign, day] += cents
                    days.append([report, campaign, day, "C", cents, None, False])
                elif old[3] != cents:
                    former = json.dumps(dict(zip(ENTRY.split(", "), map(str, old[1:]), strict=True)))
                    after = json.dumps({"amount": str(cents), "imported_by": report})
                    restated.append((cents, report, now, old[1]))
                    history.append([uuid7().hex, now, BY, "spend", old[1], self._brand, None, "CHANGED", former, after])
                    totals[campaign, day] += cents - old[3]
                    days.append([report, campaign, day, "R", cents, former, False])
            self._insert(cursor, "spending_spend", ENTRY, new)
            self._insert(cursor, "brands_change", CHANGE, history)
            if report is not None:
                self._insert(cursor, "spending_importedday", DAY, days)
            self._restate(cursor, restated)
            self._move(cursor, totals)
            self._compare(cursor, today)
        return entries

    def _locked(self, cursor: Any) -> tuple[Any, Any]:
        """Lock the brand; SQLite has one writer at a time."""
        lock = " FOR NO KEY UPDATE" if self._postgres else ""
        cursor.execute(f"SELECT today, this_month FROM brands_brand WHERE id = %s{lock}", [self._brand])
        today: tuple[Any, Any] = cursor.fetchone()
        return today

    def _table(self, types: str, rows: Sequence[Sequence[Any]]) -> tuple[str, list[Any]]:
        names = types.split()
        if self._postgres:
            return f"SELECT * FROM unnest({', '.join(f'%s::{name}[]' for name in names)})", list(
                map(list, zip(*rows, strict=True))
            )
        row = f"({', '.join(['%s'] * len(names))})"
        return f"VALUES {', '.join([row] * len(rows))}", [cell for row in rows for cell in row]

    def _standing(self, cursor: Any, rows: Sequence[Row]) -> dict[int, tuple[Any, ...]]:
        table, parameters = self._table("int uuid text", [(at, row[0], row[3]) for at, row in enumerate(rows)])
        names = f"s.{', s.'.join(ENTRY.split(', '))}"
        same = "s.campaign_id = v.campaign_id AND s.external_id = v.external_id AND NOT (s.external_id = '')"
        entry = f"CROSS JOIN spending_spend s WHERE {same}"
        if self._postgres:  # told so, it uses the index
            entry = f"CROSS JOIN LATERAL (SELECT * FROM spending_spend s WHERE {same} LIMIT 1) s"
        cursor.execute(
            f"WITH v (place, campaign_id, external_id) AS ({table}) SELECT v.place, {names} FROM v {entry}",
            parameters,
        )
        return {row[0]: row for row in cursor.fetchall()}

    def _insert(self, cursor: Any, table: str, columns: str, rows: list[list[Any]]) -> None:
        if not rows:
            return
        if self._postgres:
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)

    def _restate(self, cursor: Any, rows: list[tuple[Any, ...]]) -> None:
        if not rows:
            return
        table, parameters = self._table("bigint uuid timestamptz uuid", rows)
        cursor.execute(
            f"WITH v (amount, report, now, id) AS ({table}) UPDATE spending_spend SET amount = v.amount, "
            "imported_by_id = v.report, updated_at = v.now FROM v WHERE spending_spend.id = v.id",
            parameters,
        )

    def _move(self, cursor: Any, totals: dict[tuple[str, str], int]) -> None:
        """Move the totals of campaigns and of the brand, days and months."""
        sums: dict[tuple[str, str, str, str], int] = defaultdict(int)
        for (campaign, day), cents in totals.items():
            for table, owner in (("campaign", campaign), ("brand", self._brand)):
                sums[table, owner, "D", day] += cents
                sums[table, owner, "M", f"{day[:8]}01"] += cents
        for owner in ("campaign", "brand"):
            rows = [(*key[1:], cents, 0) for key, cents in sums.items() if key[0] == owner]
            for at in range(0, len(rows), 5_000):
                table, parameters = self._table("uuid text date bigint bigint", rows[at : at + 5_000])
                cursor.execute(
                    f"WITH v AS ({table}) "
                    f"INSERT INTO spending_{owner}total ({owner}_id, period, start, amount, cleared) "
                    f"SELECT * FROM v WHERE true ON CONFLICT ({owner}_id, period, start) "
                    f"DO UPDATE SET amount = spending_{owner}total.amount + excluded.amount",
                    parameters,
                )

    def _compare(self, cursor: Any, today: tuple[Any, Any]) -> None:
        """Compare the statuses with the money; what is measured here never crosses a budget."""
        for period, start, budget in (("D", today[0], "daily_budget"), ("M", today[1], "monthly_budget")):
            cursor.execute(
                "SELECT count(*) FROM campaigns_campaign c JOIN brands_brand b ON b.id = c.brand_id "
                "LEFT JOIN spending_brandtotal bt ON bt.brand_id = b.id AND bt.period = %s AND bt.start = %s "
                "LEFT JOIN spending_campaigntotal ct ON ct.campaign_id = c.id AND ct.period = %s AND ct.start = %s "
                "WHERE b.id = %s AND c.status = 'ACTIVE' AND c.archived_at IS NULL "
                f"AND (bt.amount - bt.cleared >= b.{budget} OR ct.amount - ct.cleared >= c.{budget})",
                [period, start, period, start, self._brand],
            )
            if cursor.fetchone()[0]:
                raise RuntimeError("a budget is crossed: what is measured would not be the same work")
