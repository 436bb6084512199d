"""Files that are complete or not there: written under another name, for their owner only, and renamed once they are
safe.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from budget_system.core.errors import ServiceError

OWNER_ONLY = 0o600


class BackupFailed(ServiceError):
    """No backup was made, or none was restored; a sentence says why."""


@contextmanager
def written_atomically(path: Path) -> Iterator[Path]:
    """Yield another name beside `path`; the file is renamed when the block has succeeded, else deleted.

    Raise `BackupFailed` where there is such a file already, or the folder cannot be written to.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    if path.exists():
        raise BackupFailed(f"There is a file {path} already; it is not overwritten. Nothing was written.")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    except OSError as error:
        raise BackupFailed(f"No file can be made in {path.parent}: {error.strerror}. Nothing was written.") from error
    try:
        yield part
        _sync(part)
        _name(part, path)
        _sync(path.parent)
    except OSError as error:
        raise BackupFailed(f"{path} could not be written: {error.strerror or error}. Nothing is left of it.") from error
    finally:
        part.unlink(missing_ok=True)


def _name(part: Path, path: Path) -> None:
    """Rename the file; one of that name, made meanwhile, is not overwritten."""
    try:
        os.link(part, path)
    except FileExistsError as error:
        raise BackupFailed(f"There is a file {path} already; it is not overwritten. Nothing was written.") from error
    except OSError:  # a file system without links
        part.rename(path)


def _sync(path: Path) -> None:
    """Make the disk store it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
