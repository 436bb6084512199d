"""Copies of the running system's database, which it is set back to before each test. Needs no Django of its own."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

EMPTY: Final = "empty.snapshot"
"""As it is after the first start: one administrator, nothing else."""
AGENCY: Final = "agency.snapshot"
SESSIONS: Final = "sessions.json"
ROWS: Final = "rows.json"
LIVE: Final = "system.sqlite3"
REPORTS: Final = Path(__file__).resolve().parent.parent / "data" / "reports"
REPORT: Final = REPORTS / "google_ads_campaign_stats_data.csv"


def keep(snapshot: Path) -> None:
    """Keep the database beside it as it is now."""
    _copy(snapshot.with_name(LIVE), snapshot)


def restore(snapshot: Path) -> None:
    """Set the database beside it back, as if ticks had gone on since; who works with it sees all of it at once."""
    live = snapshot.with_name(LIVE)
    _copy(snapshot, live)
    with closing(sqlite3.connect(live, timeout=30)) as database, database:
        database.execute("UPDATE tasks_heartbeat SET finished_at = strftime('%Y-%m-%d %H:%M:%f', 'now')")


def _copy(source: Path, to: Path) -> None:
    with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(to, timeout=30)) as written:
        read.backup(written)
