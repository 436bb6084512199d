"""Logging: one handler on standard error, plain lines for people or JSON lines for a collector."""

import logging
import logging.config
import sys
import threading
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any, NoReturn

from budget_system.operations.log_lines import FORMS, JSON, format_line

__all__ = ["FORMS", "LEVELS", "configure", "exit_with_errors", "logging_config"]

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

# Celery tells of every message at INFO: what is told once a minute hides the rest.
_CHATTERS = ("celery", "kombu", "django_celery_beat", "amqp")


class ClientFaultFilter(logging.Filter):
    """Makes a warning without traceback of what Django logs as its own error, though a client was at fault."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Shorten the line where a client was at fault; keep every line."""
        if record.name.startswith("django.security."):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.exc_info, record.exc_text = None, None
        return True


def logging_config(*, level: str, form: str, secrets: Collection[str] = ()) -> dict[str, Any]:
    """Return the logging configuration for `configure`: everything from `level` up, to standard error, without
    secrets.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"()": "budget_system.operations.log_lines.PlainFormatter"},
            "json": {"()": "budget_system.operations.log_lines.ObjectFormatter"},
        },
        "filters": {
            # A database that is away for a minute under load must not fill the log with tracebacks.
            "outages": {"()": "budget_system.web.database_errors.OutageLogFilter"},
            "clients": {"()": "budget_system.operations.log_config.ClientFaultFilter"},
        },
        "handlers": {
            "stderr": {
                "()": "budget_system.operations.redaction.RedactingHandler",
                "secrets": list(secrets),
                "formatter": form,
                "filters": ["outages", "clients"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # What a client did wrong is told to the client; only a fault of ours belongs here.
            "django.request": {"level": max(level, "ERROR", key=LEVELS.index)},
            "gunicorn.http.wsgi": {"level": max(level, "ERROR", key=LEVELS.index)},  # of every HEAD, which is in order
            "axes": {"level": max(level, "ERROR", key=LEVELS.index)},  # `lockout` tells the same, in a line each
            # Where requests go may be a secret; and what may not be connected to is told to who wanted it.
            "urllib3": {"level": max(level, "INFO", key=LEVELS.index)},
            "requests_hardened": {"level": max(level, "ERROR", key=LEVELS.index)},
            **{name: {"level": max(level, "WARNING", key=LEVELS.index)} for name in _CHATTERS},
        },
    }


def configure(config: Mapping[str, Any]) -> None:
    """Set up the logging, including Python's warnings; with JSON, exceptions that end a process or thread are
    objects too.
    """
    logging.config.dictConfig(dict(config))
    logging.captureWarnings(True)
    if config["handlers"]["stderr"]["formatter"] == JSON:
        sys.excepthook = _log_end
        threading.excepthook = _log_end_of_thread


def exit_with_errors(sentences: str, *, status: int = 1) -> NoReturn:
    """End the process with an error line for each line of the message."""
    for sentence in sentences.splitlines():
        print(format_line(logging.ERROR, sentence), file=sys.stderr, flush=True)
    sys.exit(status)


def _log_end(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if not issubclass(kind, Exception):  # Ctrl-C
        sys.__excepthook__(kind, error, traceback)
        return
    logging.getLogger("budget_system").critical("The process ends: %s", error, exc_info=(kind, error, traceback))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not issubclass(ended.exc_type, SystemExit):
        about = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        name = ended.thread.name if ended.thread else "-"
        logging.getLogger("budget_system").critical("The thread %s ends: %s", name, ended.exc_value, exc_info=about)
