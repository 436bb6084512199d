"""What people changed: comparing before anything is written, and keeping what stood before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.db import models

from brands.models import Change, ChangeAction
from budget_system.actors import Actor


def differing(row: models.Model, values: Mapping[str, object]) -> dict[str, object]:
    """Give those of `values` (by attribute name) that differ from the row's: a write that only repeats is none."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


@dataclass(frozen=True, slots=True)
class Former:
    """Makes the records of what stood before: by whom, when, and of which brand."""

    now: datetime
    by: Actor
    brand_id: UUID

    def changed(self, row: models.Model, changes: Mapping[str, object]) -> Change:
        """Record what a change is about to overwrite."""
        return self._record(row, ChangeAction.CHANGED, {name: getattr(row, name) for name in changes}, changes)

    def deleted(self, row: models.Model) -> Change:
        """Record a row's values before it is deleted."""
        values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
        return self._record(row, ChangeAction.DELETED, values, {})

    def _record(
        self, row: models.Model, action: ChangeAction, before: Mapping[str, object], after: Mapping[str, object]
    ) -> Change:
        return Change(
            at=self.now,
            by=str(self.by),
            kind=str(row._meta.model_name),
            object_id=row.pk,
            brand_id=self.brand_id,
            action=action,
            before=_as_json(before),
            after=_as_json(after),
        )


def keep_change(row: models.Model, *, changes: Mapping[str, object], brand_id: UUID, now: datetime, by: Actor) -> None:
    """Keep what a change is about to overwrite, and apply it to the row in memory."""
    Former(now, by, brand_id).changed(row, changes).save(force_insert=True)
    for name, value in changes.items():
        setattr(row, name, value)


def keep_deletion(row: models.Model, *, brand_id: UUID, now: datetime, by: Actor) -> None:
    """Keep a row's values before it is deleted."""
    Former(now, by, brand_id).deleted(row).save(force_insert=True)


def _as_json(values: Mapping[str, object]) -> dict[str, object]:
    return {
        name.removesuffix("_id") if isinstance(value, UUID) else name: _plain(value) for name, value in values.items()
    }


def _plain(value: object) -> object:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    return value
