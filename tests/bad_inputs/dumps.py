"""All that is stored, to be compared with what was stored before."""

from collections.abc import Collection

from django.apps import apps

Dump = dict[str, list[dict[str, object]]]


def dump(*, but: Collection[str] = ()) -> Dump:
    """Return every row of every table, but for who is logged in where, and for the tables that are named."""
    return {
        model._meta.label: sorted(model._base_manager.values(), key=str)
        for model in apps.get_models()
        if model._meta.label not in {"sessions.Session", *but}
    }
