"""Sending a message again, because a person says so."""

import logging
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from brands.access.memberships import visible_rows
from brands.models import of_living_brand
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, NotFound, unknown_id
from delivery.models import Channel, Message
from delivery.outbox import send_again

log = logging.getLogger("budget_system.access")

STANDING = "An account has one message, which is due again by itself: its campaigns are looked at every few minutes."
AT_WORK = "It is on its way already."


def is_listed() -> Q:
    """Return the condition on what people are shown: what leads outside, and is not of an archived brand."""
    return ~Q(channel=Channel.ALERTS) & (Q(brand=None) | of_living_brand("brand"))


def send_message_again(*, message_id: UUID, now: datetime, by: Actor) -> Message:
    """Queue a message to be sent at `now` (UTC), whatever became of it, with the id that it had.

    Raise `NotFound`, `Forbidden` where `by` may not write its brand, or is no administrator and it has none, and
    `Conflict` for what is on its way, and for an account's standing message.
    """
    rows = Message.objects.filter(is_listed(), pk=message_id)
    message = visible_rows(rows, by.access).first()
    if message is None:
        raise NotFound(unknown_id("message", message_id))
    if message.brand_id is None:
        by.require_administrator()
    else:
        by.require_write(message.brand_id)
    if message.key is not None:
        raise Conflict(STANDING)
    if not send_again(rows, now=now):
        raise Conflict(AT_WORK)
    fields = {"event": "message_again", "message_id": str(message.pk), "channel": message.channel, "by": str(by)}
    log.info("Message %s (%s) sent again by %s", message.pk, message.channel, by, extra=fields)
    message.refresh_from_db()
    return message
