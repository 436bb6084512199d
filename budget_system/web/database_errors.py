"""The answer while the database is lost, full, or locked for too long: 503, and when to try again.

Nothing is half written: every change is one transaction, which the database has rolled back or will.
"""

import logging
import threading
import time
from dataclasses import replace
from typing import Final, TypeVar

import redis
from django.contrib.sessions import middleware as sessions
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from kombu.exceptions import OperationalError as BrokerFault

from budget_system.operations.databases import is_outage
from budget_system.web.error_page import ErrorPage, error_response

_R = TypeVar("_R", bound=HttpResponseBase)

logger = logging.getLogger(__name__)

LOG_INTERVAL: Final = 30
"""Seconds."""

RETRY_AFTER: Final = "5"
"""Seconds; a database that restarts is back after two or three."""

BUSY: Final = (
    "The database is busy or out of reach. Try again in a moment; where it matters that nothing is done twice, with an "
    "Idempotency-Key or an external_id."
)

DATABASE_DOWN: Final = ErrorPage(
    "Back in a moment",
    "The database is busy or out of reach. What you sent may not have been saved: look before you send it again.",
    "This page works again by itself as soon as the database does. Whoever runs the system finds the cause in its log.",
    way="Open this page again",
)


def log_outage(error: Exception) -> None:
    """Log an outage; of many in a row, one line is kept."""
    logger.error("The database did not answer a request", exc_info=error)


class OutageLogFilter(logging.Filter):
    """Keeps one line of many while database or broker are down, without its traceback.

    The line says why, and how many were left out since the one before; lines of other kinds are not changed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._left_out: dict[tuple[str, str], int] = {}
        self._quiet_until: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the line is written; shorten it where it reports an outage."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or not (is_outage(error) or isinstance(error, BrokerFault | redis.RedisError | OSError)):
            return True
        kind = (record.name, type(error).__name__)
        now = time.monotonic()
        with self._lock:
            if now < self._quiet_until.get(kind, now):
                self._left_out[kind] = self._left_out.get(kind, 0) + 1
                return False
            self._quiet_until[kind] = now + LOG_INTERVAL
            before = self._left_out.pop(kind, 0)
        message, why = (_first_line(text) for text in (record.getMessage(), str(error)))
        record.msg = message + (f": {why}" if why not in message else "")
        if before:
            record.msg += f" (as {before} times more since the last line of this kind)"
        record.args, record.exc_info, record.exc_text = (), None, None
        return True


class OutageMiddleware(MiddlewareMixin):
    """Answers a view that failed without its database; the API's views answer by themselves."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer an outage; leave any other exception alone."""
        return unavailable(request, exception) if isinstance(exception, OperationalError | InterfaceError) else None


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's, which writes after the view: an outage there is answered too."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Store the session."""
        try:
            return super().process_response(request, response)
        except (OperationalError, InterfaceError) as error:
            return unavailable(request, error)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer 503: JSON below `/api/`, elsewhere a page that needs no database itself."""
    log_outage(error)
    page = replace(DATABASE_DOWN, leads_to=request.get_full_path())
    response = error_response(request, page, status=503, detail=BUSY)
    response["Retry-After"] = RETRY_AFTER
    return mark_as_logged(response)


def mark_as_logged(response: _R) -> _R:
    """Keep Django from logging the answer again: the outage has its line already."""
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's own mark
    return response


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]
