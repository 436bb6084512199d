"""The tasks of the sender: what leaves the house, and what is asked of platforms. They have a queue of their own."""

import logging
from typing import Final

from celery import shared_task
from django.utils import timezone

from alerts.channels.digests import send_digests
from alerts.channels.registry import SENDERS as ALERT_SENDERS
from budget_system.core.actors import Actor
from delivery.platforms.costs import read_due_costs
from delivery.platforms.observing import observe
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
    counts = send_due(SENDERS, clock=timezone.now).as_dict()
    if any(counts.values()):
        logger.info("Messages sent: %s", counts, extra={"event": "messages_sent", "figures": counts})
    send_digests(now=timezone.now())  # each wakes the sender
    return counts


@shared_task(soft_time_limit=45, time_limit=50)
@with_heartbeat
def observe_platforms_task() -> dict[str, int]:
    """Have the accounts looked at that are due, and tell of what differs for too long. Runs every minute."""
    counts = observe(now=timezone.now())
    if counts["late"] or counts["over"]:
        logger.info("Platforms observed: %s", counts, extra={"event": "platforms_observed", "figures": counts})
    return counts


@shared_task(soft_time_limit=110, time_limit=120)
@with_heartbeat
def read_costs_task() -> dict[str, int]:
    """Read and book what campaigns cost, of the accounts that are due. Runs every minute."""
    counts = read_due_costs(now=timezone.now(), by=Actor.task("read_costs"))
    if counts["accounts"]:
        logger.info("Costs read: %s", counts, extra={"event": "costs_read", "figures": counts})
    return counts
