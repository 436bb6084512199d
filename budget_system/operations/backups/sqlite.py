"""SQLite: a copy of one moment, by SQLite's own backup, while others write."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from budget_system.operations.backups.files import BackupFailed, written_atomically

MAGIC: Final = b"SQLite format 3\0"
SIDE_FILE_SUFFIXES: Final = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; it would use those of another database as its own."""


def back_up(database: Path, to: Path) -> None:
    """Copy the database. Raise `BackupFailed`."""
    with written_atomically(to) as part:
        try:
            # All pages in one step: one moment's state, and with the log (WAL) nobody waits meanwhile.
            with closing(_opened(database, "rw")) as source, closing(sqlite3.connect(part)) as copy:
                source.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
                _check(copy, part)
        except sqlite3.Error as error:
            raise BackupFailed(f"The database could not be copied: {error}. Nothing is left of it.") from error


def applied_migrations(backup: Path) -> set[tuple[str, str]]:
    """Return the migrations of the database in a backup, which is checked. Raise `BackupFailed`."""
    try:
        with closing(_opened(backup, "ro")) as copy:
            _check(copy, backup)
            return set(copy.execute("SELECT app, name FROM django_migrations"))
    except sqlite3.Error as error:
        raise BackupFailed(f"{backup} cannot be read: {error}. Nothing was restored.") from error


def restore(backup: Path, database: Path) -> None:
    """Put a backup in the place of a database that is empty or missing. Raise `BackupFailed`."""
    for beside in ("", *SIDE_FILE_SUFFIXES):
        database.with_name(database.name + beside).unlink(missing_ok=True)
    try:
        with (
            written_atomically(database) as part,
            closing(_opened(backup, "ro")) as source,
            closing(sqlite3.connect(part)) as copy,
        ):
            source.backup(copy)
    except sqlite3.Error as error:
        raise BackupFailed(f"{backup} could not be copied to {database}: {error}. Nothing was restored.") from error


def _opened(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=20)


def _check(copy: sqlite3.Connection, path: Path) -> None:
    (finding,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if finding != "ok":
        raise BackupFailed(f"{path.name} is damaged, so it is not used: {' '.join(finding.split())}.")
