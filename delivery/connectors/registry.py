"""The connectors by their names: to add one is one module, its line here, and its choice in `Connector`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from delivery.connectors.protocol import PlatformConnector
from delivery.connectors.sandbox import SandboxConnector
from delivery.models import Account, Connector


@dataclass(frozen=True, slots=True)
class ConnectorKind:
    """One kind of connector."""

    open: Callable[[Account], PlatformConnector]
    """Return the connector of an account, without asking the platform anything. Raise `ValidationError` where its
    credentials cannot be right.
    """
    credentials: Mapping[str, str]
    """What it needs, by the name under which it is stored: what people call it."""
    read_every: timedelta = timedelta(minutes=30)
    """How often costs are read: each time costs a part of what the platform allows."""


CONNECTORS: Final[Mapping[str, ConnectorKind]] = {
    Connector.SANDBOX: ConnectorKind(
        SandboxConnector.of,
        {"address": "Address, as http://127.0.0.1:8010", "token": "Token"},
        read_every=timedelta(minutes=1),
    ),
}


def connector_of(account: Account) -> PlatformConnector:
    """Return the connector of an account that has one."""
    return CONNECTORS[account.connector].open(account)
