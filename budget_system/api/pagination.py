"""Pages of a list: the body stays a plain array, the links to the other pages are in the `Link` header.

By number, for people; or by key (`?cursor=`), for programs that read a long list to its end.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Generic, Protocol, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from budget_system.api.keyset import cursor_of, rows_after
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


class LinkPagination(BasePagination):
    """Pages by number, with `first`, `prev`, `next` and `last` in the `Link` header; or by key, with `first`, `next`.

    Counting a large ledger costs more than reading a page of it. So the total is counted up to 10,000 rows only, and
    beyond that, or beside pages by key, when `?count=exact` asks for it.
    """

    parameters = ("page", "page_size", "count", "cursor")
    display_page_controls = True
    page = 1
    more = False
    total: int | None = None
    next_cursor: str | None = None
    by_key = False

    def paginate_queryset(
        self, queryset: "QuerySet[_M, _Row] | Sequence[_Row]", request: Request, view: APIView | None = None
    ) -> list[_Row]:
        """Read one page, and one row more to know whether another follows."""
        if not isinstance(queryset, QuerySet):
            raise TypeError("Pages are cut from a query, never from rows that were all read.")
        if "cursor" in request.query_params:
            return self._after_cursor(queryset, request)
        return self.cut(_Query(queryset), request)

    def _after_cursor(self, queryset: "QuerySet[_M, _Row]", request: Request) -> list[_Row]:
        """Read the page that begins where the cursor says, and one row more to know whether another follows."""
        if "page" in request.query_params:
            raise ValidationError({"cursor": "Pages go by number or by cursor; send page or cursor, not both."})
        exact = _exact(request)
        self.request, self.by_key = request, True
        self.size = _number(request, "page_size", default=PAGE_SIZE, most=MAX_PAGE_SIZE)
        rows = list(rows_after(queryset, request.query_params["cursor"])[: self.size + 1])
        self.more = len(rows) > self.size
        if self.more:
            self.next_cursor = cursor_of(queryset, cast(Model, rows[self.size - 1]))
        self.total = queryset.order_by().count() if exact else None
        return rows[: self.size]

    def cut(self, series: Sliceable[_Item], request: Request) -> list[_Item]:
        """Return one page, by number, of anything that pages can be cut from."""
        if "cursor" in request.query_params:
            raise ValidationError({"cursor": "The pages of this list go by number; send page instead."})
        exact = _exact(request)
        self.request = request
        self.size = _number(request, "page_size", default=PAGE_SIZE, most=MAX_PAGE_SIZE)
        self.page = _number(request, "page", default=1)
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
        if links := ", ".join(f'<{address}>; rel="{rel}"' for rel, address in self._addresses().items()):
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
            _parameter(
                "page", "Number of the page, from 1; one past the end is a 404.", {"type": "integer", "minimum": 1}
            ),
            _parameter(
                "page_size",
                "Rows per page.",
                {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": PAGE_SIZE},
            ),
            _parameter(
                "count",
                "`exact` counts all rows for `X-Total-Count`, also beyond 10,000.",
                {"type": "string", "enum": ["exact"]},
            ),
            _parameter(
                "cursor",
                "Pages by key instead of by number: empty for the first, then as the `Link` header's `next` has it. A "
                "page far behind costs as much as the first, and rows that come or go meanwhile shift none.",
                {"type": "string"},
            ),
        ]

    def to_html(self) -> str:
        """Draw the browsable API's links to the pages around this one."""
        addresses = self._addresses()
        context = {f"{step}_url": addresses.get(rel) for step, rel in (("previous", "prev"), ("next", "next"))}
        template = loader.get_template("rest_framework/pagination/previous_and_next.html")
        return str(template.render(context)) if any(context.values()) else ""

    def _addresses(self) -> dict[str, str]:
        """Return the addresses of the pages around this one."""
        if self.by_key:
            first = {"first": self._address("cursor", "")} if self.more or self.request.query_params["cursor"] else {}
            return first | ({} if self.next_cursor is None else {"next": self._address("cursor", self.next_cursor)})
        return {rel: self._address("page", str(page)) for rel, page in self._pages().items()}

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

    def _address(self, parameter: str, value: str) -> str:
        query = self.request.query_params.copy()
        query[parameter] = value
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def _total(series: Sliceable[Any], *, exact: bool) -> int | None:
    return series.count() if exact else _known(series.count(COUNT_LIMIT + 1), exact=False)


def _known(total: int, *, exact: bool) -> int | None:
    return total if exact or total <= COUNT_LIMIT else None


def _exact(request: Request) -> bool:
    asked = request.query_params.get("count")
    if asked not in (None, "exact"):
        raise ValidationError(
            {"count": f"“{excerpt(asked)}” is not a way to count; write count=exact or leave it out."}
        )
    return asked == "exact"


def _number(request: Request, name: str, *, default: int, most: int | None = None) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    number = int(text[:20]) if _DIGITS.fullmatch(text) else 0
    if number < 1 or (most is not None and number > most):
        span = "from 1" if most is None else f"from 1 to {most}"
        raise ValidationError({name: f"“{excerpt(text)}” is not a whole number {span}."})
    return number


def check_page(request: Request) -> None:
    """Refuse, as `ValidationError`, invalid page parameters where they have no effect, as for a file of all rows."""
    if "cursor" in request.query_params:
        raise ValidationError({"cursor": "A file has all rows, and no pages; leave it out."})
    _exact(request)
    _number(request, "page_size", default=PAGE_SIZE, most=MAX_PAGE_SIZE)
    _number(request, "page", default=1)


def _parameter(name: str, description: str, schema: dict[str, object]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}
