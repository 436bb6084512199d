"""A database that is made for one measurement and removed after it."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connection

from budget_system.operations.garbage import freeze_loaded


@contextmanager
def scratch_database() -> Iterator[str]:
    """Set Django up on an empty, migrated database: that of TEST_DATABASE_URL, else SQLite; give the vendor's name.

    Neither `.env` nor the database of `DATABASE_URL` is touched: what stands in the environment goes before `.env`.
    """
    os.environ.update(
        DJANGO_SETTINGS_MODULE="budget_system.settings",
        DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or "sqlite:///scratch",  # never opened
        SECRET_KEY=secrets.token_urlsafe(50),
        REDIS_URL="redis://127.0.0.1:1/0",  # nothing listens there, and nothing needs it
        DEBUG="false",
        ALLOWED_HOSTS="127.0.0.1",
        LOG_LEVEL="WARNING",
        LOG_FORMAT="plain",
    )
    django.setup()
    freeze_loaded()
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = f"{tempfile.gettempdir()}/budget-benchmark-{os.getpid()}.sqlite3"
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=None)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
