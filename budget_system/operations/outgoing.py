"""Requests that leave the house: to whom they may go, and bounded as a whole.

An address is judged twice: as it is written, so that a person is told at once, and by what is connected to, because a
name may lead elsewhere by then. No answer may hold its caller: not one that never comes, nor one that comes drop by
drop. Where a receiver is (the address may be a secret itself) stands in no error.

What sends is imported when it is first needed: a web process, which sends nothing, would hold 11 MB of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core.exceptions import ValidationError

CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 15.0
MOST_READ: Final = 1024
"""Bytes of an answer that are read."""


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
    from budget_system.operations.outgoing_addresses import checked  # noqa: PLC0415  # see above

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
    from budget_system.operations.outgoing_addresses import checked  # noqa: PLC0415  # see above
    from budget_system.operations.outgoing_calls import Call  # noqa: PLC0415

    try:
        address = checked(url)
    except ValidationError as error:
        raise Unanswered(error.messages[0]) from None
    return Call(method, address, body, headers, most, CONNECT_SECONDS, ANSWER_SECONDS).answer()
