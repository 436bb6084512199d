"""Filling the keys by which names are searched, of rows that were written before there were any."""

from typing import Any, Final

from django.db.models import F, Model

from budget_system.core.searching import search_key

CHUNK: Final = 2_000


def fill_search_keys(model: type[Model]) -> None:
    """Fill `search_key` from `name_key`: in the database where a name has ASCII only, else row by row."""
    rows: Any = model._base_manager.all()  # a model of a migration has no type
    rows.update(search_key=F("name_key"))
    others = rows.filter(name_key__regex=r"[^\x01-\x7f]").order_by("pk")
    chunk = list(others[:CHUNK])
    while chunk:
        for row in chunk:
            row.search_key = search_key(row.name)
        rows.bulk_update(chunk, ["search_key"])
        chunk = list(others.filter(pk__gt=chunk[-1].pk)[:CHUNK])
