"""The tasks of the sender: what leaves the house, and what is asked of platforms. They have a queue of their own."""

import logging
import time
from datetime import datetime, timedelta
from threading import Thread
from typing import Any, Final

from celery import shared_task
from celery.signals import worker_ready
from django.db import connections
from django.utils import timezone

from alerts.channels.digests import send_digests
from alerts.channels.registry import SENDERS as ALERT_SENDERS
from budget_system.core.actors import Actor
from delivery.outbox import DELIVERY_QUEUE
from delivery.platforms.costs import read_due_costs
from delivery.platforms.observing import observe
from delivery.platforms.registry import SENDERS as PLATFORM_SENDERS
from delivery.sending.loop import send_due
from delivery.sending.senders import Senders
from tasks.heartbeats import with_heartbeat
from tasks.models import Heartbeat

logger = logging.getLogger(__name__)

SENDERS: Final[Senders] = {**ALERT_SENDERS, **PLATFORM_SENDERS}

NOBODY_SENDS: Final = timedelta(seconds=25)
"""After so long without a run of the sender its worker sends by itself: the broker is away, or beat is."""

LOOK_SECONDS: Final = 10
"""How often the worker looks whether it has to."""


# The hard limit lies below the lease of what is being sent: see delivery.sending.
@shared_task(soft_time_limit=41, time_limit=43)
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
    """Queue the accounts that are due to be observed, and alert to what differs for too long. Runs every minute."""
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


@worker_ready.connect
def watch_over_sending(sender: Any, **_: object) -> None:
    """Start the thread by which the sending worker looks by itself, too: no broker keeps a pause from its platform."""
    if DELIVERY_QUEUE in sender.app.amqp.queues.consume_from:
        Thread(target=_send_again_and_again, name="without-broker", daemon=True).start()


def _send_again_and_again() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        try:
            send_if_nobody_does(now=timezone.now())
        except Exception:  # the database may be away as well; the next look may do
            logger.exception("The sender could not look after what is due by itself")
        finally:
            connections.close_all()


def send_if_nobody_does(*, now: datetime) -> bool:
    """Send what is due where no task has done so for a while; return whether that was so."""
    if Heartbeat.objects.filter(name="send_messages_task", finished_at__gt=now - NOBODY_SENDS).exists():
        return False
    send_messages_task()
    return True
