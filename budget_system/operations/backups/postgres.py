"""PostgreSQL: its own `pg_dump` and `pg_restore`, which get the password by their environment."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from psycopg import pq
from psycopg.conninfo import make_conninfo

from budget_system.operations.backups.files import BackupFailed, written_atomically

MAGIC: Final = b"PGDMP"
INSTALLED: Final = Path("/usr/lib/postgresql")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_OURS: Final = ("options", "application_name")  # timeouts that are too short for a whole database


class Tools:
    """The programs of PostgreSQL, at least as new as the server, and the connection they use.

    `parameters` are those of a connection, `server` the server's version (17), `folder` where the programs are; where
    it is empty, they are searched for.
    """

    def __init__(self, parameters: Mapping[str, Any], *, server: int, folder: str = "") -> None:
        self._folder, self._server = folder, server
        known = {option.keyword.decode(): option.dispchar == b"*" for option in pq.Conninfo.get_defaults()}
        used = {name: value for name, value in parameters.items() if name in known and name not in _OURS}
        self._conninfo = make_conninfo(**{name: value for name, value in used.items() if not known[name]})
        password = parameters.get("password")
        self._environment = {**os.environ, **({"PGPASSWORD": str(password)} if password else {})}

    def back_up(self, to: Path) -> None:
        """Dump the database into a file. Raise `BackupFailed`."""
        program = self._found("pg_dump")
        with written_atomically(to) as part:
            self._run(
                [
                    *(program, "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
                    *("--lock-wait-timeout=60s", f"--file={part}", f"--dbname={self._conninfo}"),
                ],
                "The database could not be dumped",
            )
            self._run([self._found("pg_restore"), "--list", str(part)], "The dump cannot be read")

    def applied_migrations(self, backup: Path) -> set[tuple[str, str]]:
        """Return the migrations of the database in a backup. Raise `BackupFailed`."""
        output = self._run(
            [self._found("pg_restore"), "--data-only", "--table=django_migrations", "--file=-", str(backup)],
            f"{backup} cannot be read",
        )
        rows = output.partition("FROM stdin;\n")[2].partition("\n\\.")[0].splitlines()
        return {(app, name) for app, name in (row.split("\t")[1:3] for row in rows)}

    def restore(self, backup: Path) -> None:
        """Fill an empty database from a backup, in one transaction. Raise `BackupFailed`."""
        self._run(
            [
                *(self._found("pg_restore"), "--single-transaction", "--exit-on-error", "--no-owner"),
                *("--no-privileges", "--no-password", f"--dbname={self._conninfo}", str(backup)),
            ],
            f"{backup} could not be restored, and nothing of it was",
        )

    def _run(self, command: Sequence[str | Path], failed: str) -> str:
        done = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            fault = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "it said nothing")
            raise BackupFailed(f"{failed}: {fault}")
        return done.stdout

    def _found(self, program: str) -> Path:
        """Return a program that knows the server's version: the nearest, because a newer one writes a newer format."""
        places = [Path(self._folder)] if self._folder else _usual_places()
        versions = {place / program: _version(place / program) for place in places}
        fit = [path for path, version in versions.items() if version >= self._server]
        if fit:
            return min(fit, key=lambda path: versions[path])
        newest = max(versions.values(), default=0)
        what = f"the newest {program} found is of {newest}" if newest else f"there is no {program} here"
        raise BackupFailed(
            f"The server is PostgreSQL {self._server} and {what}; install PostgreSQL {self._server}'s client programs, "
            "or say in POSTGRES_BIN in which folder they are."
        )


def _usual_places() -> list[Path]:
    on_path = [Path(found).parent for found in [shutil.which("pg_dump")] if found]
    return [*on_path, *INSTALLED.glob("*/bin")]


def _version(program: Path) -> int:
    """Return a program's version; 0 where it has none."""
    if not os.access(program, os.X_OK):
        return 0
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(output)
    return int(found[1]) if found else 0
