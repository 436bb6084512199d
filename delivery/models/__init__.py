"""What leaves the house: the outbox, and what platforms are told of campaigns."""

from delivery.models.accounts import Account, AccountState, Connector
from delivery.models.outbox import Attempt, Channel, Message, MessageState
from delivery.models.states import Delivery, DeliveryState, Drift, Observed

__all__ = [
    "Account",
    "AccountState",
    "Attempt",
    "Channel",
    "Connector",
    "Delivery",
    "DeliveryState",
    "Drift",
    "Message",
    "MessageState",
    "Observed",
]
