"""The temporary file of a plan: an SQLite database of its own, without a name in any folder.

So nothing is left behind where the process is killed: https://www.sqlite.org/inmemorydb.html#temp_db
"""

import sqlite3
from collections.abc import Sequence


def open_scratch_file() -> sqlite3.Connection:
    """Return a new file; each statement is committed by itself, and closing removes it."""
    db = sqlite3.connect("", isolation_level=None)
    db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;")
    return db


def write_rows(db: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Write rows in one transaction."""
    db.execute("BEGIN")
    db.executemany(statement, rows)
    db.execute("COMMIT")
