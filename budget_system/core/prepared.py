"""Statements that come again and again, as those of each spend: their text is made once, and planned once."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet, UUIDField

_ID: "UUIDField[UUID, UUID]" = UUIDField()


def prepared_cursor() -> CursorWrapper:
    """Return a cursor whose statements PostgreSQL parses and plans once for each connection.

    Django's own cursors write the values into the text, so that each is a new statement. After how many times one is
    prepared, `prepare_threshold` of the connection's settings says; where that is `None`, none ever is.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        return database.cursor()
    database.ensure_connection()
    wrapped = database.make_debug_cursor if database.queries_logged else database.make_cursor
    return wrapped(psycopg.Cursor(database.connection))  # type: ignore[arg-type]  # the stubs know no other driver's


class PreparedQuery:
    """A query as Django compiles it, which takes longer than reading a few rows by it; sent with other ids each time.

    It serves all threads: nothing of the connection that compiled it is kept.
    """

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._parameters = compiler.as_sql()
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        self._converters = [(place, *found) for place, found in converters.items()]

    def fetch(self, ids: Mapping[UUID, UUID]) -> Iterator[list[Any]]:
        """Yield rows as Django would read them, of a query with these ids in place of those it was compiled with."""
        database = connections[DEFAULT_DB_ALIAS]
        written = {_ID.get_db_prep_value(key, database): _ID.get_db_prep_value(ids[key], database) for key in ids}
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, [written.get(value, value) for value in self._parameters])
            rows = cursor.fetchall()
        for row in map(list, rows):
            for place, converters, column in self._converters:
                for convert in converters:
                    row[place] = convert(row[place], column, database)
            yield row
