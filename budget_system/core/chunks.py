"""Reading what a query finds a chunk at a time, also where a pooler lets transactions share connections."""

import pickle
from collections.abc import Iterator
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, Final, TypeVar

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet

_M = TypeVar("_M", bound=Model)
_R = TypeVar("_R")

IN_MEMORY: Final = 4 * 1024 * 1024
"""Bytes of what is kept from the pooler; what is more lies in a temporary file."""


def is_pooled(database: BaseDatabaseWrapper) -> bool:
    """Return whether the address says that a pooler stands before the database."""
    return bool(database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS", False))


def read_in_chunks(rows: "QuerySet[_M, _R]", size: int) -> Iterator[_R]:
    """Yield what a query finds; only some of it is in memory."""
    found = _kept(rows, size) if is_pooled(connections[rows.db]) else rows.iterator(chunk_size=size)
    yield from found


def _kept(rows: "QuerySet[_M, _R]", size: int) -> Iterator[_R]:
    """Yield what a query finds, all of which is read before.

    Django's `iterator()` has all of it in memory there: 757 MB for 200,000 spends, which take 125 MB so. A cursor works
    as long as the transaction that opens it; but that must not last until somebody has taken the last row, for whatever
    else is done by this thread meanwhile would be part of it.
    """
    chunked: Any = rows
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        with transaction.atomic(using=rows.db):
            read = chunked._iterator(True, size)  # what `iterator()` calls, with this switch off behind a pooler
            while chunk := list(islice(read, size)):
                pickle.dump(chunk, file)
        end = file.tell()
        file.seek(0)
        while file.tell() < end:
            yield from pickle.load(file)
