"""One request to a receiver, and what it came to; no address and no secret in its words."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from budget_system.operations.outgoing import Unanswered, post
from budget_system.operations.redaction import Redactor
from delivery.sending.senders import Outcome

GONE: Final = 410
MOST_LETTERS: Final = 200
"""Of what a receiver says about a refusal."""
_SHORTEST_SECRET: Final = 6
"""Letters of a part of an address from which on it may be a secret, and no common word."""


def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
    """Send a body and return what that came to: 2xx is delivered, 410 for ever gone, all else tried again."""
    try:
        answer = post(url, body, headers)
    except Unanswered as error:
        return Outcome(error=str(error))
    if answer.is_success:
        return Outcome(delivered=True, status=answer.status)
    said = _said(answer.text, url)
    return Outcome(
        gives_up=answer.status == GONE,
        retry_after=answer.retry_after,
        status=answer.status,
        error=f"The receiver answered {answer.status}{f': {said}' if said else ''}.",
    )


def _said(text: str, url: str) -> str:
    """Return what a receiver says, in one line, without what of its address it repeats."""
    parts = urlsplit(url)
    pieces = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    secrets = [url, f"{parts.path}?{parts.query}", *(piece for piece in pieces if len(piece) >= _SHORTEST_SECRET)]
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return Redactor(secrets).redact(line)[:MOST_LETTERS].rstrip(". ")
