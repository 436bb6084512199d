"""The sandbox of the demo: its file, its port, and its account, which is connected while it runs for a moment."""

import json
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from threading import Thread

from django.core.management import call_command
from django.db import connections

from scripts.output import announce
from scripts.sandbox.server import SandboxServer


def prepare_sandbox(folder: Path) -> Mapping[str, Sequence[str]]:
    """Write what the sandbox holds, connect the demo's account, and return the command that runs the sandbox."""
    path = folder / "sandbox.json"
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    call_command("demo_sandbox", path)
    said = StringIO()
    with _sandbox(port, path):
        call_command("demo_sandbox", path, connect=address, stdout=said)
    connections.close_all()
    announce(f"{said.getvalue().strip()}; the sandbox shows its own side at {address}/")
    return {"sandbox": (sys.executable, "-m", "scripts.sandbox", "--port", str(port), "--put", str(path))}


@contextmanager
def _sandbox(port: int, path: Path) -> Iterator[None]:
    server = SandboxServer(port)
    for account_id, values in json.loads(path.read_text()).items():
        server.state.put(account_id, values)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
