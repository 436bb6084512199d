"""Choosing a row by typing part of its name."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError

from budget_system.inputs import parse_uuid


class RowSelect(AutocompleteSelect):
    """The stock field fails on an id that is none, also where it only shows the form again."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        """Show the chosen row."""
        return super().optgroups(name, [one for one in value if not one or _is_id(one)], attrs)


def _is_id(text: str) -> bool:
    try:
        parse_uuid(text)
    except ValidationError:
        return False
    return True
