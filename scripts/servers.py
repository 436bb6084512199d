"""Starting servers that refuse to run as root, and running a command beside one."""

import os
import pwd
import signal
import subprocess
import sys
from contextlib import AbstractContextManager
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


def run_command_beside(database: AbstractContextManager[str]) -> int:
    """Run the command of this process's arguments with `TEST_DATABASE_URL` set; return its exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with database as url:
            # Which settings a command has is its own choice, not that of what is imported here.
            own = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
            return subprocess.call(sys.argv[1:], env={**own, "TEST_DATABASE_URL": url})
    except ServerUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
