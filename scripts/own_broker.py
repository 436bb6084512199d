"""A Redis of our own: started on a Unix socket, waited for, and stopped again."""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil
import redis

from budget_system.operations.broker import client_of, for_client
from budget_system.operations.file_permissions import NOT_OWNER
from scripts.output import log_collector, relay_lines
from scripts.run_folder import SOCKET_FOLDER

BROKER = "broker"
"""Its name among the processes."""

MAX_SOCKET_PATH = 100
"""A Unix socket's path may have 103 bytes on macOS, 107 on Linux."""


class BrokerUnavailable(RuntimeError):
    """There is no broker; the message says what to do."""


def broker_responds(url: str, *, within: float = 2.0) -> bool:
    """Return whether a Redis at this address does what it is asked."""
    return broker_fault(url, within=within) is None


def broker_fault(url: str, *, within: float) -> Exception | None:
    """Return why a Redis at this address does not do what it is asked; `None` where it does."""
    client = client_of(url, within=within)
    try:
        with client:
            client.ping()
    except (redis.RedisError, OSError) as error:
        return error
    return None


class OwnBroker:
    """A Redis on a socket in a folder, where its queue is kept for the next time.

    Its output is kept in a file of that folder; for a log collector, it is relayed like that of the others.
    """

    def __init__(self, binary: str, run_dir: Path) -> None:
        self._binary = binary
        self._run_dir = run_dir
        self._socket = run_dir / "broker.sock"
        self._temporary: str | None = None
        self._log = "" if log_collector() else str(run_dir / "broker.log")
        self._listener: threading.Thread | None = None
        self.url = ""
        self.process: subprocess.Popen[bytes]

    def __enter__(self) -> Self:
        """Start it, and wait until it responds. Raise `BrokerUnavailable`."""
        self._run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._run_dir.chmod(0o700)  # one that was there may be open to others, and tasks of ours wait in it
        if len(os.fsencode(self._socket)) > MAX_SOCKET_PATH:
            self._temporary = tempfile.mkdtemp(prefix=SOCKET_FOLDER)
            self._socket = Path(self._temporary) / "broker.sock"
        self.url = f"unix://{self._socket}?db=0"
        try:
            _end_orphan(self.url)
            self.start()
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self) -> None:
        """Start the process, for the first time or in place of one that has ended."""
        command = [self._binary, "--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"]
        command += ["--dir", str(self._run_dir), "--save", "", "--appendonly", "yes", "--daemonize", "no"]
        # With a title of its own it would lose its environment, by which it is known for ours.
        command += ["--logfile", self._log, "--set-proc-title", "no"]
        # A session of its own: Ctrl-C reaches it only after worker and beat are through with it.
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if self._log else subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=NOT_OWNER,
        )
        if self.process.stdout:
            self._listener = threading.Thread(target=relay_lines, args=(BROKER, self.process.stdout), daemon=True)
            self._listener.start()

    def __exit__(self, *_: object) -> None:
        """End it."""
        if hasattr(self, "process"):
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self._listener:
            self._listener.join(2)  # its last words
        self._socket.unlink(missing_ok=True)
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def _wait(self) -> None:
        deadline = time.monotonic() + 10
        while not broker_responds(self.url, within=0.5):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise BrokerUnavailable(f"The broker did not start; {self._log or 'what it told above'} says why.")
            time.sleep(0.05)


@contextmanager
def started(binary: str, run_dir: Path) -> Iterator[str]:
    """Run a Redis on a socket in this folder, and yield its address."""
    with OwnBroker(binary, run_dir) as own:
        yield own.url


def _end_orphan(url: str) -> None:
    """End a broker whose `run_all.sh` was killed. Raise `BrokerUnavailable` where that still runs."""
    if not broker_responds(url, within=0.5):
        return
    with redis.Redis.from_url(for_client(url)) as client:
        process = psutil.Process(int(client.info("server")["process_id"]))
    if process.ppid() != 1:
        raise BrokerUnavailable(
            f"Another ./run_all.sh of this folder is running (its broker is process {process.pid})."
        )
    process.terminate()
    process.wait(10)
