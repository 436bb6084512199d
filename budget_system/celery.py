"""The Celery application, which worker and beat run and through which tasks are sent."""

import logging
import os
import sys

from celery import Celery
from celery.loaders.app import AppLoader
from celery.signals import setup_logging, worker_init
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from budget_system.operations.broker import why_unsupported
from budget_system.operations.celery_transport import install_transport
from budget_system.operations.file_permissions import os_error_text
from budget_system.operations.garbage import freeze_loaded
from budget_system.operations.log_config import exit_with_errors
from budget_system.operations.log_lines import format_line
from budget_system.operations.startup_checks import keep_files_private, refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
# A worker would have Django's checks load admin and API, and throw their result away; `refuse_to_start` checks.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")


class SettingsLoader(AppLoader):
    """Reads the settings, which Celery does long before it starts anything."""

    def config_from_object(self, obj: object, silent: bool = False) -> None:  # as Celery calls it
        """End worker or beat with one sentence where a setting is invalid."""
        try:
            super().config_from_object(obj, silent)
        except (EnvError, ImproperlyConfigured, ValueError) as error:
            exit_with_errors(str(error))
        except OSError as error:
            exit_with_errors(os_error_text(error))


install_transport()
app = Celery("budget_system", loader="budget_system.celery:SettingsLoader")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="budget_tasks")
app.autodiscover_tasks(related_name="delivery_tasks")


@setup_logging.connect
@worker_init.connect
def refuse_to_start(**_: object) -> None:
    """End worker or beat with one sentence where the settings are unsafe, or the broker is unsuitable.

    Both set up their logging before they use broker or database; beat has no other signal for it. Connecting this also
    keeps Celery from configuring its own logging. Celery logs what its listeners raise and goes on, but lets
    `SystemExit` through.
    """
    try:
        refuse_unsafe_settings()
    except ImproperlyConfigured as error:
        exit_with_errors(str(error))
    if sentence := why_unsupported(settings.REDIS_URL):
        exit_with_errors(sentence)
    keep_files_private()


@worker_init.connect
def freeze_before_fork(**_: object) -> None:
    """Make the processes that the worker forks share what is loaded."""
    freeze_loaded()


@worker_init.connect
def log_signals(sender: object, **_: object) -> None:
    """Log in our format what a worker says about a signal; by itself it writes to the terminal."""
    vars(sys.modules[type(sender).__module__])["safe_say"] = _say


def _say(sentence: str, _: object = None) -> None:
    # From within a signal handler, which may have interrupted whoever writes to the log: so by the system's own call.
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{format_line(logging.INFO, sentence)}\n".encode())
