"""One place where every refusal becomes an answer, in Django REST framework's own shape."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

from django.core.exceptions import NON_FIELD_ERRORS, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpResponse
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

from budget_system.api.permissions import SecondFactorMissing
from budget_system.core.errors import Conflict, Forbidden, KeyReused, NotFound, ServiceError, Stale
from budget_system.web.database_errors import BUSY, RETRY_AFTER, log_outage, mark_as_logged
from budget_system.web.error_page import ErrorPage, page_response

STATUS: Mapping[type[ServiceError], int] = {Forbidden: 403, NotFound: 404, Conflict: 409, Stale: 412, KeyReused: 422}
RACE_LOST = "Another request took the same name, id or window at the same time; read again, then decide."
REFERENCE_GONE = "What this refers to was changed or removed at the same time; read again, then decide."
LOG_IN_FIRST: Final = ErrorPage(
    "Log in first",
    "These pages are for people and programs that the system knows. Once you have logged in, you come back here.",
    "A program sends a token with each request, as “Authorization: Token …”. An administrator issues it.",
    way="Log in",
)
SET_UP_FIRST: Final = ErrorPage(
    "Switch a second factor on first",
    "Everybody who logs in here needs a second factor, and your account has none yet.",
    "A program sends a token with each request instead, as “Authorization: Token …”.",
    way="Switch it on",
)
VIOLATIONS: Final = {"23505": "UNIQUE", "23503": "FOREIGNKEY", "23514": "CHECK"}
"""PostgreSQL's codes of broken constraints (its documentation, appendix A), as SQLite names them."""

HTML_FORMATS = ("api", "html")
"""The formats that people read."""

BROKEN = "These values together break a rule of the database."


def handle(exc: Exception, context: dict[str, object]) -> HttpResponse | None:
    """Answer an exception; return `None` for a fault of our own, which is logged and answered with 500."""
    if isinstance(exc, DjangoValidationError):
        return Response(as_drf_errors(exc), status=400)
    if isinstance(exc, ServiceError):
        status = next(code for kind, code in STATUS.items() if isinstance(exc, kind))
        return Response({"detail": exc.message}, status=status)
    if isinstance(exc, SuspiciousOperation):
        return Response({"detail": f"The request is not understood: {exc}"}, status=400)
    if isinstance(exc, IntegrityError):
        return _integrity(exc)
    if isinstance(exc, OperationalError | InterfaceError):
        log_outage(exc)
        return mark_as_logged(Response({"detail": BUSY}, status=503, headers={"Retry-After": RETRY_AFTER}))
    if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed) and exc.status_code == 401:
        way_in = f"{reverse('admin:login')}?next={quote(_path(context))}"
        return _shown_to_people(exc, context, replace(LOG_IN_FIRST, leads_to=way_in))
    if isinstance(exc, SecondFactorMissing):
        return _shown_to_people(exc, context, replace(SET_UP_FIRST, leads_to=reverse("admin:second_factor")))
    if isinstance(exc, exceptions.ValidationError) and isinstance(exc.detail, list):
        return Response({api_settings.NON_FIELD_ERRORS_KEY: exc.detail}, status=400)
    return exception_handler(exc, context)


def as_drf_errors(error: DjangoValidationError) -> dict[str, list[str]]:
    """Return Django's validation error in the form of Django REST framework."""
    whole = api_settings.NON_FIELD_ERRORS_KEY
    if not hasattr(error, "error_dict"):
        return {whole: error.messages}
    return {whole if field == NON_FIELD_ERRORS else field: texts for field, texts in error.message_dict.items()}


def _path(context: dict[str, object]) -> str:
    request = context["request"]
    return request.path if isinstance(request, Request) else ""


def _shown_to_people(exc: exceptions.APIException, context: dict[str, object], words: ErrorPage) -> HttpResponse | None:
    """Answer a browser with a page, and a program with JSON."""
    answer: HttpResponse | None = exception_handler(exc, context)
    renderer = getattr(context["request"], "accepted_renderer", None)
    if answer is None or getattr(renderer, "format", "json") not in HTML_FORMATS:
        return answer
    shown = page_response(words, status=exc.status_code)
    if "WWW-Authenticate" in answer:
        shown["WWW-Authenticate"] = answer["WWW-Authenticate"]
    return shown


def _integrity(error: IntegrityError) -> Response | None:
    """Answer an integrity error: services check first, so this is mostly two requests at once."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.IntegrityError):
        kind = cause.sqlite_errorname.removeprefix("SQLITE_CONSTRAINT_").replace("PRIMARYKEY", "UNIQUE")
    else:
        kind = VIOLATIONS.get(getattr(cause, "sqlstate", ""), "")
    if kind == "UNIQUE":
        return Response({"detail": RACE_LOST}, status=409)
    if kind == "FOREIGNKEY":
        return Response({"detail": REFERENCE_GONE}, status=409)
    if kind == "CHECK":
        return Response({api_settings.NON_FIELD_ERRORS_KEY: [BROKEN]}, status=400)
    return None
