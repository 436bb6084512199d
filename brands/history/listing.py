"""Reading a row's history: who did what to it, newest first, as far as the person may see it.

A change belongs to the brand in which the row stood; a move to another brand belongs to both, and the members of either
do not see where in the other brand the row stood or stands, nor its other values there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet

from brands.access.memberships import brand_of, in_brands
from brands.history.recorder import row_as_json
from brands.models import Brand, Change, ChangeAction
from budget_system.core.actors import BrandAccess
from budget_system.core.errors import NotFound

Values = Mapping[str, Any]

SHOWN_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "brand": (
        *("name", "daily_budget", "monthly_budget", "timezone", "currency", "alert_thresholds"),
        *("figures_max_age_hours", "is_held", "archived_at"),
    ),
    "campaign": (
        *("brand", "name", "platform", "external_id", "delivery_enabled", "daily_budget", "monthly_budget"),
        *("paused_by_person", "stated_reason", "archived_at"),
    ),
    "alert": ("muted_by", "mute_note"),
    "account": (
        *("brand", "platform", "external_id", "connector", "name", "currency", "timezone", "zone_confirmed_by"),
        "state",
    ),
    "schedule": ("campaign", "day_of_week", "start_time", "end_time", "ends_next_day", "is_active"),
    "spend": ("campaign", "amount", "spend_date", "spend_type", "description", "external_id", "imported_by"),
}
"""What people decide, in the API's names and order; what the rules decide is in the status events."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that was done to a row: who, when, and the values before and after."""

    at: datetime
    by: str
    action: str
    before: Values
    after: Values
    brand_id: UUID
    """Where the row stood before."""
    to_brand_id: UUID
    """Where it has stood since."""


class History:
    """A row's history, newest first. A ledger entry holds itself who booked it, see `Spend`."""

    def __init__(self, model: type[Model], row_id: UUID, *, row: Model | None, access: BrandAccess) -> None:
        self._model = model
        self._all = changes_of(model, row_id)
        self._access = access
        self._changes = visible_changes(self._all, access)
        self._row = row

    def cut(self, first: int, last: int) -> list[HistoryEntry]:
        """Return the entries from one index up to, and not including, another."""
        found = [history_entry(change, self._access) for change in self._changes[first:last]]
        if len(found) < last - first and self._creation is not None and (found or self._changes.count() == first):
            found.append(self._creation)
        return found

    def count(self, most: int | None = None) -> int:
        """Return the number of entries, up to `most`."""
        changes = self._changes.order_by()
        counted = changes.count() if most is None else changes[:most].count()
        return counted if counted == most or self._creation is None else counted + 1

    @cached_property
    def _creation(self) -> HistoryEntry | None:
        """Return the creation of a row that stores who created it: its values, without all later changes."""
        if not hasattr(self._model, "created_by"):
            return None
        values: dict[str, Any] = row_as_json(self._row) if self._row is not None else {}
        kept = list(self._all.values_list("before", "brand_id"))
        for before, _ in kept:
            values |= before
        if not values or (kept and not self._access.sees(kept[-1][1])):
            return None
        after = {name: values[name] for name in SHOWN_FIELDS[str(self._model._meta.model_name)] if name in values}
        at = datetime.fromisoformat(values["created_at"])
        brand_id = kept[-1][1] if kept or self._row is None else brand_of(self._row)
        return HistoryEntry(at, values["created_by"], ChangeAction.CREATED, {}, after, brand_id, brand_id)


def history_of(model: type[Model], row_id: UUID, *, row: Model | None, access: BrandAccess) -> History:
    """Return a row's history; `row` is the row as it stands, where the person sees it.

    What was deleted keeps its history, in the brand in which it was deleted. Raise `NotFound` for a row that is
    archived, belongs to somebody else or never existed, and for one that was deleted in a brand that is archived now.
    """
    if row is None:
        last = changes_of(model, row_id).first()
        if last is None or not access.sees(last.brand_id) or model._base_manager.filter(pk=row_id).exists():
            raise NotFound
        if Brand.everything.filter(pk=last.brand_id, archived_at__isnull=False).exists():
            raise NotFound
    return History(model, row_id, row=row, access=access)


def changes_of(model: type[Model], row_id: UUID) -> "QuerySet[Change]":
    """Return the recorded changes of a row, newest first."""
    return Change.objects.filter(kind=model._meta.model_name, object_id=row_id).order_by("-at", "-id")


def visible_changes(changes: "QuerySet[Change]", access: BrandAccess) -> "QuerySet[Change]":
    """Keep the changes that may be seen: those in brands that are visible, and moves into them."""
    if access.reads is None:
        return changes
    return changes.filter(in_brands("brand_id", access.reads) | in_brands("to_brand_id", access.reads))


def history_entry(change: Change, access: BrandAccess) -> HistoryEntry:
    """Return a change as it is shown: what people decide of a row, and nothing of a brand that is not visible."""
    names = None if change.action == ChangeAction.PURGED else SHOWN_FIELDS.get(change.kind)
    before, after = _kept(change.before, names), _kept(change.after, names)
    brand_id, to_brand_id = change.brand_id, change.to_brand_id or change.brand_id
    entry = HistoryEntry(change.at, change.by, change.action, before, after, brand_id, to_brand_id)
    if change.to_brand_id is None:
        return entry
    return replace(
        entry,
        before=entry.before if access.sees(change.brand_id) else dict.fromkeys(entry.before),
        after=entry.after if access.sees(change.to_brand_id) else dict.fromkeys(entry.after),
    )


def _kept(values: Values, names: tuple[str, ...] | None) -> Values:
    return values if names is None else {name: values[name] for name in names if name in values}
