"""The process manager: starts web, the two workers and beat, relays their output, and ends all of them together.

A broker of our own is watched too; what started it ends it, after everything that uses it has ended.

    python -m scripts.processes worker --hostname=worker-2@%h

runs one of them in place of this command, with what follows its name added to its own: for a process manager of the
machine's own (systemd, containers), see deploy/.

A process that is killed (an operator, the kernel where memory ran out), or ends after it has run for a while, is
started again. A process that exits within 30 seconds of starting is not restarted, its last log lines say why; the
others are ended too.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from budget_system.operations.log_lines import format_line
from scripts.output import relay_lines, write
from scripts.own_broker import BROKER, OwnBroker

TIMEOUT = 8
"""Seconds that a process has to end by itself; a worker in the middle of a task uses them."""

RELAY_SECONDS = 2
"""Seconds for the last lines of a process that has ended."""

STARTUP_SECONDS = 30
"""Seconds after its start within which a process that ends by itself is not started again."""

MOST_STARTS, WITHIN = 10, 60
"""How often a process may be started within so many seconds; one that dies more often cannot be helped by starting."""

ENDING_SIGNALS = [
    number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is not signal.SIG_IGN
]
"""What ends us besides Ctrl-C; a closed terminal does not where nohup says so."""

DEFAULT_ADDRESS = "127.0.0.1:8000"
"""Where the web process serves unless `--bind` says otherwise."""

_PYTHON = (sys.executable, "-m")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "web": (
        *(*_PYTHON, "gunicorn", "budget_system.wsgi", "--config", "python:budget_system.web.gunicorn_config"),
        *("--bind", "{address}"),
        *("--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "3"),
        # Whether a proxy is believed is for Django to say, see BEHIND_PROXY.
        *("--forwarded-allow-ips", "", "--no-control-socket", "--log-level", "warning"),
    ),
    "worker": (
        *(*_PYTHON, "celery", "--app", "budget_system", "--quiet", "worker"),
        *("--concurrency", "2", "--without-gossip", "--without-mingle"),
    ),
    "sender": (
        *(*_PYTHON, "celery", "--app", "budget_system", "--quiet", "worker"),
        *("--queues", "delivery", "--hostname", "sender@%h", "--concurrency", "2"),
        *("--without-gossip", "--without-mingle"),
    ),
    "beat": (*_PYTHON, "celery", "--app", "budget_system", "--quiet", "beat", "--pidfile="),
}


class Processes:
    """Some processes that run together and end together."""

    def __init__(
        self,
        *,
        address: str,
        folder: Path,
        broker: OwnBroker | None = None,
        more: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`more`: commands that are run beside the others, by their names."""
        self._address = address
        self._commands: Mapping[str, Sequence[str]] = {**COMMANDS, **(more or {})}
        self._folder = folder
        self._broker = broker
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._starts: dict[str, list[float]] = {}
        self._signal = 0
        self._relays: list[threading.Thread] = []
        """What passes on the lines of a process, until its output ends."""

    def run(self) -> int:
        """Run them until a signal comes or one of them ends for good; then end the others. Return the exit status."""
        for number in (signal.SIGINT, *ENDING_SIGNALS):
            signal.signal(number, self._note)
        try:
            if self._broker:
                self._note_start(BROKER, self._broker.process)
            for name in self._commands:
                self._start(name)
            while not self._signal:
                for name, process in list(self._running.items()):
                    if (status := process.poll()) is None:
                        continue
                    ended = f"was killed by signal {-status}" if status < 0 else f"ended by itself with status {status}"
                    if not should_restart(status, self._starts[name], now=time.monotonic()):
                        _log(logging.ERROR, f"{name} {ended}; stopping the others.")
                        return status or 1
                    _log(logging.ERROR, f"{name} {ended}; starting it again.")
                    _end_session(process)  # or what is left of it would keep the port, or its task
                    self._start(name)
                time.sleep(0.2)
            _log(logging.INFO, "Stopping web, workers and beat …")
            return 128 + self._signal
        finally:
            self._end()

    def _note(self, number: int, _: object) -> None:
        # Nothing more: a handler may run between any two steps, also while the processes are being started.
        self._signal = number

    def _start(self, name: str) -> None:
        if self._broker and name == BROKER:
            self._broker.start()
            self._note_start(name, self._broker.process)
            return
        # Each in a session of its own: Ctrl-C reaches them only through us, so that each ends its children in peace.
        process = subprocess.Popen(
            [part.format(address=self._address) for part in self._commands[name]],
            cwd=self._folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._note_start(name, process)
        relay = threading.Thread(target=relay_lines, args=(name, process.stdout), daemon=True)
        relay.start()
        self._relays.append(relay)

    def _note_start(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        self._running[name] = process
        self._starts.setdefault(name, []).append(time.monotonic())

    def _end(self) -> None:
        self._running.pop(BROKER, None)
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + TIMEOUT
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _end_session(process)
        for (
            relay
        ) in self._relays:  # one that writes as the interpreter ends makes it abort, and last lines would be lost
            relay.join(RELAY_SECONDS)


def should_restart(status: int, starts: Sequence[float], *, now: float) -> bool:
    """Return whether a process that ended with this status is started again; `starts` and `now` are seconds."""
    if status >= 0 and now - starts[-1] < STARTUP_SECONDS:
        return False
    return sum(now - start < WITHIN for start in starts) < MOST_STARTS


def _end_session(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of a process's session, itself included."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _log(level: int, sentence: str) -> None:
    write(format_line(level, sentence, service="manager"))


def main() -> int:
    """Run one process, and nothing beside it."""
    name, more = sys.argv[1] if len(sys.argv) > 1 else "", sys.argv[2:]
    if name in COMMANDS:
        command = [part.format(address=DEFAULT_ADDRESS) for part in COMMANDS[name]]
        os.execv(command[0], [*command, *more])  # what is said twice counts as it is said last: --bind, --workers
    _log(logging.ERROR, f"“{name}” is none of the processes: {', '.join(COMMANDS)}.")
    return 2


if __name__ == "__main__":
    sys.exit(main())
