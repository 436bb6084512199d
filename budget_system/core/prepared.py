"""Statements that come again and again, as those of each spend: their text is made once, and planned once."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet, UUIDField

_M = TypeVar("_M", bound=Model)
_Value = UUID | int | str
_ID: "UUIDField[UUID, UUID]" = UUIDField()


def prepared_cursor() -> CursorWrapper:
    """Return a cursor whose statements PostgreSQL parses and plans once for each connection.

    Django's own cursors write the values into the text, so that each is a new statement. After how many times one is
    prepared, `prepare_threshold` of the connection's settings says; where that is `None`, none ever is.
    """
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor != "postgresql":
        return database.cursor()
    from psycopg import Cursor  # noqa: PLC0415  # where the database is SQLite, nothing else loads the driver

    database.ensure_connection()
    wrapped = database.make_debug_cursor if database.queries_logged else database.make_cursor
    return wrapped(Cursor(database.connection))  # type: ignore[arg-type]  # the stubs know no other driver's


class PreparedQuery:
    """A query as Django compiles it, which takes longer than reading a few rows; sent with other values each time.

    Django compiles it with a stand-in for each value. It serves all threads: nothing of a connection is kept.
    """

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, parameters = compiler.as_sql()
        self._parameters: list[Any] = list(parameters)
        converters = compiler.get_converters([column for column, *_ in compiler.select])
        self._converters = [(place, *found) for place, found in converters.items()]

    def fetch(self, values: Mapping[_Value, _Value]) -> Iterator[list[Any]]:
        """Yield rows as Django would read them, with these values in place of their stand-ins."""
        database = connections[DEFAULT_DB_ALIAS]
        written = {_written(stand_in, database): _written(value, database) for stand_in, value in values.items()}
        with prepared_cursor() as cursor:
            cursor.execute(self._sql, [written.get(value, value) for value in self._parameters])
            rows = cursor.fetchall()
        for row in map(list, rows):
            for place, converters, column in self._converters:
                for convert in converters:
                    row[place] = convert(row[place], column, database)
            yield row


def _written(value: _Value, database: BaseDatabaseWrapper) -> Any:
    return _ID.get_db_prep_value(value, database) if isinstance(value, UUID) else value


def from_row(model: type[_M], row: Sequence[object]) -> _M:
    """Return the instance of a model whose columns a row begins with."""
    names = _columns(model)
    return model.from_db(DEFAULT_DB_ALIAS, names, row[: len(names)])


def related_from_row(model: type[_M], row: Sequence[object]) -> _M:
    """Return the instance of a model whose columns a row ends with: the one related row that is selected too."""
    names = _columns(model)
    return model.from_db(DEFAULT_DB_ALIAS, names, row[-len(names) :])


@cache
def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
