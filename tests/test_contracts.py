"""The contracts of imports: what is planted against them is found, and no module stands outside of them."""

import subprocess
import sys
import tempfile
from pathlib import Path

from django.test import SimpleTestCase, tag

from tests.project import copy_project

PLANTED = {
    "shared code that knows an app": (
        "budget_system/admin/base.py",
        "from brands.admin.brands import BrandAdmin",
    ),
    "a model that knows a service": ("spending/models/ledger.py", "from spending.recording.services import record"),
    "a service that knows the API": ("campaigns/services.py", "from campaigns.api.campaigns import CampaignViewSet"),
    "the ledger that knows the gate": ("spending/ledger/totals.py", "from spending.enforcement.gate import Gate"),
    "the core that knows operations": ("budget_system/core/money.py", "from budget_system.operations import broker"),
    "the outbox that knows the web": (
        "delivery/outbox.py",
        "from budget_system.web import access_log",
    ),
    "heartbeats that know a sweep": ("tasks/heartbeats.py", "from spending.enforcement.sweeps import tick"),
    "a module in no layer": ("spending/stray.py", "VALUE = 1"),
}


@tag("processes")
class ContractTests(SimpleTestCase):
    """Each line planted alone into a copy of the project."""

    def test_every_planted_line_breaks_a_contract(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            project = copy_project(Path(folder) / "project", with_venv=False)
            self.assertEqual(self.broken(project), 0)
            for what, (path, line) in PLANTED.items():
                file = project / path
                before = file.read_text() if file.exists() else ""
                with self.subTest(what):
                    file.write_text(f"{before}\n\n{line}\n")
                    self.assertNotEqual(self.broken(project), 0)
                if before:
                    file.write_text(before)
                else:
                    file.unlink()

    def broken(self, project: Path) -> int:
        """Return with what the checker of the contracts ends."""
        linter = Path(sys.executable).with_name("lint-imports")
        return subprocess.run([linter, "--no-cache"], cwd=project, capture_output=True, check=False).returncode
