"""A client of the REST API as a stranger would write one: plain HTTP and JSON, nothing of the system's own code."""

import http.client
import json
from collections.abc import Mapping
from typing import NamedTuple

Row = dict[str, object]


class UnexpectedAnswer(AssertionError):
    """The API answered with another status than it should have."""


class Answer(NamedTuple):
    """What came back: the status, and the body as Python reads it."""

    status: int
    body: object


class Api:
    """Calls one server on this machine."""

    def __init__(self, port: int, *, timeout: float = 30, token: str = "") -> None:
        self._port = port
        self._timeout = timeout
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Token {token}"

    def get(self, path: str) -> Row:
        """Read one object."""
        return self._row("GET", path, None, (200,))

    def rows(self, path: str) -> list[Row]:
        """Read a list; its first page."""
        body = self._checked("GET", path, None, (200,))
        assert isinstance(body, list)
        return body

    def post(self, path: str, body: Mapping[str, object], *, expect: tuple[int, ...] = (201,)) -> Row:
        """Send one object, and read what became of it."""
        return self._row("POST", path, body, expect)

    def patch(self, path: str, body: Mapping[str, object]) -> Row:
        """Change some fields."""
        return self._row("PATCH", path, body, (200,))

    def ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Answer:
        """Ask, whatever the answer is."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, path, sent, self._headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        try:
            return Answer(response.status, json.loads(text) if text else None)
        except json.JSONDecodeError:
            return Answer(response.status, text)

    def _row(self, method: str, path: str, body: Mapping[str, object] | None, expect: tuple[int, ...]) -> Row:
        row = self._checked(method, path, body, expect)
        assert isinstance(row, dict)
        return row

    def _checked(self, method: str, path: str, body: Mapping[str, object] | None, expect: tuple[int, ...]) -> object:
        answer = self.ask(method, path, body)
        if answer.status not in expect:
            raise UnexpectedAnswer(f"{method} {path} {body or ''}: {answer.status} {str(answer.body)[:500]}")
        return answer.body
