"""Pages of a list of rows: by number, for people; or by key (`?cursor=`), for programs that read it to its end."""

from collections.abc import Sequence
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.views import APIView

from budget_system.api.keyset import cursor_of, rows_after
from budget_system.api.numbered_pages import (
    MAX_PAGE_SIZE,
    PAGE_SIZE,
    NumberedPagination,
    is_exact,
    parameter_schema,
    read_number,
)

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")


class LinkPagination(NumberedPagination):
    """Pages by number, or by key, which have only `first` and `next` in the `Link` header, and no total unasked."""

    parameters = (*NumberedPagination.parameters, "cursor")
    next_cursor: str | None = None
    by_key = False

    def paginate_queryset(
        self, queryset: "QuerySet[_M, _Row] | Sequence[_Row]", request: Request, view: APIView | None = None
    ) -> list[_Row]:
        """Read one page, and one row more to know whether another follows."""
        if "cursor" not in request.query_params or not isinstance(queryset, QuerySet):
            return super().paginate_queryset(queryset, request, view)
        if "page" in request.query_params:
            raise ValidationError({"cursor": "Pages go by number or by cursor; send page or cursor, not both."})
        exact = is_exact(request)
        self.request, self.by_key = request, True
        self.size = read_number(request, "page_size", default=PAGE_SIZE, most=self.max_page_size)
        rows = list(rows_after(queryset, request.query_params["cursor"])[: self.size + 1])
        self.more = len(rows) > self.size
        if self.more:
            self.next_cursor = cursor_of(queryset, cast(Model, rows[self.size - 1]))
        self.total = queryset.order_by().count() if exact else None
        return rows[: self.size]

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameters."""
        description = (
            "Pages by key instead of by number: empty for the first, then as the `Link` header's `next` has it. A page "
            "far behind costs as much as the first, and rows that come or go meanwhile shift none."
        )
        numbered = super().get_schema_operation_parameters(view)
        return [*numbered, parameter_schema("cursor", description, {"type": "string"})]

    def addresses(self) -> dict[str, str]:
        """Return the addresses of the pages around this one."""
        if not self.by_key:
            return super().addresses()
        first = {"first": self.address("cursor", "")} if self.more or self.request.query_params["cursor"] else {}
        return first | ({} if self.next_cursor is None else {"next": self.address("cursor", self.next_cursor)})


def check_page(request: Request) -> None:
    """Refuse, as `ValidationError`, invalid page parameters where they have no effect, as for a file of all rows."""
    if "cursor" in request.query_params:
        raise ValidationError({"cursor": "A file has all rows, and no pages; leave it out."})
    is_exact(request)
    read_number(request, "page_size", default=PAGE_SIZE, most=MAX_PAGE_SIZE)
    read_number(request, "page", default=1)
