"""The base of the API's views: translate, make one call, translate back."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Generic, TypeVar, cast
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from rest_framework.exceptions import NotAcceptable
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ViewSetMixin

from brands.access.memberships import actor_of, visible_rows
from budget_system.api import idempotency
from budget_system.api.downloads import FORMATS, FileFormat, file_response, no_acceptable_form, no_such_format
from budget_system.api.etags import Check, etag, precondition
from budget_system.api.filters import FilterSet, StrictFilterBackend, check_parameters
from budget_system.api.pagination import LinkPagination, check_page
from budget_system.api.parsers import StrictRequest
from budget_system.api.serializers import NoteSerializer, StrictSerializer
from budget_system.core.actors import NO_REACH, Actor
from budget_system.core.errors import NotFound
from budget_system.core.validation import parse_uuid
from budget_system.exports.tables import Table

_M = TypeVar("_M", bound=Model)
Representation = dict[str, Any]
Representations = list[Representation]


class StrictView(GenericAPIView[_M], Generic[_M]):
    """A view that reads bodies in chunks too, refuses unknown parameters, and reads the clock once."""

    listing_actions: ClassVar[frozenset[str]] = frozenset({"list"})
    file_actions: ClassVar[frozenset[str]] = frozenset()
    file_kind: str | None = None
    now: datetime
    by: Actor = Actor.api(NO_REACH)
    post: Callable[..., Response]

    def initialize_request(self, request: HttpRequest, *args: object, **kwargs: object) -> Request:
        """Wrap Django's request."""
        return StrictRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Choose the format of the answer; a file is left to the list itself, and its refusals are JSON."""
        try:
            renderer, media_type = super().perform_content_negotiation(request, force)
        except Http404 as error:  # which the framework says of a format
            known = [renderer.format for renderer in self.get_renderers()]
            raise no_such_format(request.query_params["format"], known) from error
        except NotAcceptable as error:
            raise NotAcceptable(no_acceptable_form()) from error
        if isinstance(renderer, FileFormat):
            self.file_kind = renderer.format
            return JSONRenderer(), JSONRenderer.media_type
        return renderer, media_type

    def get_renderers(self) -> list[BaseRenderer]:
        """Return the formats of an answer; some lists can be files too."""
        files = [kind() for kind in FORMATS] if request_action(self) in self.file_actions else []
        return [*super().get_renderers(), *files]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Read the clock, for everything that this request does."""
        super().initial(request, *args, **kwargs)
        self.now = timezone.now()
        self.by = actor_of(request.user)
        if request.method != "OPTIONS" and self._is_served(request):
            check_parameters(request.query_params, self.known_parameters())
        if request.method == "POST" and idempotency.HEADER in request.headers and hasattr(self, "post"):
            # The framework asks for the handler after this: what it then calls answers once.
            self.post = partial(self.answer_once, self.post)

    def _is_served(self, request: Request) -> bool:
        """Return whether the method is served here; where it is not, the method is refused, and no parameter."""
        method = str(request.method).lower()
        return method in self.http_method_names and hasattr(self, method)

    def answer_once(
        self, handler: Callable[..., Response], request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Answer a POST that carries an `Idempotency-Key`."""
        return idempotency.answer_once(request, partial(handler, request, *args, **kwargs), now=self.now, view=self)

    @property
    def collection(self) -> str:
        """Return the address of the list of what is created here."""
        return self.request.path

    def owners_of(self, answer: object) -> list[str]:
        """Return the ids by which `may_repeat` knows whose an earlier answer is."""
        return []

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still write what an earlier answer is about, which belongs to its owners."""
        return self.by.reach.writes is None

    def known_parameters(self) -> frozenset[str]:
        """Return the names of the query parameters that the action reads."""
        if request_action(self) not in self.listing_actions:
            return frozenset()
        filterset: type[FilterSet] | None = getattr(self, "filterset_class", None)
        return frozenset(LinkPagination.parameters) | (filterset.names() if filterset else frozenset())


class ServiceViewSet(ViewSetMixin, StrictView[_M], Generic[_M]):
    """List, read, create, change and remove rows, by one service call each.

    An app's viewset says which rows there are (`rows`), what else a representation needs (`context_of`), and
    which services create, change and remove.
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
        return visible_rows(self.rows(), self.by.reach)

    def create_row(self, serializer: StrictSerializer) -> _M:
        """Call the service that creates."""
        raise NotImplementedError

    def change_row(self, row_id: UUID, serializer: StrictSerializer, check: Check | None) -> _M:
        """Call the service that changes; `serializer.validated_data` holds only what was sent."""
        raise NotImplementedError

    def remove_row(self, row_id: UUID, check: Check | None) -> None:
        """Call the service that removes."""
        raise NotImplementedError

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

    def owners_of(self, answer: object) -> list[str]:
        """Return the ids of the owners of the rows that an answer shows, each once."""
        shown = cast(Representations, answer if isinstance(answer, list) else [answer])
        return sorted({self.owner_of(row) for row in shown})

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still write the rows of an earlier answer."""
        return super().may_repeat(owners) or all(map(self.by.reach.may_write, self.brands_of(owners)))

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

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Create a row."""
        row = self.create_row(self.read(request))
        return self.answer(row, status=201, headers={"Location": self.address(row)})

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Read one row."""
        return self.answer(self.get_object())

    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change what is sent, and leave what is left out."""
        return self.answer(self.change_row(self.row_id, self.read(request, partial=True), self.check()))

    def partial_update(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Change what is sent."""
        return self.update(request)

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Remove a row."""
        self.remove_row(self.row_id, self.check())
        return Response(status=204)

    @property
    def row_id(self) -> UUID:
        """The id in the path; one that is no UUID belongs to no row."""
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

    def read(self, request: Request, *, partial: bool = False) -> StrictSerializer:
        """Read the body; report all its faults at once."""
        serializer = self.serializer_class(data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return serializer

    def check(self) -> Check | None:
        """Return the check that a service must make of the row before it writes."""
        return precondition(self.request, self.serializer_class)

    def read_note(self, request: Request) -> str:
        """Return the note that may come with an order."""
        serializer = NoteSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        note: str = serializer.validated_data.get("note", "")
        return note

    def answer(self, row: _M, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Answer one row with its tag."""
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


def request_action(view: object) -> str | None:
    """Return the action that a request asks of a viewset; `None` where its method is not allowed."""
    return getattr(view, "action", None)
