"""The senders of the channels by which people are told."""

from typing import Final

from delivery.sending.senders import Senders

SENDERS: Final[Senders] = {}
