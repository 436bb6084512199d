"""The sender of the platforms."""

from typing import Final

from delivery.sending.senders import Senders

SENDERS: Final[Senders] = {}
