"""Writing why statuses changed and what people ordered, and logging it once it is committed."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from uuid_utils.compat import uuid7

from brands.models import Brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, StatusEvent
from campaigns.status import from_bits
from spending.enforcement.budget_use import Figures, figures
from spending.enforcement.decisions import Decision
from spending.enforcement.touched import Touched
from spending.ledger.bulk_inserts import load_rows

log = logging.getLogger("budget_system.status")


class EventRow(NamedTuple):
    """The columns of a `StatusEvent`."""

    id: UUID
    brand_id: UUID
    campaign_id: UUID | None
    at: datetime
    from_status: str
    to_status: str
    pause_reason: str | None
    blocked: int
    figures: Figures
    by: str
    order: str
    note: str


class Event(NamedTuple):
    """An event to be written, with those whom it concerns."""

    row: EventRow
    brand: Brand
    campaign: Campaign | None


def write_events(
    decisions: Sequence[Decision], touched: Touched, brands: Mapping[UUID, Brand], now: datetime, by: Actor
) -> None:
    """Write one event for each change of status or reason, and one for each order that changed none."""
    author = str(by)
    given = {order.campaign.pk: order for order in touched.orders if order.campaign is not None}
    of_brand = {order.brand.pk: order for order in touched.orders if order.campaign is None}
    events = []
    for ordered in of_brand.values():
        brand = ordered.brand
        row = EventRow(uuid7(), brand.pk, None, now, "", "", None, 0, {}, author, ordered.order, ordered.note)
        events.append(Event(row, brand, None))
    for decision in decisions:
        campaign, verdict = decision.campaign, decision.verdict
        order = given.get(campaign.pk)
        if decision.changed:
            order = order or of_brand.get(campaign.brand_id)
        elif order is None:
            continue
        row = EventRow(
            id=uuid7(),
            brand_id=campaign.brand_id,
            campaign_id=campaign.pk,
            at=now,
            from_status="" if decision.is_new else campaign.status,
            to_status=verdict.status,
            pause_reason=verdict.reason,
            blocked=verdict.bits,
            figures=figures(decision.brand_use, decision.campaign_use),
            by=author,
            order=order.order if order else "",
            note=order.note if order else "",
        )
        events.append(Event(row, brands[campaign.brand_id], campaign))
    load_rows(StatusEvent, EventRow._fields, [event.row for event in events])
    transaction.on_commit(partial(_announce_all, events))


def _announce_all(events: Sequence[Event]) -> None:
    """Log the changes and orders, once they are committed."""
    if log.isEnabledFor(logging.INFO):
        for event in events:
            _announce(*event)


def _announce(row: EventRow, brand: Brand, campaign: Campaign | None) -> None:
    subject = f"Campaign “{campaign}” ({campaign.pk})" if campaign else f"Brand “{brand}”"
    log.info(
        "%s: %s -> %s, reason %s, order %s, figures %s, by %s",
        subject,
        row.from_status or "-",
        row.to_status or "-",
        row.pause_reason or "-",
        row.order or "-",
        row.figures,
        row.by,
        extra={
            # The fields by which a log collector can sort and search.
            "event": "status_changed" if campaign else "brand_ordered",
            "brand": str(brand),
            "brand_id": str(brand.pk),
            "campaign": str(campaign) if campaign else None,
            "campaign_id": str(campaign.pk) if campaign else None,
            "from": row.from_status or None,
            "to": row.to_status or None,
            "reason": row.pause_reason,
            "blocked_by": from_bits(row.blocked),
            "figures": row.figures,
            "order": row.order or None,
            "note": row.note,
            "by": row.by,
        },
    )
