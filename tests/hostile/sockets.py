"""An attacker who spends connections: slow ones of four kinds, bodies that are too large, and bodies without an end.

    python -m tests.hostile.sockets PORT SECONDS

attacks the server at this port of this machine alone, for so long, and tells as JSON what it was answered.
"""

import json
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from threading import Thread
from typing import Final

from budget_system.web.body_limits import IMPORT_FORM
from tests.system.slow import SlowClients

EACH: Final = 50
"""Slow connections of each kind that stand at once."""
ROUND: Final = 30
"""Seconds after which slow connections are given up, and others opened."""
LARGE: Final = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
PATHS: Final = ("/admin/login/", IMPORT_FORM, "/api/spends/bulk/", "/api/spends/", "/nowhere")
CHUNK: Final = b"a" * 65_536
OVERSIZED: Final = 64 * 1024 * 1024
IMPATIENCE: Final = 5
"""Seconds after which a body that is not taken, or not answered, is given up."""
PAUSE: Final = 0.5
"""Seconds between two large bodies of one thread."""


class Flood:
    """Threads that send bodies which are larger than they may be, announced or not."""

    def __init__(self, port: int, end: float) -> None:
        self.answers: Counter[str] = Counter()
        self._port, self._end = port, end
        self._threads = [Thread(target=self._send, args=(bool(number % 2),)) for number in range(2)]
        for thread in self._threads:
            thread.start()

    def wait(self) -> None:
        """Wait until the time is over."""
        for thread in self._threads:
            thread.join()

    def _send(self, announced: bool) -> None:
        number = 0
        while time.monotonic() < self._end:
            number += 1
            self.answers[self._body(PATHS[number % len(PATHS)], announced=announced)] += 1
            time.sleep(PAUSE)

    def _body(self, path: str, *, announced: bool) -> str:
        """Send one body; return the status that was answered, or what became of the connection."""
        length = f"Content-Length: {OVERSIZED}" if announced else "Transfer-Encoding: chunked"
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
        part = CHUNK if announced else b"%x\r\n%b\r\n" % (len(CHUNK), CHUNK)
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=IMPATIENCE) as client:
                client.sendall(head.encode())
                with suppress(OSError):  # a server that has heard enough may close
                    for _ in range(OVERSIZED // len(CHUNK)):
                        client.sendall(part)
                return client.recv(12).decode(errors="replace")[9:] or "closed"
        except OSError as error:
            return type(error).__name__


def main() -> None:
    """Attack, round after round."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    end = time.monotonic() + seconds
    flood, rounds, refused = Flood(port, end), 0, 0
    while (left := end - time.monotonic()) > 0:
        try:
            clients = SlowClients(port, each=EACH, large=LARGE)
        except OSError:
            refused += 1
            time.sleep(1)
            continue
        rounds += 1
        time.sleep(min(ROUND, left))
        clients.close()
    flood.wait()
    print(json.dumps({"slow": rounds * EACH * 4, "not let in": refused, "bodies": flood.answers}))


if __name__ == "__main__":
    main()
