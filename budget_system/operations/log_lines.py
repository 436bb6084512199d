"""How one event becomes one line: plain for people, or a JSON object for a collector."""

import logging
import os
import unicodedata
from datetime import UTC, datetime
from typing import Final

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

PLAIN: Final = "plain"
JSON: Final = "json"
FORMS: Final = (PLAIN, JSON)

# A request's own text has its query, where a secret may stand; what Celery adds has the arguments of tasks.
_LEFT_OUT: Final = ("request", "data", "response", "color_message")

_UNSEEN: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that make a terminal write from right to left."""


def escaped(text: str) -> str:
    """Return a text without line breaks and control characters: a name or note must not forge a line."""
    if text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if char in _TURNING or unicodedata.category(char) in _UNSEEN else char
        for char in text
    )


def event_time(record: logging.LogRecord) -> str:
    """Return when it happened: ISO 8601, UTC, to the millisecond."""
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class PlainFormatter(logging.Formatter):
    """Writes `2026-03-11T12:00:00.000Z INFO message`; a traceback follows, each of its lines indented."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging's own
        """Return when it happened."""
        return event_time(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's own
        """Return the line itself, without the traceback."""
        return escaped(super().formatMessage(record).rstrip())

    def format(self, record: logging.LogRecord) -> str:
        """Return line and traceback; no line of a traceback looks like one of the log."""
        first, *others = super().format(record).split("\n")
        return "\n".join([first, *(f"    {escaped(other)}" for other in others)])


class ObjectFormatter(JsonFormatter):
    """Writes `{"at": …, "level": …, "logger": …, "message": …}` with all fields of the line."""

    def __init__(self) -> None:
        super().__init__(
            ["asctime", "levelname", "name", "message"],
            rename_fields={"asctime": "at", "levelname": "level", "name": "logger", "exc_info": "traceback"},
            reserved_attrs=[*RESERVED_ATTRS, *_LEFT_OUT],
        )

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802  # logging's own
        """Return when it happened."""
        return event_time(record)


def formatter(form: str) -> logging.Formatter:
    """Return the formatter of a form."""
    return ObjectFormatter() if form == JSON else PlainFormatter()


def env_log_format() -> str:
    """Return the format that `LOG_FORMAT` names, for lines written before, or without, the settings."""
    form = os.environ.get("LOG_FORMAT", PLAIN).strip()
    return form if form in FORMS else PLAIN


def format_line(level: int, message: str, *, form: str = "", **fields: object) -> str:
    """Return a line, in that format, for code that cannot use the log: it is not set up, or must not be waited for."""
    record = logging.makeLogRecord(
        {"name": "budget_system", "levelno": level, "levelname": logging.getLevelName(level), "msg": message, **fields}
    )
    return formatter(form or env_log_format()).format(record)
