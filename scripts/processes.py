"""Web, worker and beat under one process manager, and a look at `/health/` until all of them are."""

import http.client
import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from honcho.environ import parse_procfile
from honcho.manager import Manager

PATIENCE = 150
"""Seconds in which all should be healthy: beat sends its first task within a minute."""


class OneByOne:
    """How the processes are ended: each is asked by itself, so that it ends its own children in peace."""

    def terminate(self, pid: int) -> None:
        """Ask a process to end."""
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    def kill(self, pid: int) -> None:
        """End a process that did not, and its children."""
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


class Services(Manager):  # type: ignore[misc]  # honcho has no types
    """The processes of the Procfile."""

    def __init__(self, *, port: int, folder: Path) -> None:
        super().__init__()
        self._procmgr = OneByOne()
        self._port = port
        env = {**os.environ, "PORT": str(port), "PYTHON": sys.executable, "PYTHONUNBUFFERED": "1"}
        for name, command in parse_procfile((folder / "scripts" / "Procfile").read_text()).processes.items():
            self.add_process(name, command, env=env, cwd=str(folder))

    def _start(self) -> None:
        # A closed terminal must not leave anything running either.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        super()._start()
        # Not before the processes are forked: threads and forks do not mix.
        threading.Thread(target=tell_when_healthy, args=(self._port,), daemon=True).start()


def run(*, port: int, folder: Path) -> int:
    """Run them until Ctrl-C, or until one of them ends; then end them all."""
    services = Services(port=port, folder=folder)
    services.loop()
    return int(services.returncode or 0)


def tell_when_healthy(port: int) -> None:
    """Say where everything is once the web process answers, and when all is healthy, or what is not."""
    deadline, told, unwell = time.monotonic() + PATIENCE, False, ["web"]
    while time.monotonic() < deadline:
        answer = _health(port)
        if answer and not told:
            told = True
            print(
                f"\n  Admin  http://localhost:{port}/admin/\n  API    http://localhost:{port}/api/\n"
                f"  Docs   http://localhost:{port}/api/docs/\n\n"
                "Waiting for the first tick, which comes within a minute. Ctrl-C stops everything.",
                flush=True,
            )
        if answer:
            unwell = [f"{name} is {status}" for name, status in answer.items() if status != "healthy"]
            if not unwell:
                print("Everything is healthy: " + ", ".join(answer) + ".", flush=True)
                return
        time.sleep(1)
    print(f"Not healthy after {PATIENCE} seconds: {', '.join(unwell)}; the lines above say why.", flush=True)


def _health(port: int) -> dict[str, str]:
    """Give each part's word, nothing while the web process does not answer."""
    host = next((name for name in settings.ALLOWED_HOSTS if "*" not in name and not name.startswith(".")), "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/", headers={"Host": host})
        body = json.load(connection.getresponse())
        return {name: part["status"] for name, part in body["checks"].items()}
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return {}
    finally:
        connection.close()
