"""Files that hold secrets or the books are their owner's alone to read."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO

BESIDE_SQLITE = ("", "-wal", "-shm", "-journal")
"""What SQLite puts beside its file; new ones get the file's own mode."""


def keep_new_files_private() -> None:
    """Allow nobody to else read what this process, and what it starts, will create."""
    os.umask(OTHERS)


def of_sqlite(name: str) -> list[Path]:
    """Name the files of an SQLite database."""
    return [Path(f"{name}{ending}") for ending in BESIDE_SQLITE]


def sentence_of(error: OSError) -> str:
    """Return what cannot be used, and why."""
    return f"{error.filename} cannot be used: {error.strerror}." if error.filename else f"{error}."


def restrict_permissions(paths: Iterable[Path]) -> list[str]:
    """Take files that are there away from everybody but their owner; say of each whose mode was wider what was done."""
    told = []
    for path in paths:
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            if not mode & OTHERS:
                continue
            path.chmod(mode & ~OTHERS)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except PermissionError:
            told.append(f"{path} can be read by others, and its owner is another; ask them to: chmod 600 {path}")
        else:
            told.append(f"{path} could be read by others ({mode:o}); it is now {mode & ~OTHERS:o}.")
    return told
