"""The worker class of gunicorn's master: waitress's server inside, which no slow client can block.

`gthread` gives a request a thread while its body comes in and its answer goes out, without a time limit for either;
`gevent` would have to take turns with SQLite, which it cannot; granian has no deadline for a body, hypercorn one for
each read of it (`read_timeout`), which a byte now and then prolongs for ever. waitress reads requests and sends answers
beside its threads, but is one process that nobody restarts: hence gunicorn's master, which does that, and stops
gracefully. Source: https://github.com/benoitc/gunicorn/issues/2222,
https://github.com/emmett-framework/granian/issues/728,
https://hypercorn.readthedocs.io/en/latest/how_to_guides/configuring.html
"""

import logging
import os
import socket
import time
from typing import Final

from django.conf import settings
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

from budget_system.web.http_requests import Connection

CHECK_INTERVAL: Final = 1.0
"""Seconds between two checks for slow clients."""
MAX_CONNECTIONS: Final = 1000
"""Of a process; more wait until one is closed."""
HEADER_BYTES: Final = 64 * 1024
MAX_BUFFERED_BYTES: Final = 64 * 1024 * 1024
"""How much of an answer may wait for its client, on disk, before the thread that makes it waits too."""


class _Server(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    channel_class = Connection


class BufferingWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """A process that serves: a loop that reads and writes, and threads that work."""

    def init_process(self) -> None:
        """Start; the lists belong to this process."""
        self._sockets: dict[int, object] = {}
        self._servers: list[_Server] = []
        super().init_process()

    def run(self) -> None:
        """Serve until the master stops it, or is gone."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue is no fault
        threads = ThreadedTaskDispatcher()
        threads.set_thread_count(self.cfg.threads)
        self._servers = [self._serve(listener.sock, threads) for listener in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._turn()
        self._finish(threads)

    def handle_exit(self, sig: int, frame: object) -> None:
        """Begin to stop: at once, not at the loop's next turn."""
        super().handle_exit(sig, frame)
        for server in self._servers:
            server.pull_trigger()

    def _serve(self, listener: socket.socket, threads: ThreadedTaskDispatcher) -> _Server:
        host = listener.getsockname()[0]
        adjustments = Adjustments(
            sockets=[listener],
            threads=self.cfg.threads,
            server_name=host,
            url_prefix=settings.URL_PREFIX,  # is taken off where a proxy has left it on
            ident="",
            backlog=self.cfg.backlog,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=24 * 60 * 60,  # a connection knows its own times
            max_request_header_size=HEADER_BYTES,
            max_request_body_size=2**62,  # a request knows its own size
            outbuf_high_watermark=MAX_BUFFERED_BYTES,
            clear_untrusted_proxy_headers=False,  # whether a proxy is believed is for Django to say
            log_socket_errors=False,
            asyncore_use_poll=True,
        )
        info = (listener.family, listener.type, listener.proto, listener.getsockname())
        return _Server(
            self.wsgi,
            self._sockets,
            True,
            listener,
            dispatcher=threads,
            adj=adjustments,
            sockinfo=info,
            bind_socket=False,
        )

    def _turn(self) -> None:
        """Read and write where possible; now and then check for slow clients."""
        self.notify()
        end = time.monotonic() + CHECK_INTERVAL
        while self.alive and (left := end - time.monotonic()) > 0:
            wasyncore.loop(timeout=left, use_poll=True, map=self._sockets, count=1)
        now = time.monotonic()
        for connection in self._connections():
            connection.end_where_slow(now)

    def _connections(self) -> list[Connection]:
        return [one for server in self._servers for one in server.active_channels.values()]

    def _finish(self, threads: ThreadedTaskDispatcher) -> None:
        """Accept no more requests, and finish those that are running, as long as there is time."""
        for server in self._servers:
            server.accepting = False
            server.del_channel()
            server.socket.close()
        end = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < end:
            self.notify()
            for connection in self._connections():
                if connection.is_idle:
                    connection.handle_close()
            if not self._connections():
                break
            wasyncore.loop(timeout=0.1, use_poll=True, map=self._sockets, count=1)
        threads.shutdown(timeout=0)
