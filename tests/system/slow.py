"""Clients that are slow on purpose: of their headers, of their bodies, or in reading what they asked for."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Final

DRIBBLE_EVERY: Final = 0.5
"""Seconds between two bytes of a client that dribbles."""

_POST: Final = "POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"


class SlowClients:
    """Many sockets, opened at once, a quarter of each kind; some send a byte now and then."""

    KINDS: Final = ("headers", "bodies", "dribbled", "unread")

    def __init__(self, port: int, *, each: int, large: str) -> None:
        """`large` is the address of an answer that no buffer of the kernel's takes whole."""
        sent = {
            "headers": b"GET /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ",
            "bodies": f"{_POST}Content-Length: 100000\r\n\r\na=".encode(),
            "dribbled": f"{_POST}Content-Length: 100000\r\n\r\na=".encode(),
            "unread": f"GET {large} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(),
        }
        self.sockets = {kind: [_connect(port, sent[kind]) for _ in range(each)] for kind in self.KINDS}
        self._stopped = Event()
        self._dribbler = Thread(target=self._dribble, daemon=True)
        self._dribbler.start()

    def close(self) -> None:
        """Close all of them."""
        self._stopped.set()
        self._dribbler.join()
        for several in self.sockets.values():
            for one in several:
                one.close()

    def _dribble(self) -> None:
        while not self._stopped.wait(DRIBBLE_EVERY):
            for one in self.sockets["dribbled"]:
                with suppress(OSError):
                    one.send(b"b")


def wait_until(holds: Callable[[], bool], *, within: float) -> bool:
    """Ask until it holds, or the seconds are over."""
    deadline = time.monotonic() + within
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _connect(port: int, sent: bytes) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    client.sendall(sent)
    time.sleep(0.02)  # what they ask is little; it is not to come all at once
    return client
