"""The folder `.run`: one `run_all.sh` at a time works in it, and what a killed one has left is ended first."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from budget_system.operations.broker import note_path
from scripts.marked_processes import end_processes

MARK = "BUDGET_RUN"
"""The environment variable of everything that one run has started."""

SOCKET_FOLDER = "budget-"
"""The beginning of the name of a folder for a broker's socket, used where the path of its own is too long."""


class FolderRefused(RuntimeError):
    """The folder cannot be used; the message says what to do."""


@contextmanager
def locked_run_folder(folder: Path) -> Iterator[int]:
    """Lock a project's `.run` for this run; return how many processes a run before it had left, which are ended.

    Raise `FolderRefused` where another run has it, or where it cannot be written to.
    """
    run_dir = folder / ".run"
    path = run_dir / "run"
    try:
        run_dir.mkdir(mode=0o700, exist_ok=True)
        lock = path.open("a+")
    except OSError as error:
        raise FolderRefused(
            f"{run_dir} cannot be written to ({error.strerror}); make it a folder of yours, then start again."
        ) from error
    # Nobody inherits it, so it is free as soon as this process is gone, however that ended.
    with lock:
        lock.seek(0)
        number, _, token = lock.read().partition(" ")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderRefused(
                f"Another ./run_all.sh of this folder is running (process {number}); stop that one first."
            ) from error
        ended = end_processes(f"{MARK}={token}") if token else 0
        _remove_socket(folder)
        token = secrets.token_hex(16)
        lock.truncate(0)
        lock.write(f"{os.getpid()} {token}")
        lock.flush()
        os.environ[MARK] = token
        try:
            yield ended
        finally:
            lock.truncate(0)


def _remove_socket(folder: Path) -> None:
    """Remove the folder that a killed run made for its broker's socket, and the note of where it was."""
    note = note_path(folder)
    if note.exists():
        place = Path(urlsplit(note.read_text()).path).parent
        if place.name.startswith(SOCKET_FOLDER):
            shutil.rmtree(place, ignore_errors=True)
        note.unlink()
