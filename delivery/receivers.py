"""Receivers of messages: the names under which the outbox knows them, and of which few are sent to one at a time."""

from enum import StrEnum


class ReceiverKind(StrEnum):
    """What a receiver is."""

    ACCOUNT = "account"
    ALERTS = "alerts"
    """All that subscribe to a brand's alerts."""
    SUBSCRIPTION = "subscription"
    USER = "user"


def receiver_name(kind: ReceiverKind, pk: object) -> str:
    """Return the name of a receiver."""
    return f"{kind}:{pk}"


def parse_receiver(name: str) -> tuple[str, str]:
    """Return of a receiver's name its kind, as `ReceiverKind` has it or of another kind, and its id."""
    kind, _, pk = name.partition(":")
    return kind, pk
