"""Slow clients of the server that `run_all.sh` starts: others are answered all the while, the slow are sent away."""

import http.client
import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import ClassVar

from django.test import SimpleTestCase, tag

from budget_system.web.body_limits import IMPORT_FORM, too_large_message
from tests.system.slow import SlowClients, wait_until
from tests.system.stack import Stack, running_stack

EACH = 50
PROMPT = 1.0
"""Seconds within which others are answered."""

LARGE = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"


@tag("processes")
class SlowClientTests(SimpleTestCase):
    stack: ClassVar[Stack]

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        last = ExitStack()
        cls.addClassCleanup(last.close)
        cls.stack = last.enter_context(running_stack())
        cls.stack.start("web")

    def setUp(self) -> None:
        self.assertTrue(wait_until(self.answers, within=60), self.stack.logs())
        for _ in range(20):  # both processes have answered once, and have their connections
            self.answers()

    @classmethod
    def answers(cls) -> bool:
        try:
            return cls.ask("GET", "/health/?only=web", timeout=10)[0] == 200
        except OSError:
            return False

    @classmethod
    def ask(
        cls, method: str, path: str, body: bytes | Iterator[bytes] | None = None, *, kind: str = "", timeout: float = 60
    ) -> tuple[int, str, str]:
        """Return an answer's status, what becomes of the connection, and its text."""
        connection = http.client.HTTPConnection("127.0.0.1", cls.stack.port, timeout=timeout)
        try:
            connection.request(method, path, body, {"Content-Type": kind} if kind else {})
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Connection", ""), answer.read().decode(errors="replace")
        finally:
            connection.close()

    def slowest(self, *, seconds: float) -> float:
        """Ask for health again and again, and give how long the slowest answer took."""
        slowest, end = 0.0, time.monotonic() + seconds
        while time.monotonic() < end:
            begun = time.monotonic()
            self.assertEqual(self.ask("GET", "/health/?only=web", timeout=10)[0], 200)
            slowest = max(slowest, time.monotonic() - begun)
            time.sleep(0.05)
        return slowest

    def test_200_slow_clients_keep_nobody_waiting_and_are_shown_out(self) -> None:
        clients = SlowClients(self.stack.port, each=EACH, large=LARGE)
        self.addCleanup(clients.close)
        slowest = self.slowest(seconds=12)
        print(f"\nslowest answer beside {4 * EACH} slow clients: {slowest * 1000:.0f} ms")
        self.assertLess(slowest, PROMPT)
        self.assertGreater(self.stack.connections("web"), 0)
        self.assertTrue(wait_until(lambda: not self.stack.connections("web"), within=60), self.stack.connections("web"))
        self.assertLess(self.slowest(seconds=1), PROMPT)

    def test_a_body_that_does_not_come_is_answered_408(self) -> None:
        with socket.create_connection(("127.0.0.1", self.stack.port), timeout=60) as client:
            client.sendall(b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\na=")
            response = b"".join(iter(lambda: client.recv(4096), b""))
        self.assertTrue(response.startswith(b"HTTP/1.1 408 "), response)

    def test_a_body_that_is_too_large_is_read_to_its_end_and_answered_413(self) -> None:
        large = b"a" * 30_000_000  # a server that closes before it has all of it shows a browser no answer
        for path in ("/admin/login/", "/nowhere", IMPORT_FORM):
            status, connection, text = self.ask("POST", path, large, kind="multipart/form-data; boundary=x")
            self.assertEqual((status, connection), (413, "close"), path)
            self.assertIn("too large", text)
        chunks = iter([b" " * 1_000_000] * 3)
        status, _, text = self.ask("POST", "/api/brands/", chunks, kind="application/json")
        self.assertEqual((status, json.loads(text)), (413, {"detail": too_large_message("/api/brands/").sentence}))

    def test_a_request_at_work_is_finished_when_the_server_is_stopped(self) -> None:
        self.addCleanup(self.stack.start, "web")
        self.addCleanup(self.stack.stop, "web")
        with socket.create_connection(("127.0.0.1", self.stack.port), timeout=60) as client:
            client.sendall(b"POST /admin/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\n\r\na")
            time.sleep(0.5)
            self.stack.ask_to_stop("web")
            time.sleep(0.5)
            client.sendall(b"=1")
            response = b"".join(iter(lambda: client.recv(4096), b""))
        self.assertTrue(response.startswith(b"HTTP/1.1 403 "), response[:200])
