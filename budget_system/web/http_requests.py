"""Incoming requests and connections: limited in size and time, before a thread or Django handles them.

waitress reads whole requests, and sends whole answers, in one loop beside the threads that work: so a slow client costs
a socket and no thread. Added here are the limits of size (`bodies`) and of time.
"""

import io
import socket
import struct
import time
from typing import Final

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import BadRequest, Error

from budget_system.web.body_limits import MAX_BODY, MB, max_body

HEADER_SECONDS: Final = 10
"""How long a client may take for a request's headers, or keep an idle connection."""
BODY_SECONDS: Final = 20
"""How long for its body; each `BYTES_A_SECOND` received add another second."""
ANSWER_SECONDS: Final = 20
"""After so many seconds an answer must have been sent at `BYTES_A_SECOND`; then the time begins again."""
BYTES_A_SECOND: Final = 64 * 1024

MAX_LARGE_BODIES: Final = 16
"""How many bodies of more than `MAX_BODY` a process receives at a time: they are kept on disk until they are
complete.
"""
MAX_DISCARDED: Final = 200 * MB
"""How much is read of a refused body: a browser shows the answer only after it has sent its file."""
MAX_CHUNK_LINE: Final = 4096

TIMED_OUT: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Busy(Error):  # type: ignore[misc]  # waitress has no types
    """Too many large bodies are being received at the moment."""

    code = 503
    reason = "Service Unavailable"


class _Nowhere:
    """Receives a refused body, and keeps only its length."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length

    def append(self, data: bytes) -> None:
        self._length += len(data)

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        pass


class LimitedRequest(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request whose body is as large as its path allows; a larger one is discarded, and Django refuses it."""

    _large: Final[set["LimitedRequest"]] = set()
    completed: bool = False
    _limit = MAX_BODY
    _refused = False

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers; they decide how large the body may be."""
        super().parse_header(header_plus)
        self._limit = max_body(self._path_below_prefix())
        if self.content_length > self._limit:
            self._refuse(self.content_length)
        elif self._limit > MAX_BODY and (self.chunked or self.content_length > MAX_BODY):
            if len(self._large) >= MAX_LARGE_BODIES:
                self.error = Busy("Many large bodies come in just now; send yours again in a moment.")
                self.body_rcv = None
                self.expect_continue = False
            else:
                self._large.add(self)

    def received(self, data: bytes) -> int:
        """Receive data."""
        consumed: int = super().received(data)
        receiver = self.body_rcv
        if receiver is None or self.completed:
            return consumed
        if self.chunked and not self._refused and len(receiver) > self._limit:
            self._refuse(0)
        if self._refused and self.body_bytes_received > MAX_DISCARDED:
            self._end()
        elif self.chunked and max(len(receiver.control_line), len(receiver.trailer)) > MAX_CHUNK_LINE:
            self.error = BadRequest("A chunk's line is too long")
            self.completed = True
        return consumed

    def close(self) -> None:
        """Discard the body."""
        self._large.discard(self)
        super().close()

    def _path_below_prefix(self) -> str:
        """Return the path as Django will see it."""
        prefix: str = self.adj.url_prefix
        path: str = self.path
        return path.removeprefix(prefix) if path.startswith(f"{prefix}/") else path

    def _refuse(self, length: int) -> None:
        """Keep nothing of the body from now on, and tell Django how long it is."""
        receiver, self._refused = self.body_rcv, True
        self._large.discard(self)
        self.headers["CONNECTION"] = "close"
        if self.expect_continue or length > MAX_DISCARDED:  # it need not be sent, or never ends
            self.expect_continue, self.body_rcv = False, None
        elif receiver is not None:
            nowhere = _Nowhere(len(receiver))
            receiver.getbuf().close()
            receiver.buf = nowhere

    def _end(self) -> None:
        self.headers["CONTENT_LENGTH"] = str(self.body_bytes_received)
        self.completed = True


class Connection(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A client's connection, with its time limits."""

    parser_class = LimitedRequest

    def __init__(self, *args: object, **kwargs: object) -> None:
        self._waited_since = time.monotonic()
        self._taken = 0
        self._pending_since: float | None = None
        self._taken_then = 0
        super().__init__(*args, **kwargs)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send, and count what is accepted."""
        sent: int = super().send(data, do_close=do_close)
        self._taken += sent
        return sent

    def received(self, data: bytes) -> bool:
        """Receive data; the time of a request begins with its first byte."""
        begins = self.request is None
        taken: bool = super().received(data)
        if begins or self.request is None:
            self._waited_since = time.monotonic()
        return taken

    def handle_close(self) -> None:
        """Release everything, also an incomplete request."""
        if self.request is not None:
            self.request.close()
        super().handle_close()

    @property
    def is_idle(self) -> bool:
        """Return whether nothing is being received, handled or sent."""
        return self.request is None and not self.requests and not self.total_outbufs_len

    def end_where_slow(self, now: float) -> None:
        """Close the connection of a client that takes too long."""
        if self.total_outbufs_len:
            if self._takes_too_slowly(now):
                # At once, or the kernel would keep what is not taken for as long as the client likes.
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.handle_close()
            return
        self._pending_since = None
        if self.requests:  # the work's time is not the client's
            self._waited_since = now
        elif now - self._waited_since > self._patience():
            if self.request is not None:
                self._say_timed_out()
            self.handle_close()

    def _patience(self) -> float:
        request = self.request
        if request is None or not request.headers_finished:
            return HEADER_SECONDS
        return BODY_SECONDS + float(request.body_bytes_received) / BYTES_A_SECOND

    def _takes_too_slowly(self, now: float) -> bool:
        if self._pending_since is None:
            self._pending_since, self._taken_then = now, self._taken
        elif now - self._pending_since > ANSWER_SECONDS:
            if self._taken - self._taken_then < ANSWER_SECONDS * BYTES_A_SECOND:
                return True
            self._pending_since = None
        return False

    def _say_timed_out(self) -> None:
        try:
            self.socket.send(TIMED_OUT)
        except OSError:
            return  # it is gone, or takes nothing
