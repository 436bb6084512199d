"""A receiver of webhooks on this machine, which answers as a test wants it to."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)


@dataclass
class Reply:
    """What is answered, or how not."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hangs: bool = False
    """Whether nothing is answered until the receiver ends."""
    drips: str = ""
    """Which part comes a byte in a while, without an end: the `headers` or the `body`."""
    pause: float = 1.0


Answering = Callable[[Received], Reply]


def always(reply: Reply) -> Answering:
    """Answer every request so."""
    return lambda _: reply


class Receiver:
    """What a server has received, and where it is."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self.ended = threading.Event()
        self.port = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: a caller that hangs up is what many tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        receiver = self.server.receiver
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        received = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
        receiver.received.append(received)
        reply = receiver.answer(received)
        if reply.hangs:
            receiver.ended.wait(60)
        elif reply.drips == "headers":
            self._drip(b"HTTP/1.1 200 OK\r\nX-Long: ", reply.pause)
        else:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if not reply.drips:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            if reply.drips:
                self._drip(b"", reply.pause)

    def _drip(self, beginning: bytes, pause: float) -> None:
        self.wfile.write(beginning)
        while not self.server.receiver.ended.wait(pause):
            self.wfile.write(b"x")
            self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@contextmanager
def receiving(answer: Answering = lambda _: Reply()) -> Iterator[Receiver]:
    """Run a receiver while the block lasts."""
    receiver = Receiver(answer)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.receiver, receiver.port = receiver, server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
