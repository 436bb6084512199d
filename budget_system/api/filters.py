"""The kinds of filters that a list can have: how a parameter's value is read, and the condition it gives.

A value is cleaned by the same functions that clean the fields; what cannot be cleaned raises `ValidationError`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from budget_system.api import json_schema
from budget_system.core import validation as inputs
from budget_system.core.searching import search_key


@dataclass(frozen=True, slots=True)
class ParameterFilter:
    """One parameter: how its value is read, and the condition it gives."""

    parse: Callable[[str], Any]
    lookup: str | Callable[[Any], Q]
    schema: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    description: str = ""

    def condition(self, text: str) -> Q:
        """Return the condition that a row must fulfil."""
        value = self.parse(text)
        return self.lookup(value) if callable(self.lookup) else Q(**{self.lookup: value})


def by_uuid(lookup: str, description: str = "") -> ParameterFilter:
    """Filter by an id; an unknown one is valid and matches nothing."""
    return ParameterFilter(inputs.parse_uuid, lookup, {"type": "string", "format": "uuid"}, description)


def by_choice(lookup: str, choices: Collection[str], description: str = "") -> ParameterFilter:
    """Filter by one of some choices, spelled exactly."""
    return ParameterFilter(
        partial(inputs.clean_choice, choices=choices), lookup, {"type": "string", "enum": list(choices)}, description
    )


def by_flag(lookup: str | Callable[[bool], Q], description: str = "") -> ParameterFilter:
    """Filter by `true` or `false`."""
    return ParameterFilter(_flag, lookup, {"type": "boolean"}, description)


def by_code(lookup: str, description: str = "") -> ParameterFilter:
    """Filter by an id from another system, exactly; an empty one matches rows without."""
    return ParameterFilter(partial(inputs.clean_code, blank=True), lookup, json_schema.CODE, description)


def by_date(lookup: str, description: str = "") -> ParameterFilter:
    """Filter by a date."""
    return ParameterFilter(
        partial(inputs.parse_date, earliest=None), lookup, {"type": "string", "format": "date"}, description
    )


def by_instant(lookup: str, description: str = "") -> ParameterFilter:
    """Filter by an instant with its zone."""
    return ParameterFilter(inputs.parse_instant, lookup, {"type": "string", "format": "date-time"}, description)


def by_search(*lookups: str, folded: Collection[str] = ()) -> ParameterFilter:
    """Search for a text inside some columns, without regard to case, and in names to accents; `folded` columns hold
    keys made by `search_key`.
    """

    def found(text: str) -> Q:
        condition = Q()
        for lookup in lookups:
            condition |= Q(**{f"{lookup}__icontains": text})
        for lookup in folded:
            condition |= Q(**{f"{lookup}__contains": search_key(text)})
        return condition

    columns = ", ".join(name.replace("search_key", "name").replace("__", " ") for name in (*folded, *lookups))
    return ParameterFilter(inputs.clean_name, found, json_schema.NAME, f"A text anywhere in: {columns}.")


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValidationError(f"“{inputs.excerpt(text)}” is not a truth value; write true or false.")
    return text == "true"
