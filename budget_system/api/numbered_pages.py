"""Pages of a list by number: the body stays a plain array, the links to the other pages are in the `Link` header."""

import re
from collections.abc import Sequence
from typing import Any, Final, Generic, Protocol, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from budget_system.core.errors import NotFound
from budget_system.core.validation import excerpt

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")
_Item = TypeVar("_Item")
PAGE_SIZE: Final = 100
MAX_PAGE_SIZE: Final = 1_000
COUNT_LIMIT: Final = 10_000
_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_LAST_ROW: Final = 2**62  # what a database can skip; nothing stands there


class Sliceable(Protocol[_Item]):
    """What pages are cut from."""

    def cut(self, first: int, last: int) -> list[_Item]:
        """Return the items from one index up to, and not including, another."""
        raise NotImplementedError

    def count(self, most: int | None = None) -> int:
        """Count the items, up to `most`."""
        raise NotImplementedError


class _Query(Generic[_Row]):
    """A query of which no more is read than the page."""

    def __init__(self, rows: "QuerySet[Any, _Row]") -> None:
        self._rows = rows

    def cut(self, first: int, last: int) -> list[_Row]:
        """Read the rows from one index up to another."""
        return list(self._rows[first:last])

    def count(self, most: int | None = None) -> int:
        """Count the rows."""
        rows = self._rows.order_by()
        return rows.count() if most is None else rows[:most].count()


class NumberedPagination(BasePagination):
    """Pages by number, with `first`, `prev`, `next` and `last` in the `Link` header.

    Counting a large ledger costs more than reading a page of it. So the total is counted up to 10,000 rows only, and
    beyond that when `?count=exact` asks for it.
    """

    parameters: tuple[str, ...] = ("page", "page_size", "count")
    max_page_size = MAX_PAGE_SIZE
    display_page_controls = True
    page = 1
    more = False
    total: int | None = None

    def paginate_queryset(
        self, queryset: "QuerySet[_M, _Row] | Sequence[_Row]", request: Request, view: APIView | None = None
    ) -> list[_Row]:
        """Read one page, and one row more to know whether another follows."""
        if not isinstance(queryset, QuerySet):
            raise TypeError("Pages are cut from a query, never from rows that were all read.")
        return self.cut(_Query(queryset), request)

    def cut(self, series: Sliceable[_Item], request: Request) -> list[_Item]:
        """Return one page of anything that pages can be cut from."""
        exact = is_exact(request)
        self.request = request
        self.size = read_number(request, "page_size", default=PAGE_SIZE, most=self.max_page_size)
        self.page = read_number(request, "page", default=1)
        skipped = (self.page - 1) * self.size
        rows = series.cut(skipped, skipped + self.size + 1) if skipped < _LAST_ROW else []
        if not rows and self.page > 1:
            missing, self.page = self.page, 1  # the browsable API draws the way to other pages around a refusal too
            raise NotFound(f"There is no page {excerpt(missing)}; the list is shorter.")
        self.more = len(rows) > self.size
        self.total = _total(series, exact=exact) if self.more else _known(skipped + len(rows), exact=exact)
        return rows[: self.size]

    def get_paginated_response(self, data: Sequence[object]) -> Response:
        """Return the rows as they are; everything else is in the headers."""
        headers = {}
        if links := ", ".join(f'<{address}>; rel="{rel}"' for rel, address in self.addresses().items()):
            headers["Link"] = links
        if self.total is not None:
            headers["X-Total-Count"] = str(self.total)
        return Response(data, headers=headers)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe a page: an array, nothing around it."""
        return schema

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameters."""
        return [
            parameter_schema(
                "page", "Number of the page, from 1; one past the end is a 404.", {"type": "integer", "minimum": 1}
            ),
            parameter_schema(
                "page_size",
                "Rows per page.",
                {"type": "integer", "minimum": 1, "maximum": self.max_page_size, "default": PAGE_SIZE},
            ),
            parameter_schema(
                "count",
                "`exact` counts all rows for `X-Total-Count`, also beyond 10,000.",
                {"type": "string", "enum": ["exact"]},
            ),
        ]

    def to_html(self) -> str:
        """Draw the browsable API's links to the pages around this one."""
        addresses = self.addresses()
        context = {f"{step}_url": addresses.get(rel) for step, rel in (("previous", "prev"), ("next", "next"))}
        template = loader.get_template("rest_framework/pagination/previous_and_next.html")
        return str(template.render(context)) if any(context.values()) else ""

    def addresses(self) -> dict[str, str]:
        """Return the addresses of the pages around this one."""
        return {rel: self.address("page", str(page)) for rel, page in self._pages().items()}

    def _pages(self) -> dict[str, int]:
        if self.page == 1 and not self.more:
            return {}
        pages = {"first": 1}
        if self.page > 1:
            pages["prev"] = self.page - 1
        if self.more:
            pages["next"] = self.page + 1
        if self.total is not None:
            pages["last"] = max(1, -(-self.total // self.size))
        return pages

    def address(self, parameter: str, value: str) -> str:
        """Return the address of the list with a parameter set."""
        query = self.request.query_params.copy()
        query[parameter] = value
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def _total(series: Sliceable[Any], *, exact: bool) -> int | None:
    return series.count() if exact else _known(series.count(COUNT_LIMIT + 1), exact=False)


def _known(total: int, *, exact: bool) -> int | None:
    return total if exact or total <= COUNT_LIMIT else None


def is_exact(request: Request) -> bool:
    """Return whether all rows are to be counted. Raise `ValidationError`."""
    asked = request.query_params.get("count")
    if asked not in (None, "exact"):
        raise ValidationError(
            {"count": f"“{excerpt(asked)}” is not a way to count; write count=exact or leave it out."}
        )
    return asked == "exact"


def read_number(request: Request, name: str, *, default: int, most: int | None = None) -> int:
    """Return a whole number of the address, from 1. Raise `ValidationError`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    number = int(text[:20]) if _DIGITS.fullmatch(text) else 0
    if number < 1 or (most is not None and number > most):
        span = "from 1" if most is None else f"from 1 to {most}"
        raise ValidationError({name: f"“{excerpt(text)}” is not a whole number {span}."})
    return number


def parameter_schema(name: str, description: str, schema: dict[str, object]) -> dict[str, Any]:
    """Return the description of a query parameter."""
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
