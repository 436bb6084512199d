"""An agency of any size, filled by SQL: rows as the system itself would have left them. Needs Django set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.db import connection

from brands.calendar import end_of_day, start_of_day
from campaigns.status import RULES, PauseReason
from scheduling.windows import Window, is_open, next_transition

TODAY: Final = date(2026, 3, 11)
"""A Wednesday."""
NOW: Final = datetime(2026, 3, 11, 9, 7, tzinfo=UTC)
"""The instant at which windows open; no window of a campaign that is not due has an edge here."""
MADE: Final = NOW - timedelta(days=1)
"""When all rows were written last."""
MIDNIGHT: Final = start_of_day(TODAY + timedelta(days=1), "UTC")

PER_BRAND: Final = 100
ZONES: Final = (
    *("America/New_York", "Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles", "Asia/Kolkata", "Australia/Sydney"),
    *("Europe/London", "America/Sao_Paulo", "Asia/Singapore", "Africa/Johannesburg", "America/Chicago", "Asia/Dubai"),
)
PATTERNS: Final = 20
DUE, ALWAYS = PATTERNS, PATTERNS + 1
"""The patterns of campaigns whose windows open at `NOW`, and of those that are always open."""
MAX_SPENDS: Final = 1_000_000
PLENTY: Final = 10**12
DAY_BIT: Final = RULES[PauseReason.DAILY_BUDGET_EXCEEDED].bit
HOURS_BIT: Final = RULES[PauseReason.OUTSIDE_SCHEDULE].bit


def windows_of(pattern: int) -> tuple[Window, ...]:
    """Return the windows of a pattern, one on each weekday."""
    if pattern == DUE:
        start, end = NOW.time(), time(17)
    elif pattern == ALWAYS:
        start = end = time(0)
    else:
        start, end = time(5 + pattern % 5), time(17 + pattern // 5)
    return tuple(Window(day, start, end, ends_next_day=False) for day in range(7))


@dataclass(frozen=True)
class Spread:
    """Campaigns of a kind: so many in each of the first brands in UTC."""

    of_each: int
    brands: int

    @classmethod
    def of(cls, wanted: int, brands: int) -> "Spread":
        """Spread so many over at most so many brands, about evenly."""
        each = -(-wanted // brands)
        return cls(each, wanted // each if each else 0)

    @property
    def number(self) -> int:
        """How many there are."""
        return self.of_each * self.brands


@dataclass(frozen=True)
class Agency:
    """What was filled in."""

    campaigns: int
    due: Spread
    wake: Spread
    large: int

    @property
    def brands(self) -> int:
        """How many brands there are, without the large one."""
        return self.campaigns // PER_BRAND


def fill(campaigns: int, due: int, wake: int, large: int) -> Agency:
    """Fill an empty database."""
    in_utc = campaigns // PER_BRAND // 2
    agency = Agency(campaigns, Spread.of(due, in_utc), Spread.of(wake, in_utc), large)
    _fill_states()
    _fill_brands(agency)
    spends = max(1, min(10, MAX_SPENDS // campaigns))
    _fill_campaigns(agency, -(-spends // 10))
    _fill_windows()
    _fill_ledger(spends)
    run("DROP TABLE pattern_state")
    run("DROP TABLE campaign_pattern")
    tidy_up()
    return agency


def run(statement: str, parameters: Sequence[str | int] = ()) -> int:
    """Carry out a statement; return how many rows it concerned."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return int(cursor.rowcount)


def tidy_up() -> None:
    """Collect the statistics that the database's planner needs."""
    run("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def numbers(count: int) -> str:
    """Return a table `n (i)` of the numbers from 0 on."""
    if connection.vendor == "postgresql":
        return f"generate_series(0, {count - 1}) AS n (i)"
    return (
        f"(WITH RECURSIVE t (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM t WHERE i < {count - 1}) SELECT i FROM t) AS n"
    )


def made_id(kind: str, number: str) -> str:
    """Return SQL of the id of a row of a kind (a hexadecimal digit), by its number."""
    if connection.vendor == "postgresql":
        return f"('{kind}' || lpad(to_hex({number}), 31, '0'))::uuid"
    return f"('{kind}' || printf('%%031x', {number}))"


def instant(at: datetime) -> str:
    """Return an instant as a literal."""
    return f"'{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}'" + ("::timestamptz" if connection.vendor == "postgresql" else "")


def day(of: date) -> str:
    """Return a date as a literal."""
    return f"'{of}'" + ("::date" if connection.vendor == "postgresql" else "")


def _fill_states() -> None:
    """Note of each pattern in each zone whether it is open at `NOW`, and until when."""
    run("CREATE TABLE pattern_state (pattern int, zone text, is_open int, next_edge varchar(30), day_end varchar(30))")
    rows = []
    for zone in ("UTC", *ZONES):
        for pattern in range(ALWAYS + 1):
            windows = windows_of(pattern)
            edge = next_transition(windows, at=NOW, tz=zone)
            rows.append(
                (
                    pattern,
                    zone,
                    int(is_open(windows, at=NOW, tz=zone)),
                    None if edge is None else f"{edge:%Y-%m-%d %H:%M:%S}",
                    f"{end_of_day(NOW, zone):%Y-%m-%d %H:%M:%S}",
                )
            )
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO pattern_state VALUES (%s, %s, %s, %s, %s)", rows)


def _stored_instant(column: str) -> str:
    return f"{column}::timestamp AT TIME ZONE 'UTC'" if connection.vendor == "postgresql" else column


def _fill_brands(agency: Agency) -> None:
    """Fill every second brand into UTC, the others into many zones, and the large one into UTC."""
    zone = " ".join(f"WHEN {at} THEN '{name}'" for at, name in enumerate(ZONES))
    now = instant(MADE)
    run(
        "INSERT INTO brands_brand (id, name, name_key, search_key, daily_budget, monthly_budget, timezone, currency, "
        "is_held, today, this_month, day_ends_at, created_at, updated_at) "
        f"SELECT {made_id('b', 'i')}, 'Brand ' || i, 'brand ' || i, 'brand ' || i, {PLENTY}, {PLENTY}, zone, 'USD', "
        f"FALSE, {day(TODAY)}, {day(TODAY.replace(day=1))}, {_stored_instant('day_end')}, {now}, {now} "
        f"FROM (SELECT i, CASE WHEN i %% 2 = 0 OR i = {agency.brands} THEN 'UTC' "
        f"ELSE CASE (i / 2) %% {len(ZONES)} {zone} END END AS zone FROM {numbers(agency.brands + 1)}) AS numbered "
        "JOIN pattern_state USING (zone) WHERE pattern = 0"
    )


def _fill_campaigns(agency: Agency, spends_today: int) -> None:
    """Fill campaigns in, decided as at a minute before `NOW`."""
    due, wake = agency.due, agency.wake
    place, brand = f"(i %% {PER_BRAND})", f"(i / {PER_BRAND})"
    run(
        "CREATE TABLE campaign_pattern AS SELECT i, brand, "
        f"CASE WHEN brand < {agency.brands} AND brand %% 2 = 0 AND brand / 2 < {wake.brands} "
        f"AND place >= {PER_BRAND - 1 - wake.of_each} AND place < {PER_BRAND - 1} THEN {ALWAYS} "
        f"WHEN brand < {agency.brands} AND brand %% 2 = 0 AND brand / 2 < {due.brands} AND place < {due.of_each} "
        f"THEN {DUE} ELSE i %% {PATTERNS} END AS pattern, "
        f"CASE WHEN place = {PER_BRAND - 1} THEN {PLENTY} END AS plenty "
        f"FROM (SELECT i, {place} AS place, "
        f"CASE WHEN i < {agency.campaigns} THEN {brand} ELSE {agency.brands} END AS brand "
        f"FROM {numbers(agency.campaigns + agency.large)}) AS numbered"
    )
    now = instant(MADE)
    open_, always, is_due = "s.is_open = 1", f"p.pattern = {ALWAYS}", f"p.pattern = {DUE}"
    bits = f"CASE WHEN {always} THEN {DAY_BIT} WHEN {is_due} OR NOT {open_} THEN {HOURS_BIT} ELSE 0 END"
    run(
        "INSERT INTO campaigns_campaign (id, brand_id, name, name_key, search_key, platform, external_id, "
        "daily_budget, paused_by_person, status, pause_reason, blocked, paused_at, next_transition_at, created_at, "
        "updated_at) "
        f"SELECT {made_id('c', 'p.i')}, b.id, 'Campaign ' || p.i, 'campaign ' || p.i, 'campaign ' || p.i, '', '', "
        f"CASE WHEN {always} THEN {spends_today * 100} ELSE p.plenty END, FALSE, "
        f"CASE WHEN {bits} = 0 THEN 'ACTIVE' ELSE 'PAUSED' END, "
        f"CASE {bits} WHEN {DAY_BIT} THEN '{PauseReason.DAILY_BUDGET_EXCEEDED}' "
        f"WHEN {HOURS_BIT} THEN '{PauseReason.OUTSIDE_SCHEDULE}' END, {bits}, "
        f"CASE WHEN {bits} <> 0 THEN {now} END, "
        f"CASE WHEN {is_due} THEN {instant(NOW)} ELSE {_stored_instant('s.next_edge')} END, {now}, {now} "
        f"FROM campaign_pattern p JOIN brands_brand b ON b.id = {made_id('b', 'p.brand')} "
        "JOIN pattern_state s ON s.zone = b.timezone AND s.pattern = p.pattern ORDER BY p.i"
    )


def _fill_windows() -> None:
    patterns = [
        f"({pattern}, {window.day_of_week}, '{window.start}', '{window.end}')"
        for pattern in range(ALWAYS + 1)
        for window in windows_of(pattern)
    ]
    clock = "::time" if connection.vendor == "postgresql" else ""
    now = instant(MADE)
    run(
        f"WITH w (pattern, weekday, opens, closes) AS (VALUES {', '.join(patterns)}) "
        "INSERT INTO scheduling_schedule (id, campaign_id, day_of_week, start_time, end_time, ends_next_day, "
        f"is_active, created_at, updated_at) SELECT {made_id('d', 'p.i * 7 + w.weekday')}, {made_id('c', 'p.i')}, "
        f"w.weekday, w.opens{clock}, w.closes{clock}, FALSE, TRUE, {now}, {now} "
        "FROM campaign_pattern p JOIN w ON w.pattern = p.pattern ORDER BY p.i"
    )


def _fill_ledger(spends: int) -> None:
    """Fill in as many entries of 1.00 for each campaign, of as many days back, and all totals."""
    now = instant(MADE)
    for back in range(spends):
        run(
            "INSERT INTO spending_spend (id, campaign_id, amount, spend_date, spend_type, description, external_id, "
            f"created_by, created_at, updated_at) SELECT {made_id('e', f'p.i * 10 + {back}')}, {made_id('c', 'p.i')}, "
            f"100, {day(TODAY - timedelta(days=back % 10))}, 'DAILY', '', '', '', {now}, {now} FROM campaign_pattern p"
        )
    for period, start in (("D", "spend_date"), ("M", day(TODAY.replace(day=1)))):
        run(
            "INSERT INTO spending_campaigntotal (campaign_id, period, start, amount, cleared) "
            f"SELECT campaign_id, '{period}', {start}, SUM(amount), 0 FROM spending_spend GROUP BY campaign_id, {start}"
        )
    run(
        "INSERT INTO spending_brandtotal (brand_id, period, start, amount, cleared) "
        "SELECT c.brand_id, t.period, t.start, SUM(t.amount), 0 FROM spending_campaigntotal t "
        "JOIN campaigns_campaign c ON c.id = t.campaign_id GROUP BY c.brand_id, t.period, t.start"
    )
