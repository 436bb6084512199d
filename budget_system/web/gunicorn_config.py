"""gunicorn's settings, and what its master does before it starts a worker: set up the log, and check that the settings
are safe and the static files there.

A worker would check too, but gunicorn then adds lines of its own.
"""

import os
from tempfile import TemporaryDirectory

from django.conf import settings
from gunicorn.config import Config
from gunicorn.glogging import Logger as StockLogger

from budget_system.operations.log_config import configure
from budget_system.operations.startup_checks import exit_where_unsafe
from budget_system.web.static_files import warn_where_not_collected

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""The variable by which Prometheus' library finds where the workers keep what they observe: each tells of all."""

own_metrics_folder = None if METRICS_FOLDER in os.environ else TemporaryDirectory(prefix="budget-metrics-")
if own_metrics_folder:
    os.environ[METRICS_FOLDER] = own_metrics_folder.name  # before a worker imports the library, which reads it then

worker_class = "budget_system.web.gunicorn_worker.BufferingWorker"


class Logger(StockLogger):  # type: ignore[misc]  # the library has no types
    """Passes gunicorn's lines on to the log of the system."""

    def setup(self, cfg: Config) -> None:
        """Set up the log before anything is logged; settings that cannot be read, or are unsafe, end the process
        here.
        """
        exit_where_unsafe(1)
        super().setup(cfg)
        configure(settings.LOGGING)
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True
        warn_where_not_collected()


logger_class = Logger
"""The name that gunicorn looks for."""


def on_exit(_: object) -> None:
    """Remove the folder as the master ends."""
    if own_metrics_folder:
        own_metrics_folder.cleanup()
