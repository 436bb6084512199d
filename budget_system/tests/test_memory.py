"""What a web process holds in memory from its start: nothing that only some requests, or none, ever need."""

import json
import os
import subprocess
import sys

from django.conf import settings
from django.test import SimpleTestCase, tag

CODE = """
import json, sys
import budget_system.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
print(json.dumps([name for name in sys.argv[1:] if name in sys.modules]))
"""


@tag("processes")
class MemoryTests(SimpleTestCase):
    def test_what_only_some_requests_need_is_loaded_by_the_first_of_them(self) -> None:
        late = ("openpyxl", "cryptography.fernet", "requests_hardened", "budget_system.exports.workbooks")
        env = {**os.environ, "DJANGO_SETTINGS_MODULE": "budget_system.settings", "SECRET_KEY": "x", "DEBUG": "true"}
        done = subprocess.run(
            [sys.executable, "-c", CODE, *late],
            cwd=settings.BASE_DIR,
            env=env,
            capture_output=True,
            text=True,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), [])
