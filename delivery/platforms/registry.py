"""The sender of the platforms."""

from typing import Final

from delivery.models import Channel
from delivery.platforms.push import SENDER
from delivery.sending.senders import Senders

SENDERS: Final[Senders] = {Channel.PLATFORM: SENDER}
