"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from budget_system.operations.databases import shorten_timeouts
from budget_system.operations.garbage import freeze_loaded
from budget_system.operations.startup_checks import exit_where_unsafe, keep_files_private

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")

WORKER_BOOT_ERROR = 3
"""gunicorn's exit status for a worker that cannot start: it is not started again."""

exit_where_unsafe(WORKER_BOOT_ERROR)
application = get_wsgi_application()
import_module(settings.ROOT_URLCONF)  # else the first who asks waits for it, in each process
keep_files_private()
for database in settings.DATABASES.values():
    shorten_timeouts(database)
freeze_loaded()
