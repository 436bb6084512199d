"""What people changed: comparing before anything is written, and recording the former values."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import models
from uuid_utils.compat import uuid7

from brands.models import Change, ChangeAction
from budget_system.core.actors import Actor
from budget_system.core.encryption import EncryptedJSONField
from budget_system.core.money import CENT

_NOTHING: Mapping[str, object] = {}


def changed_values(row: object, values: Mapping[str, object]) -> dict[str, object]:
    """Return those of `values` (by attribute name) that differ from the row's; where none do, nothing changes."""
    return {name: value for name, value in values.items() if getattr(row, name) != value}


class ChangeRow(NamedTuple):
    """The columns of a `Change`."""

    id: UUID
    at: datetime
    by: str
    kind: str
    object_id: UUID
    brand_id: UUID
    to_brand_id: UUID | None
    action: str
    before: dict[str, object]
    after: dict[str, object]


@dataclass(frozen=True, slots=True)
class ChangeRecorder:
    """Makes records of former values: by whom, when, and in which brand."""

    now: datetime
    by: Actor
    brand_id: UUID

    def created(self, row: models.Model, action: ChangeAction = ChangeAction.CREATED) -> Change:
        """Return the record of a new or restored row's values."""
        return self._record(row, action, _NOTHING, _everything(row))

    def changed(
        self,
        row: models.Model,
        changes: Mapping[str, object],
        action: ChangeAction = ChangeAction.CHANGED,
        to_brand_id: UUID | None = None,
    ) -> Change:
        """Return the record of what a change is about to overwrite; `to_brand_id` is where it moves the row."""
        change = self._record(row, action, {name: getattr(row, name) for name in changes}, changes)
        if to_brand_id != self.brand_id:
            change.to_brand_id = to_brand_id
        return change

    def deleted(self, row: models.Model) -> Change:
        """Return the record of a row's values before it is deleted."""
        return self._record(row, ChangeAction.DELETED, _everything(row), _NOTHING)

    def row(
        self,
        model: type[models.Model],
        row_id: UUID,
        action: ChangeAction,
        before: Mapping[str, object],
        after: Mapping[str, object] = _NOTHING,
    ) -> ChangeRow:
        """Return the record of the values before and after, for many rows that are no model instances."""
        return ChangeRow(
            id=uuid7(),
            at=self.now,
            by=str(self.by),
            kind=str(model._meta.model_name),
            object_id=row_id,
            brand_id=self.brand_id,
            to_brand_id=None,
            action=action.value,
            before=as_json(model, before),
            after=as_json(model, after),
        )

    def _record(
        self, row: models.Model, action: ChangeAction, before: Mapping[str, object], after: Mapping[str, object]
    ) -> Change:
        return Change(**self.row(type(row), row.pk, action, before, after)._asdict())


def record_creation(row: models.Model, *, brand_id: UUID, now: datetime, by: Actor) -> None:
    """Record a new row's values."""
    ChangeRecorder(now, by, brand_id).created(row).save(force_insert=True)


def record_change(
    row: models.Model,
    *,
    changes: Mapping[str, object],
    brand_id: UUID,
    to_brand_id: UUID | None = None,
    action: ChangeAction = ChangeAction.CHANGED,
    now: datetime,
    by: Actor,
) -> None:
    """Record what a change is about to overwrite, and apply it to the row in memory."""
    ChangeRecorder(now, by, brand_id).changed(row, changes, action, to_brand_id).save(force_insert=True)
    for name, value in changes.items():
        setattr(row, name, value)


def record_deletions(rows: Iterable[models.Model], *, brand_id: UUID, now: datetime, by: Actor) -> None:
    """Record the rows' values before they are deleted."""
    recorder = ChangeRecorder(now, by, brand_id)
    Change.objects.bulk_create(recorder.deleted(row) for row in rows)


def row_as_json(row: models.Model) -> dict[str, Any]:
    """Return a row's values as they are stored: under the API's names, in types of JSON."""
    return {name: _json_value(getattr(row, attribute)) for attribute, name in _names(type(row)).items()}


def as_json(model: type[models.Model], values: Mapping[str, object]) -> dict[str, object]:
    """Return values, given by attribute name, as they are stored: under the API's names, in types of JSON."""
    names = _names(model)
    return {names[name]: _json_value(value) for name, value in values.items()}


@cache
def _names(model: type[models.Model]) -> dict[str, str]:
    """Return the API's names of a row's attributes: `brand`, not `brand_id`; what is encrypted at rest is not kept."""
    kept = (field for field in model._meta.concrete_fields if not isinstance(field, EncryptedJSONField))
    return {field.attname: field.name for field in kept}


def _everything(row: models.Model) -> dict[str, object]:
    return {name: getattr(row, name) for name in _names(type(row))}


def _instant(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")


def _json_value(value: object) -> object:
    encoder = _ENCODERS.get(type(value))
    return value if encoder is None else encoder(value)


# By the exact type: this runs for every value that an import overwrites.
_ENCODERS: Final[Mapping[type, Callable[[Any], str]]] = {
    datetime: _instant,
    date: date.isoformat,
    time: time.isoformat,
    Decimal: lambda value: str(value.quantize(CENT)),
    UUID: str,
}
