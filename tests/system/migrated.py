"""A migrated SQLite database for a system of a test's own: made once in a process, then copied."""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="budget-migrated-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "migrated.sqlite3"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "budget_system.settings",
            "DATABASE_URL": f"sqlite:///{path}",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            "SECRET_KEY": "only-for-tests-" * 5,
            "DEBUG": "true",
            "API_AUTH": "open",
            "BIND": "127.0.0.1",
        },
        stdin=subprocess.DEVNULL,
        check=True,
    )
    return path


def copy_migrated(path: Path) -> None:
    """Put a migrated database, its owner's alone, at this place."""
    path.touch(mode=0o600)
    shutil.copyfile(_template(), path)
