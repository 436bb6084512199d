"""What a process loads at its start: nothing that only some of its work, or none, ever needs."""

import json
import os
import subprocess
import sys
from pathlib import Path

from django.apps import apps as apps_registry
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.test import SimpleTestCase, tag

from budget_system.operations.service_command import ServiceCommand

WEB = """
import budget_system.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
"""
WORKER = """
from budget_system.celery import app
app.loader.import_default_modules()
"""
COMMAND = """
import django
from django.core.management import load_command_class
django.setup()
command = load_command_class("spending", "enforce_budgets")
command.check(tags=command.requires_system_checks)
"""
CHECKS = """
import django
from django.core.checks import run_checks
django.setup()
run_checks(tags=["admin"])
"""
PAGES = ("brands.admin", "unfold.admin", "rest_framework.views", "budget_system.urls")


@tag("processes")
class MemoryTests(SimpleTestCase):
    def loaded(self, code: str, *names: str) -> list[str]:
        """Return which of some modules are loaded once a process has run some lines."""
        lines = f"{code}\nimport json, sys\nprint(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))"
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "budget_system.settings", "SECRET_KEY": "x", "DEBUG": "true"}
        env["DATABASE_URL"] = "sqlite://:memory:"
        done = subprocess.run(
            [sys.executable, "-c", lines, *names], cwd=settings.BASE_DIR, env=env, capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        loaded: list[str] = json.loads(done.stdout)
        return loaded

    def test_what_only_some_requests_need_is_loaded_by_the_first_of_them(self) -> None:
        late = ("openpyxl", "cryptography.fernet", "requests_hardened", "budget_system.exports.workbooks")
        self.assertEqual(self.loaded(WEB, *late), [])

    def test_the_worker_loads_no_pages(self) -> None:
        self.assertEqual(self.loaded(WORKER, *PAGES, "psycopg"), [])

    def test_a_command_loads_no_pages(self) -> None:
        self.assertEqual(self.loaded(COMMAND, *PAGES, "psycopg"), [])

    def test_every_command_of_ours_is_such_a_one(self) -> None:
        apps = {one.name for one in apps_registry.get_app_configs() if Path(one.path).parent == settings.BASE_DIR}
        ours = {name for name, app in get_commands().items() if str(app).partition(".")[0] in {*apps, "budget_system"}}
        stock = {"check", "changepassword", "shell"}
        self.assertGreater(ours, stock)
        for name in ours - stock:
            self.assertIsInstance(load_command_class(get_commands()[name], name), ServiceCommand, name)

    def test_the_check_of_the_admin_loads_all_its_pages(self) -> None:
        self.assertEqual(self.loaded(CHECKS, *PAGES[:2]), [*PAGES[:2]])
