"""One request that leaves the house, in a thread of its own that is cut when its time is up."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import parsedate_to_datetime
from threading import Event, Thread
from typing import Final

import requests
import urllib3
from requests_hardened.ip_filter import InvalidIPAddress

from budget_system.operations.outgoing import Answer, Unanswered
from budget_system.operations.outgoing_addresses import NOT_PUBLIC
from budget_system.operations.outgoing_connections import Adapter, Line

LONGEST_WAIT: Final = timedelta(days=1)
"""For which a receiver is left alone at most, whatever it asks."""


@dataclass(slots=True)
class Call:
    """One request, in a thread of its own."""

    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    most: int
    connect_seconds: float
    answer_seconds: float
    done: Event = field(default_factory=Event)
    _line: Line = field(default_factory=Line)
    _answer: Answer | None = None
    _fault: Exception | None = None
    _error: str = ""

    def answer(self) -> Answer:
        """Send the request and return its answer, or what of it came in time. Raise `Unanswered` where nothing did."""
        Thread(target=self._run, name="outgoing", daemon=True).start()
        self.done.wait(self.connect_seconds + self.answer_seconds)
        return self._end()

    def _run(self) -> None:
        """Send the request and read the answer."""
        try:
            self._send()
        except requests.RequestException as error:
            self._error = self._sentence(error)
        except Exception as error:  # a fault of ours, for the thread that waits
            self._fault = error
        finally:
            self.done.set()

    def _end(self) -> Answer:
        """Return what has been answered by now, and end what still goes on."""
        error, answer = self._error, self._answer
        self._line.cut()
        if self._fault is not None:
            raise self._fault
        if answer is None:
            raise Unanswered(error or self._late)
        return answer

    def _send(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, and no password of a .netrc
            session.mount("https://", Adapter(self._line, is_https=True))
            session.mount("http://", Adapter(self._line, is_https=False))
            with session.request(
                self.method,
                self.url,
                data=self.body,
                headers={"User-Agent": "budget-system", "Accept-Encoding": "identity", **self.headers},
                timeout=(self.connect_seconds, self.answer_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                wait = _retry_after(response.headers)
                self._answer = Answer(response.status_code, retry_after=wait)  # it stands, whatever follows
                with suppress(urllib3.exceptions.HTTPError, OSError, ValueError):
                    text = response.raw.read(self.most).decode(errors="replace")
                    self._answer = Answer(response.status_code, text, wait)

    @property
    def _late(self) -> str:
        return f"There was no answer within {self.answer_seconds:.0f} seconds."

    def _sentence(self, error: requests.RequestException) -> str:
        match error:
            case InvalidIPAddress():
                return NOT_PUBLIC
            case requests.exceptions.SSLError():
                return "No encrypted connection: the receiver has no valid certificate for its name."
            case requests.ConnectTimeout():
                return f"There was no connection within {self.connect_seconds:.0f} seconds."
            case requests.Timeout():
                return self._late
            case requests.ConnectionError() if isinstance(error.__cause__, socket.gaierror):
                return "There is no receiver of this name."
            case requests.ConnectionError():
                return "The connection was refused, or broke off before the answer."
        return "The request could not be sent, or its answer not be read."


def _retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Return how long a receiver asks to be left alone: in seconds, or until a date by its own clock."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return min(max(wait, timedelta()), LONGEST_WAIT)
