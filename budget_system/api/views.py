"""What every view of the API has: strict bodies and parameters, one clock, formats of answers, idempotency."""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import ClassVar, Generic, TypeVar
from uuid import UUID

from django.db.models import Model
from django.http import Http404, HttpRequest
from django.utils import timezone
from rest_framework.exceptions import NotAcceptable
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from brands.access.memberships import actor_of
from budget_system.api import idempotency
from budget_system.api.downloads import FORMATS, FileFormat, no_acceptable_form, no_such_format
from budget_system.api.filtersets import FilterSet, check_parameters
from budget_system.api.parsers import StrictRequest
from budget_system.core.actors import NO_ACCESS, Actor
from budget_system.core.replica import read_from_replica

_M = TypeVar("_M", bound=Model)


class StrictView(GenericAPIView[_M], Generic[_M]):
    """A view that reads bodies in chunks too, refuses unknown parameters, and reads the clock once."""

    listing_actions: ClassVar[frozenset[str]] = frozenset({"list"})
    file_actions: ClassVar[frozenset[str]] = frozenset()
    file_kind: str | None = None
    now: datetime
    by: Actor = Actor.api(NO_ACCESS)
    get: Callable[..., Response]
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
        """Choose the format of the response; a file is left to the list itself, and its refusals are JSON."""
        if not self._is_served(request):  # the method is refused, whatever format it asks for
            return JSONRenderer(), JSONRenderer.media_type
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
        """Return the formats of a response; some lists can be files too."""
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
            # The framework asks for the handler after this: what it then calls works once.
            self.post = partial(self.respond_once, self.post)
        if request.method == "GET" and request_action(self) in self.listing_actions:
            self.get = partial(self.respond_from_replica, self.get)

    def _is_served(self, request: Request) -> bool:
        """Return whether the method is served here; where it is not, the method is refused, and no parameter."""
        method = str(request.method).lower()
        return method in self.http_method_names and hasattr(self, method)

    def respond_once(
        self, handler: Callable[..., Response], request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Respond to a POST that carries an `Idempotency-Key`."""
        return idempotency.respond_once(request, partial(handler, request, *args, **kwargs), now=self.now, view=self)

    def respond_from_replica(
        self, handler: Callable[..., Response], request: Request, *args: object, **kwargs: object
    ) -> Response:
        """Respond to a GET of a list; a standby of the database may answer it."""
        return read_from_replica(partial(handler, request, *args, **kwargs))

    @property
    def collection(self) -> str:
        """Return the address of the list of what is created here."""
        return self.request.path

    def owners_of(self, body: object) -> list[str]:
        """Return the ids by which `may_repeat` knows whose an earlier response is."""
        return []

    def may_repeat(self, owners: Collection[UUID]) -> bool:
        """Return whether the caller may still write what an earlier response is about, which belongs to its owners."""
        return self.by.access.writes is None

    def known_parameters(self) -> frozenset[str]:
        """Return the names of the query parameters that the action reads."""
        if request_action(self) not in self.listing_actions:
            return frozenset()
        filterset: type[FilterSet] | None = getattr(self, "filterset_class", None)
        pages: tuple[str, ...] = getattr(self.pagination_class, "parameters", ())
        return frozenset(pages) | (filterset.names() if filterset else frozenset())


def request_action(view: object) -> str | None:
    """Return the action that a request asks of a viewset; `None` where its method is not allowed."""
    return getattr(view, "action", None)
