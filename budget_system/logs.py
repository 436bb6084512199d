"""Logging: one handler on standard error, plain lines for people or JSON lines for a collector."""

from collections.abc import Collection

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMS = ("plain", "json")

# Celery tells of every message at INFO. Logs are our notification channel: what is told once a minute hides the rest.
_CHATTERS = ("celery", "kombu", "django_celery_beat", "amqp", "axes")


def logging_config(*, level: str, form: str, secrets: Collection[str] = ()) -> dict[str, object]:
    """Describe the logging to `logging.config`: everything from `level` up, to standard error, without the secrets."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {"format": "%(levelname)s %(message)s"},
            "json": {
                "()": "pythonjsonlogger.json.JsonFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s",
                "rename_fields": {"asctime": "at", "levelname": "level", "name": "logger"},
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            },
        },
        # A database that is away for a minute under load must not fill the log with tracebacks.
        "filters": {"outages": {"()": "budget_system.outages.OneLinePerOutage"}},
        "handlers": {
            "stderr": {
                "()": "budget_system.hidden.DiscreetHandler",
                "secrets": list(secrets),
                "formatter": form,
                "filters": ["outages"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            # What a client did wrong is told to the client; only a fault of ours belongs here.
            "django.request": {"level": max(level, "ERROR", key=LEVELS.index)},
            "django.security.DisallowedHost": {"level": "CRITICAL"},  # told with a traceback each time
            "gunicorn.http.wsgi": {"level": max(level, "ERROR", key=LEVELS.index)},  # of every HEAD, which is in order
            **{name: {"level": max(level, "WARNING", key=LEVELS.index)} for name in _CHATTERS},
        },
    }
