"""Starting servers that refuse to run as root."""

import os
import pwd
import subprocess
from pathlib import Path

USERS_FOR_ROOT = ("postgres", "nobody")


class ServerUnavailable(RuntimeError):
    """A server is not installed, or does not start; the message says why."""


def start_beside(
    folder: Path, user: pwd.struct_passwd | None, program: Path, *arguments: str | Path
) -> "subprocess.Popen[bytes]":
    """Start a server in a folder, where it writes to a file `log`, as this user."""
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            [program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
            start_new_session=True,  # Ctrl-C ends the tests first, and then the server, in that order
        )


def other_user() -> pwd.struct_passwd | None:
    """Return the user to run it as, where we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in USERS_FOR_ROOT:
        if name in known:
            return known[name]
    raise ServerUnavailable(
        "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it as."
    )
