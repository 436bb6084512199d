"""A PostgreSQL of its own for one command, reached through PgBouncer in transaction mode.

    python -m scripts.pgbouncer pytest --reuse-db -m postgres

runs the command with `TEST_DATABASE_URL` set. Each transaction gets another of PgBouncer's connections than the one
before it, so whatever is kept in a session is lost. It keeps some open to each database, which therefore cannot be
dropped (`--reuse-db`); all of it goes with the command. Where there is no PgBouncer, that is said, and nothing fails.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from budget_system.operations.databases import TIMEOUTS_OF_A_ROLE
from scripts.postgres import Cluster, temporary_cluster
from scripts.servers import ServerUnavailable, run_command_beside, start_beside

CONFIGURATION: Final = """
[databases]
* = host={folder} user=postgres

[pgbouncer]
listen_addr =
unix_socket_dir = {pooler}
auth_type = any
pool_mode = transaction
server_round_robin = 1
default_pool_size = 40
max_client_conn = 500
min_pool_size = 4
server_idle_timeout = 1
{more}
"""
"""Of several connections each transaction takes the next."""

PORT: Final = 6432


@contextmanager
def pooled(cluster: Cluster, more: str = "") -> Iterator[str]:
    """Yield the address of a cluster's database behind a PgBouncer that ends with the block; `more` are its settings.

    Raise `ServerUnavailable`.
    """
    program = _program()
    with psycopg.connect(cluster.url, autocommit=True) as connection:
        for name, value in TIMEOUTS_OF_A_ROLE.items():
            connection.execute(f"ALTER ROLE postgres SET {name} = '{value}'".encode())
    folder = cluster.folder / "pgbouncer"
    folder.mkdir()
    if cluster.user is not None:
        os.chown(folder, cluster.user.pw_uid, cluster.user.pw_gid)
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(CONFIGURATION.format(folder=cluster.folder, pooler=folder, more=more))
    server = start_beside(folder, cluster.user, program, "-q", configuration)
    try:
        _wait_for(server, folder)
        yield f"postgres://postgres@/postgres?host={folder}&port={PORT}&pooler=true"
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(10)


def _program() -> Path:
    found = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise ServerUnavailable("there is no pgbouncer here (Debian's package is called pgbouncer)")
    return Path(found)


def _wait_for(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            psycopg.connect(host=str(folder), port=PORT, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise ServerUnavailable(f"it does not start: {(folder / 'log').read_text().strip()[-300:]}") from error
            time.sleep(0.05)
        else:
            return


@contextmanager
def temporary_pooled_postgres() -> Iterator[str]:
    """Yield the address of an empty PostgreSQL behind a PgBouncer; both end with the block."""
    with temporary_cluster() as cluster, pooled(cluster) as url:
        yield url


def main() -> int:
    """Run a command with a PostgreSQL behind a PgBouncer; return the command's exit status."""
    try:
        _program()
    except ServerUnavailable as reason:
        print(f"Skipped, because {reason}.")
        return 0
    return run_command_beside(temporary_pooled_postgres())


if __name__ == "__main__":
    sys.exit(main())
