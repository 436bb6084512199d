"""Requests that leave the house: to whom they may go, and bounded as a whole.

An address is judged twice: as it is written, so that a person is told at once, and by what is connected to, because a
name may lead elsewhere by then. No answer may hold its caller: not one that never comes, nor one that comes drop by
drop. Where a receiver is (the address may be a secret itself) stands in no error.
"""

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
from django.core.exceptions import ValidationError
from requests_hardened.ip_filter import InvalidIPAddress

from budget_system.operations.outgoing_addresses import NOT_PUBLIC, checked
from budget_system.operations.outgoing_connections import Adapter, Line

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 15.0
MOST_READ: Final = 1024
"""Bytes of an answer that are read."""
LONGEST_WAIT: Final = timedelta(days=1)
"""For which a receiver is left alone at most, whatever it asks."""


class Unanswered(Exception):
    """Nobody answered; its sentence says why, and not where."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered."""

    status: int
    text: str = ""
    """The beginning of it, where it came in time."""
    retry_after: timedelta | None = None

    @property
    def is_success(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self.status < 300


def check_url(url: str) -> None:
    """Raise `ValidationError` where nothing may be sent to an address as it is written."""
    checked(url)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body to an address. Raise `Unanswered`, with a sentence, where no answer comes."""
    return request("POST", url, body=body, headers=headers)


def request(
    method: str, url: str, *, body: bytes | None = None, headers: Mapping[str, str], most: int = MOST_READ
) -> Answer:
    """Send a request and return the answer with at most so many bytes of it. Raise `Unanswered` where none comes.

    A redirect is an answer, and is not followed.
    """
    try:
        address = checked(url)
    except ValidationError as error:
        raise Unanswered(error.messages[0]) from None
    call = _Call(method, address, body, headers, most)
    Thread(target=call.run, name="outgoing", daemon=True).start()
    call.done.wait(CONNECT_SECONDS + ANSWER_SECONDS)
    return call.end()


@dataclass(slots=True)
class _Call:
    """One request, in a thread of its own."""

    method: str
    url: str
    body: bytes | None
    headers: Mapping[str, str]
    most: int
    done: Event = field(default_factory=Event)
    _line: Line = field(default_factory=Line)
    _answer: Answer | None = None
    _fault: Exception | None = None
    _error: str = f"There was no answer within {ANSWER_SECONDS:.0f} seconds."

    def run(self) -> None:
        """Send the request and read the answer."""
        try:
            self._send()
        except requests.RequestException as error:
            self._error = _sentence(error)
        except Exception as error:  # a fault of ours, for the thread that waits
            self._fault = error
        finally:
            self.done.set()

    def end(self) -> Answer:
        """Return what has been answered by now, and end what still goes on."""
        error, answer = self._error, self._answer
        self._line.cut()
        if self._fault is not None:
            raise self._fault
        if answer is None:
            raise Unanswered(error)
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
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                wait = _retry_after(response.headers)
                self._answer = Answer(response.status_code, retry_after=wait)  # it stands, whatever follows
                with suppress(urllib3.exceptions.HTTPError, OSError, ValueError):
                    text = response.raw.read(self.most).decode(errors="replace")
                    self._answer = Answer(response.status_code, text, wait)


def _sentence(error: requests.RequestException) -> str:
    match error:
        case InvalidIPAddress():
            return NOT_PUBLIC
        case requests.exceptions.SSLError():
            return "No encrypted connection: the receiver has no valid certificate for its name."
        case requests.ConnectTimeout():
            return f"There was no connection within {CONNECT_SECONDS:.0f} seconds."
        case requests.Timeout():
            return f"There was no answer within {ANSWER_SECONDS:.0f} seconds."
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
