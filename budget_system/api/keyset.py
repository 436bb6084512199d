"""Pages by key: each begins behind the last row of the one before, so a deep page costs as much as the first.

For a page by number the database counts past all rows before it. Here the cursor carries the values of the last row's
ordering columns, and the next page is a condition on them, which an index answers. Rows that come or go meanwhile shift
nothing. Source: https://use-the-index-luke.com/no-offset
"""

import json
from typing import Any, Final, NamedTuple, TypeVar, cast

from django.core.exceptions import ValidationError
from django.core.signing import b64_decode, b64_encode
from django.db.models import Field, ForeignKey, Model, OrderBy, Q, QuerySet

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")
NO_CURSOR: Final = (
    "This is no cursor of this list in this order; follow the `Link` header's next, or begin with an empty one."
)
_NONE: Final = Q(pk__in=[])


class _Term(NamedTuple):
    """A column of the order."""

    field: "Field[Any, Any]"
    falling: bool

    @property
    def name(self) -> str:
        return self.field.attname

    @property
    def key(self) -> str:
        """The term as a cursor holds it."""
        return f"-{self.name}" if self.falling else self.name

    def equal(self, value: object) -> Q:
        """Return the condition that a row has the value."""
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def behind(self, value: object) -> Q:
        """Return the condition that a row comes after the value; a null counts as larger than any."""
        if value is None:
            return Q(**{f"{self.name}__isnull": False}) if self.falling else _NONE
        if self.falling:
            return Q(**{f"{self.name}__lt": value})
        larger = Q(**{f"{self.name}__gt": value})
        return larger | Q(**{f"{self.name}__isnull": True}) if self.field.null else larger

    def from_here(self, value: object) -> Q:
        """Return the condition that no row before the value fulfils."""
        return Q() if self.field.null else Q(**{f"{self.name}__{'lte' if self.falling else 'gte'}": value})

    def text(self, row: Model) -> str | None:
        """Return the row's value as a cursor holds it."""
        return None if getattr(row, self.name) is None else self.field.value_to_string(row)

    def parse(self, text: object) -> Any:
        """Return a cursor's value. Raise `ValueError` or `ValidationError`."""
        if text is None and self.field.null:
            return None
        if not isinstance(text, str) or "\0" in text:
            raise ValueError(text)
        return (self.field.target_field if isinstance(self.field, ForeignKey) else self.field).to_python(text)


def rows_after(rows: "QuerySet[_M, _Row]", cursor: str) -> "QuerySet[_M, _Row]":
    """Return the rows that follow the one that the cursor names, in their order; an empty cursor names none.

    Raise `ValidationError` for what is no cursor of a list with this order.
    """
    if not cursor:
        return rows
    terms = _terms(rows)
    values = _values(terms, cursor)
    following = _NONE
    for term, value in reversed(list(zip(terms, values, strict=True))):
        following = term.behind(value) | (term.equal(value) & following)
    # The second condition follows from the first, but by it the databases see that they need not read what is before.
    return rows.filter(following & terms[0].from_here(values[0]))


def cursor_of(rows: "QuerySet[Any, Any]", last: Model) -> str:
    """Return the cursor of the page that follows a row."""
    return b64_encode(json.dumps([[term.key, term.text(last)] for term in _terms(rows)]).encode()).decode()


def _terms(rows: "QuerySet[Any, Any]") -> list[_Term]:
    terms = []
    for term in rows.query.order_by:
        if isinstance(term, OrderBy):
            name, falling = cast(Any, term.expression).name, term.descending
        else:
            name, falling = str(term).removeprefix("-"), str(term).startswith("-")
        terms.append(_Term(cast("Field[Any, Any]", rows.model._meta.get_field(name)), falling))
    return terms


def _values(terms: list[_Term], cursor: str) -> list[Any]:
    try:
        pairs = dict(json.loads(b64_decode(cursor.encode())))
        if list(pairs) != [term.key for term in terms]:
            raise ValueError(cursor)
        return [term.parse(pairs[term.key]) for term in terms]
    except (TypeError, ValueError, ValidationError) as error:
        raise ValidationError({"cursor": NO_CURSOR}) from error
