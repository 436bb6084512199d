"""A copy of the project in a folder of its own, so that nothing a test starts works in the checkout."""

import os
import shutil
from pathlib import Path

MARK = {name: os.environ[name] for name in ("BUDGET_TESTS",) if name in os.environ}
"""What run_tests.sh knows its processes by: for those that a test gives an environment of their own."""

FOLDER = Path(__file__).resolve().parent.parent
LEFT_OUT = shutil.ignore_patterns(
    *(".git", ".env", ".run", "venv", "inbox", "staticfiles", "db.sqlite3*", "__pycache__", "*.pyc"),
    *(".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache", ".schemathesis", ".cache"),
)


def copy_project(to: Path, *, with_venv: bool = True) -> Path:
    """Copy what the repository holds, with the virtual environment of the checkout in its place."""
    shutil.copytree(FOLDER, to, ignore=LEFT_OUT, symlinks=True)
    if with_venv and (FOLDER / "venv").exists():
        (to / "venv").symlink_to(FOLDER / "venv")
    return to
