"""The task of the sender: what is in the outbox leaves the house. It has a queue and a worker of its own."""

import logging
from typing import Final

from celery import shared_task
from django.utils import timezone

from alerts.channels.digests import send_digests
from alerts.channels.registry import SENDERS as ALERT_SENDERS
from delivery.platforms.registry import SENDERS as PLATFORM_SENDERS
from delivery.sending.loop import send_due
from delivery.sending.senders import Senders
from tasks.heartbeats import with_heartbeat

logger = logging.getLogger(__name__)

SENDERS: Final[Senders] = {**ALERT_SENDERS, **PLATFORM_SENDERS}


# The hard limit lies below the lease of what is being sent: see delivery.sending.
@shared_task(soft_time_limit=45, time_limit=50)
@with_heartbeat
def send_messages_task() -> dict[str, int]:
    """Send what is due. Asked for when something is written, and by beat every 10 seconds."""
    send_digests(now=timezone.now())
    counts = send_due(SENDERS, clock=timezone.now).as_dict()
    if any(counts.values()):
        logger.info("Messages sent: %s", counts, extra={"event": "messages_sent", "figures": counts})
    return counts
