"""The parameters of a list. Mistyped ones are refused: they must not return everything.

So they are not built on a form library: those read an empty or unknown parameter as no filter at all. Here a parameter
is cleaned by the same functions that clean the fields, and what cannot be cleaned is a 400 that names it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.utils.datastructures import MultiValueDict
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from budget_system.api.filters import ParameterFilter
from budget_system.core import validation as inputs

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")
ALWAYS_ALLOWED = frozenset({"format"})


class FilterSet:
    """The parameters of one list: filters, and the fields by which it can be ordered."""

    filters: ClassVar[Mapping[str, ParameterFilter]] = {}
    ordering: ClassVar[Mapping[str, str]] = {}
    unique: ClassVar[str] = "id"
    """The column by which no two rows are alike."""
    default_ordering: ClassVar[Sequence[str]] = ("id",)

    @classmethod
    def names(cls) -> frozenset[str]:
        """Return the names of all parameters."""
        return frozenset(cls.filters) | ({"ordering"} if cls.ordering else frozenset())

    @classmethod
    def usual_order(cls) -> str:
        """Return the default order, as the value of its parameter."""
        public = {column: name for name, column in cls.ordering.items()}
        terms = ((term.startswith("-"), public.get(term.removeprefix("-"))) for term in cls.default_ordering)
        return ",".join(f"{'-' if reverse else ''}{name}" for reverse, name in terms if name)

    @classmethod
    def apply(cls, queryset: "QuerySet[_M, _Row]", parameters: Mapping[str, str]) -> "QuerySet[_M, _Row]":
        """Filter and order by the parameters; report all faults at once."""
        faults: dict[str, list[str]] = {}
        condition = Q()
        for name in cls.filters.keys() & parameters.keys():
            try:
                condition &= cls.filters[name].condition(parameters[name])
            except ValidationError as error:
                faults[name] = error.messages
        terms: Sequence[str] = cls.default_ordering
        if "ordering" in parameters:
            try:
                terms = cls._ordering(parameters["ordering"])
            except ValidationError as error:
                faults["ordering"] = error.messages
        if faults:
            raise ValidationError(faults)
        return queryset.filter(condition).order_by(*(_term(queryset.model, term) for term in terms))

    @classmethod
    def _ordering(cls, text: str) -> list[str]:
        terms: list[str] = []
        seen: set[str] = set()
        for name in text.split(","):
            bare = name.removeprefix("-")
            if bare not in cls.ordering or bare in seen:
                raise ValidationError(
                    f"“{inputs.excerpt(name)}” is not a field to order by (once); choose from "
                    f"{', '.join(cls.ordering)}, with a - before it for the reverse, several with commas between."
                )
            seen.add(bare)
            terms.append(f"{'-' if name != bare else ''}{cls.ordering[bare]}")
        if terms[-1].removeprefix("-") == cls.unique:
            return terms
        # The id settles ties, or rows would change places between two pages.
        return [*terms, f"-{cls.unique}" if terms[-1].startswith("-") else cls.unique]


def _term(model: type[Model], term: str) -> OrderBy | str:
    """Return a term of the order; nulls come at the same place on every database."""
    column = term.removeprefix("-")
    if not getattr(model._meta.get_field(column), "null", False):
        return term
    return F(column).asc(nulls_last=True) if term == column else F(column).desc(nulls_first=True)


class StrictFilterBackend(BaseFilterBackend):
    """Applies a view's `filterset_class`."""

    def filter_queryset(self, request: Request, queryset: "QuerySet[_M, _Row]", view: APIView) -> "QuerySet[_M, _Row]":
        """Filter and order by the address's parameters."""
        filterset = _filterset(view)
        return filterset.apply(queryset, request.query_params.dict()) if filterset else queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, object]]:
        """Describe the parameters."""
        filterset = _filterset(view)
        if filterset is None:
            return []
        described = [
            {"name": name, "in": "query", "required": False, "description": one.description, "schema": dict(one.schema)}
            for name, one in filterset.filters.items()
        ]
        order = {
            "name": "ordering",
            "in": "query",
            "required": False,
            "description": "Fields with commas between, a - before one for the reverse; each field once.",
            "schema": {
                "type": "array",
                "items": {"type": "string", "enum": [sign + name for name in filterset.ordering for sign in ("", "-")]},
                "minItems": 1,
                "uniqueItems": True,
                "default": filterset.usual_order().split(","),
            },
            "explode": False,
            "style": "form",
        }
        return [*described, *([order] if filterset.ordering else [])]


def _filterset(view: APIView) -> type[FilterSet] | None:
    return getattr(view, "filterset_class", None)


def check_parameters(sent: "MultiValueDict[str, str]", known: Collection[str]) -> None:
    """Refuse a parameter that is unknown, or sent twice."""
    faults: dict[str, list[str]] = {}
    for name, values in sent.lists():
        if name not in known and name not in ALWAYS_ALLOWED:
            listed = ", ".join(sorted(known)) or "none"
            faults[inputs.excerpt(name)] = [f"There is no parameter “{inputs.excerpt(name)}” here; known: {listed}."]
        elif len(values) > 1:
            faults[name] = [f"The parameter “{name}” is sent {len(values)} times; send it once."]
    if faults:
        raise ValidationError(faults)
