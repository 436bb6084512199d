"""Keeping files with secrets or the ledger readable for their owner only."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

NOT_OWNER = stat.S_IRWXG | stat.S_IRWXO

SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
"""What SQLite puts beside its file; new ones get the file's own mode."""


def keep_new_files_private() -> None:
    """Make files that this process and its children create readable for their owner only."""
    os.umask(NOT_OWNER)


def sqlite_files(name: str) -> list[Path]:
    """Return the files of an SQLite database."""
    return [Path(f"{name}{ending}") for ending in SQLITE_SUFFIXES]


def os_error_text(error: OSError) -> str:
    """Return what cannot be used, and why."""
    return f"{error.filename} cannot be used: {error.strerror}." if error.filename else f"{error}."


def restrict_permissions(paths: Iterable[Path]) -> list[str]:
    """Restrict existing files to their owner; yield a sentence for each whose mode was wider."""
    sentences = []
    for path in paths:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if not mode & NOT_OWNER:
                continue
            path.chmod(mode & ~NOT_OWNER)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            sentences.append(f"{path} can be read by others, and its owner is another; ask them to: chmod 600 {path}")
        else:
            sentences.append(f"{path} could be read by others ({mode:o}); it is now {mode & ~NOT_OWNER:o}.")
    return sentences
