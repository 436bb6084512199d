"""Copying a whole database into another, of either kind: from SQLite to PostgreSQL, and back.

Rows are copied as they are, with their ids and instants, in batches that fit into memory. The whole is one transaction,
at whose end each table is read back and compared: where one differs, or anything fails, the target stays as empty as it
was.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import DEFAULT_DB_ALIAS, Error, connections, models, transaction
from django.db.migrations.loader import MigrationLoader

from budget_system.core.chunks import read_in_chunks
from budget_system.operations.backups.files import BackupFailed
from budget_system.operations.databases import configured

SOURCE: Final = "source"
TARGET: Final = DEFAULT_DB_ALIAS
BATCH_SIZE: Final = 2_000

WRITTEN_BY_MIGRATE: Final = frozenset({"contenttypes", "django_celery_beat"})
"""Apps whose rows `migrate` creates; rows of any other app mean that the database is in use."""

Row = tuple[Any, ...]


@dataclass(slots=True)
class TableChecksum:
    """The number of rows of a table, and a sum of them that is practically unique; their order does not matter."""

    rows: int = 0
    digest: int = 0

    def add(self, row: Row) -> None:
        """Count a row."""
        text = repr([json.dumps(value, sort_keys=True) if isinstance(value, dict | list) else value for value in row])
        self.rows += 1
        self.digest = (self.digest + int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())) % 2**128


def copy_from(source: str) -> Iterator[tuple[str, int]]:
    """Copy all of a database into the one of `DATABASE_URL`; yield each table that holds rows, and how many.

    `source` is the file of an SQLite database, or an address. The target may have been made by `migrate`. Raise
    `BackupFailed`, and then nothing was copied: a target that holds anything, a source that is missing or of another
    version of this system, a table that does not read back as it was written.
    """
    with _opened(source):
        _require_empty()
        _require_same_version()
        call_command("migrate", interactive=False, verbosity=0)
        with _snapshot(SOURCE), _snapshot(TARGET):
            tables = list(_tables())
            with connections[TARGET].cursor() as cursor:
                for model in tables:
                    cursor.execute(f"DELETE FROM {connections[TARGET].ops.quote_name(model._meta.db_table)}")
            for model in tables:
                written = _copy(model)
                _compare(model, written)
                if written.rows:
                    yield model._meta.db_table, written.rows
            connections[TARGET].check_constraints()
            _reset_sequences(tables)


@contextmanager
def _opened(source: str) -> Iterator[None]:
    """Add the source to the connections."""
    if "://" not in source:
        path = Path(source).absolute()
        if not path.is_file():
            raise BackupFailed(f"There is no file {path}; name the SQLite database to copy from. Nothing was copied.")
        source = f"sqlite:///{path}"
    try:
        config = configured(source)
    except ValueError as error:
        raise BackupFailed(str(error).replace("DATABASE_URL", "The address of the source")) from error
    connections.settings[SOURCE] = connections.configure_settings({TARGET: {}, SOURCE: dict(config)})[SOURCE]
    try:
        yield
    except Error as error:
        why = str(error).strip().partition("\n")[0]
        raise BackupFailed(f"It could not be copied, and nothing of it was: {why}") from error
    finally:
        connections[SOURCE].close()
        del connections[SOURCE], connections.settings[SOURCE]


@contextmanager
def _snapshot(alias: str) -> Iterator[None]:
    """Work in one transaction, which sees one moment and may idle while the other database works."""
    with transaction.atomic(using=alias):
        if connections[alias].vendor == "postgresql":
            with connections[alias].cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        yield


def _tables() -> Iterator[type[models.Model]]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def _require_empty() -> None:
    connection = connections[TARGET]
    there = set(connection.introspection.table_names())
    ours = {model._meta.db_table: model for model in _tables()}
    if there and not there & set(ours):
        raise BackupFailed("The database of DATABASE_URL holds tables of something else; name a new one.")
    for table in sorted(there & set(ours)):
        model = ours[table]
        of_migrate = model._meta.app_label in WRITTEN_BY_MIGRATE or model._meta.label == "auth.Permission"
        if not of_migrate and model._base_manager.using(TARGET).exists():
            raise BackupFailed(
                f"The database of DATABASE_URL is not empty ({table} has rows); name a new one. Nothing was copied."
            )


def _require_same_version() -> None:
    source = MigrationLoader(connections[SOURCE])
    applied, ours = set(source.applied_migrations), set(source.disk_migrations)
    if applied - ours:
        raise BackupFailed("The source is of a newer version of this system; copy it with that. Nothing was copied.")
    if ours - applied:
        raise BackupFailed(
            f"The source lacks {len(ours - applied)} migrations of this version; run `python manage.py migrate` on it "
            "first, with DATABASE_URL naming it. Nothing was copied."
        )


def _fields(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def _rows(model: type[models.Model], alias: str) -> Iterator[Row]:
    names = [field.attname for field in _fields(model)]
    rows = model._base_manager.using(alias).order_by("pk").values_list(*names)
    yield from read_in_chunks(rows, BATCH_SIZE)


def _copy(model: type[models.Model]) -> TableChecksum:
    """Copy a table's rows without the models' own saving, which would set some values anew."""
    fields, target = _fields(model), connections[TARGET]
    columns = ", ".join(target.ops.quote_name(str(field.column)) for field in fields)
    table, places = target.ops.quote_name(model._meta.db_table), ", ".join(["%s"] * len(fields))
    read, rows = TableChecksum(), _rows(model, SOURCE)
    with target.cursor() as cursor:
        while batch := list(islice(rows, BATCH_SIZE)):
            for row in batch:
                read.add(row)
            cursor.executemany(
                f"INSERT INTO {table} ({columns}) VALUES ({places})", [_prepared(fields, row) for row in batch]
            )
    return read


def _prepared(fields: Iterable["models.Field[Any, Any]"], row: Row) -> Row:
    target = connections[TARGET]
    return tuple(field.get_db_prep_save(value, target) for field, value in zip(fields, row, strict=True))


def _compare(model: type[models.Model], read: TableChecksum) -> None:
    written = TableChecksum()
    for row in _rows(model, TARGET):
        written.add(row)
    if written != read:
        raise BackupFailed(
            f"{model._meta.db_table} does not read back as it was written ({read.rows} rows read, {written.rows} "
            "written, or other values). Nothing was copied."
        )


def _reset_sequences(tables: list[type[models.Model]]) -> None:
    """Make new rows get numbers above those that were copied."""
    with connections[TARGET].cursor() as cursor:
        for statement in connections[TARGET].ops.sequence_reset_sql(no_style(), tables):  # none on SQLite
            cursor.execute(statement)
