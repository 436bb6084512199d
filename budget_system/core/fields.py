"""Model fields that several apps share."""

from datetime import UTC, datetime
from typing import TypeVar

from django.db import models
from django.db.models import Value

from budget_system.core.searching import search_key
from budget_system.core.typed_fields import CharBase
from budget_system.core.validation import fold

_ST = TypeVar("_ST", contravariant=True)
_GT = TypeVar("_GT", covariant=True)


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The default for when a row is next due: long past, so that a row that bypassed the gate is due at once."""


class FoldedField(CharBase[_ST, _GT]):
    """Another field's text without regard to case, in any script, for uniqueness.

    Neither database's `LOWER()` suffices (SQLite folds ASCII only), so the key is made in Python whenever the row is
    saved. `bulk_create` sets it too; `update()` of the source must set it explicitly.
    """

    def __init__(self, *, source: str = "name", max_length: int = 1024) -> None:
        self.source = source
        super().__init__(max_length=max_length, editable=False)  # folding lengthens: ΐ becomes three characters

    def deconstruct(self) -> tuple[str, str, list[object], dict[str, object]]:
        """Return the field for migrations, with its source."""
        name, path, _, _ = super().deconstruct()
        return name, path, [], {"source": self.source, "max_length": self.max_length}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Fold the source before it is saved."""
        key = self.key_of(getattr(model_instance, self.source))
        setattr(model_instance, self.attname, key)
        return key

    def key_of(self, text: str) -> str:
        """Return the key of a text."""
        return fold(text)


class SearchKeyField(FoldedField[_ST, _GT]):
    """Another field's text without regard to case and accents, for searching.

    It has a default in the database, so that what writes rows past the models need not know of it; such a row is not
    found by its name until it is saved.
    """

    def __init__(self, *, source: str = "name", max_length: int = 1024) -> None:
        super().__init__(source=source, max_length=max_length)
        self.db_default = Value("")

    def key_of(self, text: str) -> str:
        """Return the key of a text."""
        return search_key(text)
