"""Reading what was kept of a row: who did what to it, newest first, as far as somebody may see it.

A change belongs to the brand in which the row stood; one that moves it to another brand belongs to both, and neither's
members are told where in the other it stood or stands, nor what else was said of it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from django.db.models import Model, QuerySet

from brands.access.memberships import brand_of, in_brands
from brands.history.recorder import plain_values
from brands.models import Brand, Change, ChangeAction
from budget_system.core.actors import Reach
from budget_system.core.errors import NotFound

Values = Mapping[str, Any]

TOLD: Final[Mapping[str, tuple[str, ...]]] = {
    "brand": ("name", "daily_budget", "monthly_budget", "timezone", "currency", "is_held", "archived_at"),
    "campaign": (
        *("brand", "name", "platform", "external_id", "daily_budget", "monthly_budget"),
        *("paused_by_person", "stated_reason", "archived_at"),
    ),
    "schedule": ("campaign", "day_of_week", "start_time", "end_time", "ends_next_day", "is_active"),
    "spend": ("campaign", "amount", "spend_date", "spend_type", "description", "external_id", "imported_by"),
}
"""What people decide, in the API's words and order; what the rules make of it is told by status events."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done to a row: who, when, what stood before and what stands after."""

    at: datetime
    by: str
    action: str
    before: Values
    after: Values
    brand_id: UUID
    """Where the row stood before."""
    to_brand_id: UUID
    """Where it has stood since."""


class Trail:
    """What was done to a row, newest first. An entry of the ledger tells itself who booked it, see `Spend`."""

    def __init__(self, model: type[Model], row_id: UUID, *, row: Model | None, reach: Reach) -> None:
        self._model = model
        self._all = changes_of(model, row_id)
        self._reach = reach
        self._changes = told_to(self._all, reach)
        self._row = row

    def cut(self, first: int, last: int) -> list[Entry]:
        """Return the entries from one place up to another, which is not among them."""
        found = [entry_of(change, self._reach) for change in self._changes[first:last]]
        if len(found) < last - first and self._birth is not None and (found or self._changes.count() == first):
            found.append(self._birth)
        return found

    def count(self, most: int | None = None) -> int:
        """Count the entries, up to `most`."""
        changes = self._changes.order_by()
        counted = changes.count() if most is None else changes[:most].count()
        return counted if counted == most or self._birth is None else counted + 1

    @cached_property
    def _birth(self) -> Entry | None:
        """Tell of the creation of a row that says itself who created it: its values, less all later changes."""
        if not hasattr(self._model, "created_by"):
            return None
        values: dict[str, Any] = plain_values(self._row) if self._row is not None else {}
        kept = list(self._all.values_list("before", "brand_id"))
        for before, _ in kept:
            values |= before
        if not values or (kept and not self._reach.sees(kept[-1][1])):
            return None
        after = {name: values[name] for name in TOLD[str(self._model._meta.model_name)] if name in values}
        at = datetime.fromisoformat(values["created_at"])
        brand_id = kept[-1][1] if kept or self._row is None else brand_of(self._row)
        return Entry(at, values["created_by"], ChangeAction.CREATED, {}, after, brand_id, brand_id)


def trail_of(model: type[Model], row_id: UUID, *, row: Model | None, reach: Reach) -> Trail:
    """Return what was done to a row; `row` is how it stands, if it is there for whoever asks.

    What was deleted keeps its history, in the brand in which it was deleted. Raises `NotFound`: a row that is archived,
    or another's, or never was; one that was deleted in a brand that is archived now.
    """
    if row is None:
        last = changes_of(model, row_id).first()
        if last is None or not reach.sees(last.brand_id) or model._base_manager.filter(pk=row_id).exists():
            raise NotFound
        if Brand.everything.filter(pk=last.brand_id, archived_at__isnull=False).exists():
            raise NotFound
    return Trail(model, row_id, row=row, reach=reach)


def changes_of(model: type[Model], row_id: UUID) -> "QuerySet[Change]":
    """Return what is kept of a row, newest first."""
    return Change.objects.filter(kind=model._meta.model_name, object_id=row_id).order_by("-at", "-id")


def told_to(changes: "QuerySet[Change]", reach: Reach) -> "QuerySet[Change]":
    """Keep the changes of which somebody is told: those in the brands that one sees, and moves into them."""
    if reach.reads is None:
        return changes
    return changes.filter(in_brands("brand_id", reach.reads) | in_brands("to_brand_id", reach.reads))


def entry_of(change: Change, reach: Reach) -> Entry:
    """Return a change as it is told: what people decide of a row, and nothing of a brand that is not seen."""
    names = None if change.action == ChangeAction.PURGED else TOLD.get(change.kind)
    before, after = _kept(change.before, names), _kept(change.after, names)
    brand_id, to_brand_id = change.brand_id, change.to_brand_id or change.brand_id
    told = Entry(change.at, change.by, change.action, before, after, brand_id, to_brand_id)
    if change.to_brand_id is None:
        return told
    return replace(
        told,
        before=told.before if reach.sees(change.brand_id) else dict.fromkeys(told.before),
        after=told.after if reach.sees(change.to_brand_id) else dict.fromkeys(told.after),
    )


def _kept(values: Values, names: tuple[str, ...] | None) -> Values:
    return values if names is None else {name: values[name] for name in names if name in values}
