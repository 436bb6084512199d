"""What a service refuses for reasons other than a bad value; bad values are Django's `ValidationError`."""

from collections.abc import Callable
from typing import TypeVar

from django.core.exceptions import ValidationError

T = TypeVar("T")

Precondition = Callable[[T], None]
"""Checks a row as read under the lock, before it is changed; raises `Stale` where the caller had read another
version.
"""


class ServiceError(Exception):
    """A refusal with a sentence for the person or program that asked."""

    message = "The request cannot be carried out."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.message
        super().__init__(self.message)


class NotFound(ServiceError):
    """What was asked for does not exist, or no longer does (404)."""

    message = "Not found."


class Forbidden(ServiceError):
    """The caller's role does not allow it (403)."""

    message = "Your role in this brand allows reading only; ask an administrator for the role of a manager."


class Conflict(ServiceError):
    """Somebody else's change at the same time is in the way; asking again may help (409)."""

    message = "Another change at the same time is in the way; try again."


class Stale(ServiceError):
    """The row has changed since the caller read it (412)."""

    message = "This has changed since you read it; read it again, then send your change with the new ETag."


class KeyReused(ServiceError):
    """An `Idempotency-Key` came with another body than the first time (422)."""

    message = "This Idempotency-Key came with another body before; a new request needs a new key."


def error_text(error: ValidationError | ServiceError) -> str:
    """Return an error as one text."""
    return error.message if isinstance(error, ServiceError) else " ".join(error.messages)


def unknown_id(noun: str, pk: object) -> str:
    """Return the sentence that refuses an unknown id; a row that the caller may not see is refused alike."""
    return f"No {noun} has the id “{pk}”."
