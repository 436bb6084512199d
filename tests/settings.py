"""The system's own settings with the values of `test.env`, and what only tests need."""

import os
import tempfile
from pathlib import Path
from unittest.mock import patch

from dotenv import dotenv_values

VALUES = {name: value or "" for name, value in dotenv_values(Path(__file__).with_name("test.env")).items()}
TEST_DATABASE_URL = os.environ.get("TEST_DATABASE_URL", "")

# What is empty here stands in no file either: a value of .env, or a NAME_FILE, must not find its way in.
NO_FILES = {f"{name}_FILE": "" for name in (*VALUES, "DATABASE_URL")}

with patch.dict(os.environ, {**VALUES, **NO_FILES, "DATABASE_URL": TEST_DATABASE_URL}):
    from budget_system.settings import *  # noqa: F403  # all of them
    from budget_system.settings import DATABASES, PLAIN_STATIC_FILES, SILENCED_SYSTEM_CHECKS, STORAGES

# The processes that tests start have the product's own settings.
os.environ["DJANGO_SETTINGS_MODULE"] = "budget_system.settings"

if not TEST_DATABASE_URL:
    # A file, because threads cannot share a database in memory; one for each process, because test runs may overlap.
    DATABASES["default"]["TEST"] = {"NAME": f"{tempfile.gettempdir()}/budget-test-{os.getpid()}.sqlite3"}
LOOPBACK_NAMES = ["testserver"]  # how Django's test client calls the machine
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SILENCED_SYSTEM_CHECKS = [*SILENCED_SYSTEM_CHECKS, "budget_system.E001"]  # these settings would be unsafe elsewhere
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": PLAIN_STATIC_FILES}}
WHITENOISE_USE_FINDERS = False  # each client would first look at all the files of all libraries
TEST_RUNNER = "tests.runner.Runner"
