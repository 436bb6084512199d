"""Clients that the usual generators make of the API's description, used against the running server.

The packages of npm are installed once, into `.cache/`; where there is no node, or no network for the first time, the
test says so and is skipped.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from django.test import LiveServerTestCase, override_settings, tag

from tests.access import Roles

HERE: Final = Path(__file__).resolve().parent
TYPESCRIPT: Final = HERE / "typescript"
CACHE: Final = HERE.parent.parent / ".cache" / "clients"
NO_NETWORK: Final = re.compile(r"\b(EAI_AGAIN|ENOTFOUND|ECONNREFUSED|ECONNRESET|ENETUNREACH|ETIMEDOUT|ENOTCACHED)\b")
LIMIT: Final = 300
"""Seconds after which a step has failed."""

WITHOUT_POLISH: Final = "post_hooks: []\npackage_name_override: budget_client\n"
"""The generator otherwise formats what it has made."""


@tag("processes")
@override_settings(API_AUTH="closed")
class GeneratedClientTests(Roles, LiveServerTestCase):
    host = "127.0.0.1"

    def setUp(self) -> None:
        super().setUp()
        self.folder = Path(tempfile.mkdtemp(prefix="budget-clients-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.secret = self.token(self.administrator)
        asked = Request(f"{self.live_server_url}/api/schema/", headers={"Authorization": f"Token {self.secret}"})
        with urlopen(asked, timeout=60) as answer:
            (self.folder / "openapi.yaml").write_bytes(answer.read())

    def run_step(self, *command: str | Path, cwd: Path | None = None, **env: str) -> str:
        """Run one step in the folder; give what it printed."""
        done = subprocess.run(
            command,
            cwd=cwd or self.folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT,
        )
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def test_python(self) -> None:
        settings = self.folder / "generator.yaml"
        settings.write_text(WITHOUT_POLISH)
        generate = (
            sys.executable,
            "-m",
            "openapi_python_client",
            "generate",
            "--path",
            "openapi.yaml",
            "--meta",
            "none",
        )
        self.run_step(*generate, "--config", settings, "--output-path", "budget_client", "--fail-on-warning")

        program = HERE / "use_python.py"
        types = (
            "--strict",
            "--config-file",
            os.devnull,
            "--cache-dir",
            self.folder / "types",
            "--follow-imports",
            "silent",
        )
        self.run_step(sys.executable, "-m", "mypy", *types, program, MYPYPATH=str(self.folder))
        used = self.run_step(sys.executable, program, self.live_server_url, self.secret, PYTHONPATH=str(self.folder))
        self.assertEqual(used.strip(), "used")

    def test_typescript(self) -> None:
        packages = installed_packages()
        for name in ("package.json", "tsconfig.json", "use.ts"):
            shutil.copy(TYPESCRIPT / name, self.folder)
        (self.folder / "node_modules").symlink_to(packages)
        self.run_step(packages / ".bin" / "openapi-typescript", "openapi.yaml", "--output", "schema.d.ts")
        self.run_step(packages / ".bin" / "tsc")
        used = self.run_step("node", "built/use.js", self.live_server_url, self.secret)
        self.assertEqual(used.strip(), "used")


def installed_packages() -> Path:
    """Return the folder of the pinned packages, installed where they are not yet.

    Raises `SkipTest` where there is no node or, for the first time, no network.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise unittest.SkipTest("needs node and npm: sudo apt-get install nodejs npm, or brew install node")
    lock = TYPESCRIPT / "package-lock.json"
    folder = CACHE / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=CACHE, prefix="new-"))
        for name in ("package.json", lock.name):
            shutil.copy(TYPESCRIPT / name, new)
        install = ("npm", "ci", "--no-fund", "--no-audit", "--ignore-scripts", "--fetch-retries=1")
        done = subprocess.run(install, cwd=new, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT)
        if done.returncode != 0:
            shutil.rmtree(new)
            if NO_NETWORK.search(done.stderr):
                raise unittest.SkipTest("needs the network once, for npm to install openapi-typescript")
            raise AssertionError(done.stderr)
        new.rename(folder)
    return folder / "node_modules"
