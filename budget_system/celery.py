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
from budget_system.operations.garbage import freeze_loaded
from budget_system.operations.log_config import exit_with
from budget_system.operations.log_lines import line
from budget_system.operations.startup_checks import keep_files_private, refuse_unsafe_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")


class Loader(AppLoader):
    """Reads the settings, which Celery does long before it starts anything."""

    def config_from_object(self, obj: object, silent: bool = False) -> None:  # as Celery calls it
        """End worker or beat with one sentence where a setting makes no sense."""
        try:
            super().config_from_object(obj, silent)
        except (EnvError, ImproperlyConfigured, ValueError) as error:
            exit_with(str(error))


install_transport()
app = Celery("budget_system", loader="budget_system.celery:Loader")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="budget_tasks")


@setup_logging.connect
@worker_init.connect
def refuse_to_start(**_: object) -> None:
    """End worker or beat with one sentence where the settings are unsafe, or the broker is none for Celery.

    Both set up their logging before they touch broker or database; beat has no other word for it. That anything
    listens there also keeps Celery from logging in its own way. Celery logs what its listeners raise and goes on, but
    lets `SystemExit` through.
    """
    try:
        refuse_unsafe_settings()
    except ImproperlyConfigured as error:
        exit_with(str(error))
    if sentence := why_unsupported(settings.REDIS_URL):
        exit_with(sentence)
    keep_files_private()


@worker_init.connect
def freeze(**_: object) -> None:
    """Have the processes that the worker forks share what is loaded."""
    freeze_loaded()


@worker_init.connect
def tell_by_lines(sender: object, **_: object) -> None:
    """Have what a worker says of a signal be a line like all others; it writes to the terminal, past any log."""
    vars(sys.modules[type(sender).__module__])["safe_say"] = _say


def _say(sentence: str, _: object = None) -> None:
    # From within a signal handler, which may have interrupted whoever writes to the log: so by the system's own call.
    os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, f"{line(logging.INFO, sentence)}\n".encode())
