"""What a channel's sender is, and what a try came to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delivery.models import Message


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a try to send came to: delivered, to be tried again, or given up."""

    delivered: bool = False
    gives_up: bool = False
    """Whether no other try is to follow."""
    retry_after: timedelta | None = None
    """How long the receiver asks to be left alone."""
    status: int | None = None
    """The HTTP status that came back."""
    error: str = ""


DELIVERED: Final = Outcome(delivered=True)

Finish = Callable[[datetime], Outcome]
"""Stores what a try has changed, in the transaction that settles the message, at an instant (UTC)."""

Send = Callable[[], Finish]
"""Sends, in a thread of its own, without the database; it is bounded in time."""

Prepare = Callable[[Message, datetime], Send]
"""Reads from the database what is to be sent."""


@dataclass(frozen=True, slots=True)
class Sender:
    """How the messages of a channel are sent."""

    prepare: Prepare
    delays: Sequence[timedelta]
    """After each failed try, how long until the next; after the last of them a message is given up."""
    goes_on: bool = False
    """Whether the last delay is repeated for ever instead."""
    at_once: int = 4
    """How many messages to one receiver are on their way at most."""
    goes_first: bool = False
    """Whether some room is kept for it, whatever hangs in other channels."""


Senders = Mapping[str, Sender]
"""The sender of each channel."""

# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
WEBHOOK_DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""The schedule of Standard Webhooks 1.0, as docs/alerts.md tells receivers (When a receiver fails)."""
