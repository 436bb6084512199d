"""Reading the rows of a query a batch at a time, for what is calculated of many at once."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model, QuerySet

from budget_system.core.chunks import read_in_chunks

_M = TypeVar("_M", bound=Model)
ROWS_AT_A_TIME = 500


def batches(rows: QuerySet[_M]) -> Iterable[list[_M]]:
    """Yield the rows in lists of up to 500; the last may be empty."""
    batch: list[_M] = []
    for row in read_in_chunks(rows, ROWS_AT_A_TIME):
        batch.append(row)
        if len(batch) == ROWS_AT_A_TIME:
            yield batch
            batch = []
    yield batch
