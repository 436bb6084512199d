"""An nginx of one's own, in front of a server, as the examples of the documentation have it."""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

NGINX: Final = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/bin")
PATIENCE: Final = 20
"""Seconds that nginx has to begin."""

CONFIGURATION: Final = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    gzip on;
    gzip_types application/json;
    server {{
        listen 127.0.0.1:{port};
        location {location} {{
            proxy_pass {upstream};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""


@contextmanager
def running_nginx(upstream: str, *, location: str = "/") -> Iterator[int]:
    """Yield the port at which an nginx passes on what is below `location` to `upstream`.

    Raises `RuntimeError` where it does not begin.
    """
    folder = Path(tempfile.mkdtemp(prefix="budget-nginx-"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    settings, log_path = folder / "nginx.conf", folder / "nginx.log"
    settings.write_text(CONFIGURATION.format(folder=folder, port=port, upstream=upstream, location=location))
    command = [str(NGINX), "-p", str(folder), "-c", str(settings), "-e", "stderr"]
    with log_path.open("wb") as log:
        nginx = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        _wait_for(nginx, port, log_path)
        yield port
    finally:
        nginx.terminate()
        nginx.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(nginx: "subprocess.Popen[bytes]", port: int, log_path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and nginx.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise RuntimeError(log_path.read_text(errors="replace"))
