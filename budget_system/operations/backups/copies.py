"""Backing up and restoring the configured database, whichever it is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from budget_system.core.chunks import is_pooled
from budget_system.operations.backups import postgres, sqlite
from budget_system.operations.backups.files import BackupFailed

SUFFIXES: Final = {"sqlite": "sqlite3", "postgresql": "dump"}
DATABASE_NAMES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
MAGIC_BYTES: Final = {"sqlite": sqlite.MAGIC, "postgresql": postgres.MAGIC}


def back_up(folder: Path, *, now: datetime) -> Path:
    """Copy the database, as it stands at this moment, into a file of the folder named by `now`; return the file.

    Raise `BackupFailed`.
    """
    if not folder.is_dir():
        raise BackupFailed(f"There is no folder {folder}; make it, readable by its owner only.")
    path = folder / f"budget-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.{SUFFIXES[connection.vendor]}"
    if connection.vendor == "postgresql":
        _tools().back_up(path)
    else:
        sqlite.back_up(_database_file(), path)
    return path


def restore(backup: Path) -> set[tuple[str, str]]:
    """Fill the empty database from a backup; return the migrations that this version has in addition.

    Raise `BackupFailed`, and then nothing has changed: no such file, or an incomplete one; one of the other kind of
    database, or of a newer version of this system; a database that is not empty.
    """
    _require_kind(backup)
    if tables := connection.introspection.table_names():
        raise BackupFailed(
            f"The database is not empty (it has {len(tables)} tables, {sorted(tables)[0]} the first); name a new one "
            "in DATABASE_URL, without running migrate. Nothing was restored."
        )
    if connection.vendor == "postgresql":
        tools = _tools()
        unapplied = migrations_beyond(tools.applied_migrations(backup), backup)
        tools.restore(backup)
    else:
        unapplied = migrations_beyond(sqlite.applied_migrations(backup), backup)
        connection.close()
        sqlite.restore(backup, _database_file())
    return unapplied


def _require_kind(backup: Path) -> None:
    try:
        with backup.open("rb") as file:
            beginning = file.read(32)
    except OSError as error:
        raise BackupFailed(f"{backup} cannot be read: {error.strerror}.") from error
    kind = next((vendor for vendor, magic in MAGIC_BYTES.items() if beginning.startswith(magic)), None)
    if kind is None:
        raise BackupFailed(f"{backup} is no backup: neither a file of SQLite nor a dump of PostgreSQL.")
    if kind != connection.vendor:
        raise BackupFailed(
            f"{backup} is a backup of {DATABASE_NAMES[kind]}, and DATABASE_URL names a database of "
            f"{DATABASE_NAMES[connection.vendor]}."
        )


def migrations_beyond(applied: set[tuple[str, str]], backup: Path) -> set[tuple[str, str]]:
    """Return the migrations that this version has in addition to those of a backup.

    Raise `BackupFailed` where the backup has one that this version does not know.
    """
    ours = set(MigrationLoader(None).disk_migrations)
    if not applied & ours:
        raise BackupFailed(f"{backup} is a database of something else: it knows none of this system's migrations.")
    if unknown := applied - ours:
        raise BackupFailed(
            f"{backup} is of a newer version of this system (migration {'.'.join(min(unknown))}); "
            "restore it with that version. Nothing was restored."
        )
    return ours - applied


def _database_file() -> Path:
    return Path(connection.settings_dict["NAME"])


def _tools() -> postgres.Tools:
    if is_pooled(connection):
        raise BackupFailed(
            "DATABASE_URL names a pooler (pooler=true), where what pg_dump sets for itself would be found by others: "
            "give this command the address of the database itself."
        )
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (version,) = cursor.fetchone()
    parameters = connection.get_connection_params()
    return postgres.Tools(parameters, server=int(version) // 10_000, folder=settings.POSTGRES_BIN)
