"""Choosing a row by typing part of its name."""

from collections.abc import Sequence
from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError


class RowSelect(AutocompleteSelect):
    """The stock field, made to accept an id that is none, also where it only shows the form again."""

    def optgroups(self, name: str, value: Sequence[str], attrs: dict[str, Any] | None = None) -> Any:
        """Show the chosen row."""
        return super().optgroups(name, [one for one in value if not one or self._is_id(one)], attrs)

    def _is_id(self, text: str) -> bool:
        """Return whether a row could have such an id, a UUID or a number that a column can hold."""
        try:
            self.field.target_field.clean(text, None)
        except ValidationError:
            return False
        return True
