"""The base of the API's viewsets: translate, make one call, translate back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import StreamingHttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ViewSetMixin

from brands.access.memberships import visible_rows
from budget_system.api.downloads import file_response
from budget_system.api.etags import Check, etag, precondition
from budget_system.api.filtersets import FilterSet, StrictFilterBackend
from budget_system.api.pagination import LinkPagination, check_page
from budget_system.api.serializers import NoteSerializer, StrictSerializer
from budget_system.api.views import StrictView
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound
from budget_system.core.validation import parse_uuid
from budget_system.exports.tables import Table

_M = TypeVar("_M", bound=Model)
_M_co = TypeVar("_M_co", bound=Model, covariant=True)
Representation = dict[str, Any]
Representations = list[Representation]


class OrderService(Protocol[_M_co]):
    """A service that carries out a person's order on one row, and returns the row."""

    def __call__(self, *, note: str, now: datetime, by: Actor, check: Check | None) -> _M_co:
        """Carry out the order. Raise `NotFound`, and what `check` raises."""


class RowViewSet(ViewSetMixin, StrictView[_M], Generic[_M]):
    """List and read rows, and carry out orders for them.

    An app's viewset says which rows there are (`rows`), and what else a representation needs (`context_of`).
    """

    serializer_class: type[StrictSerializer]
    filterset_class: type[FilterSet]
    filter_backends = (StrictFilterBackend,)
    pagination_class = LinkPagination

    def rows(self) -> QuerySet[_M]:
        """Return all rows, whoever asks."""
        raise NotImplementedError

    def get_queryset(self) -> QuerySet[_M]:
        """Return the rows that the caller may see."""
        return visible_rows(self.rows(), self.by.access)

    def owner_of(self, shown: Representation) -> str:
        """Return the id of a shown row's owner: its brand, or what `brands_of` finds brands by."""
        raise NotImplementedError

    def brands_of(self, owners: Collection[UUID]) -> Collection[UUID]:
        """Return the owners' brands as they are now."""
        return owners

    @property
    def collection(self) -> str:
        """Return the address of the list of these rows."""
        return reverse(f"{self.basename}-list", request=self.request)

    def owners_of(self, body: object) -> list[str]:
        """Return the ids of the owners of the rows that a response shows, each once."""
        shown = cast(Representations, body if isinstance(body, list) else [body])
        return sorted({self.owner_of(row) for row in shown})

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still write the rows of an earlier response."""
        return super().may_repeat(owners) or all(map(self.by.access.may_write, self.brands_of(owners)))

    def context_of(self, rows: Sequence[_M]) -> dict[str, object]:
        """Return what the serializer needs beside the rows, read in a constant number of queries."""
        return {}

    def list(self, request: Request, *args: object, **kwargs: object) -> Response | StreamingHttpResponse:
        """List rows, a page at a time; or all of them as a file."""
        rows = self.filter_queryset(self.get_queryset())
        if self.file_kind is not None:
            check_page(request)
            return file_response(self.table(rows), self.file_kind)
        page: Sequence[_M] = self.paginate_queryset(rows) or []
        return self.get_paginated_response(self.represent(page))

    def table(self, rows: QuerySet[_M]) -> Table:
        """Return all rows as the table of a file, for actions in `file_actions`."""
        raise NotImplementedError

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read one row."""
        return self.respond(self.get_object())

    @property
    def row_id(self) -> UUID:
        """Return the id in the path; one that is no UUID belongs to no row."""
        try:
            return parse_uuid(self.kwargs["pk"])
        except ValidationError as error:
            raise NotFound from error

    def get_object(self) -> _M:
        """Return the row of the path."""
        row = self.get_queryset().filter(pk=self.row_id).first()
        if row is None:
            raise NotFound
        return row

    def check(self) -> Check | None:
        """Return the check that a service must make of the row before it writes."""
        return precondition(self.request, self.serializer_class)

    def carry_out(self, order: OrderService[_M], request: Request) -> Response:
        """Carry out a person's order, with the note that may come with it, and respond with the row."""
        serializer = NoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        note: str = serializer.validated_data.get("note", "")
        return self.respond(order(note=note, now=self.now, by=self.by, check=self.check()))

    def respond(self, row: _M, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Respond with one row and its tag."""
        shown = self.represent([row])[0]
        return Response(shown, status=status, headers={"ETag": self.tag(row, shown), **(headers or {})})

    def tag(self, row: _M, shown: Representation) -> str:
        """Return the tag of a row that is shown so, see `etag`."""
        return etag(row, self.serializer_class)

    def represent(self, rows: Sequence[_M]) -> Representations:
        """Return rows as JSON shows them."""
        context = {**self.get_serializer_context(), **self.context_of(rows)} if rows else {}
        serializer = self.serializer_class(context=context)
        return [serializer.to_representation(row) for row in rows]

    def address(self, row: _M) -> str:
        """Return the address of a row."""
        return reverse(f"{self.basename}-detail", [row.pk], request=self.request)


class ServiceViewSet(RowViewSet[_M]):
    """List, read, create, change and remove rows, by one service call each: of those that an app's viewset names."""

    def create_row(self, serializer: StrictSerializer) -> _M:
        """Call the service that creates."""
        raise NotImplementedError

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> _M:
        """Call the service that changes; `serializer.validated_data` holds only what was sent."""
        raise NotImplementedError

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Call the service that removes."""
        raise NotImplementedError

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Create a row."""
        row = self.create_row(self.read(request))
        return self.respond(row, status=201, headers={"Location": self.address(row)})

    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change what is sent, and leave what is left out."""
        return self.respond(self.change_row(self.row_id, self.read(request, partial=True), self.check()))

    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change what is sent."""
        return self.update(request)

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Remove a row."""
        self.remove_row(self.row_id, self.check())
        return Response(status=204)

    def read(self, request: Request, *, partial: bool = False) -> StrictSerializer:
        """Read the body; report all its faults at once."""
        serializer = self.serializer_class(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer
