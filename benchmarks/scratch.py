"""A database that is made for one measurement and removed after it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.db import connection

from budget_system.operations.garbage import freeze_loaded


@contextmanager
def scratch_database() -> Iterator[str]:
    """Set Django up on an empty, migrated database: that of TEST_DATABASE_URL, else SQLite; yield the vendor's name.

    The settings are those of the tests, so neither `.env` nor the database of `DATABASE_URL` is touched.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    freeze_loaded()
    before = str(connection.settings_dict["NAME"])
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=None)
    try:
        yield connection.vendor
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)
