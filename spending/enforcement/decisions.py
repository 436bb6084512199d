"""Reading the facts of what the gate touched, deciding, and writing what changed with its events.

The number of queries depends on the number of different verdicts, not on the number of campaigns.
"""

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.core.retry import RowMoved
from campaigns.models import Campaign, StatusEvent
from campaigns.status import BudgetUse, CampaignStatus, PauseReason, Verdict, decide
from scheduling.models import Schedule
from scheduling.windows import next_transition
from spending.enforcement.budget_use import current_use, figures
from spending.enforcement.facts import Hours, facts_at
from spending.enforcement.touched import CAMPAIGN_BATCH, Touched

log = logging.getLogger("budget_system.status")


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided for one campaign, and what stood before."""

    campaign: Campaign
    verdict: Verdict
    next_transition_at: datetime | None
    brand_use: BudgetUse
    campaign_use: BudgetUse
    is_new: bool

    @property
    def changed(self) -> bool:
        """Whether status or `pause_reason` changes: what an event records."""
        if self.is_new:
            return self.verdict.status == CampaignStatus.PAUSED
        return (self.campaign.status, self.campaign.pause_reason) != (self.verdict.status, self.verdict.reason)

    @property
    def paused_for(self) -> PauseReason | None:
        """The reason, where the campaign went from running to paused."""
        went = self.campaign.status == CampaignStatus.ACTIVE and self.verdict.status == CampaignStatus.PAUSED
        return self.verdict.reason if went else None

    @property
    def resumed(self) -> bool:
        """Whether the campaign went from paused to running."""
        return self.campaign.status == CampaignStatus.PAUSED and self.verdict.status == CampaignStatus.ACTIVE

    def new_values(self, now: datetime) -> dict[str, object]:
        """Return the columns that must be written; none where nothing changes."""
        old, verdict = self.campaign, self.verdict
        values: dict[str, object] = {}
        if (old.status, old.pause_reason, old.blocked) != (verdict.status, verdict.reason, verdict.bits):
            values = {
                "status": verdict.status,
                "pause_reason": verdict.reason,
                "blocked": verdict.bits,
                "updated_at": now,
            }
        if verdict.status == CampaignStatus.ACTIVE and old.paused_at is not None:
            values["paused_at"] = None
        elif verdict.status == CampaignStatus.PAUSED and (old.status != verdict.status or old.paused_at is None):
            values["paused_at"] = now
        if old.next_transition_at != self.next_transition_at:
            values["next_transition_at"] = self.next_transition_at
        return values


def decide_and_write(touched: Touched, brands: Mapping[UUID, Brand], now: datetime, by: Actor) -> list[Decision]:
    """Decide everything that was touched, write what changes, and return every decision.

    Raise `RowMoved` where a row no longer holds what was read: somebody changed it without the lock.
    """
    decisions = [decision for batch in touched.batches() for decision in _decide(batch, touched, brands, now)]
    _write(decisions, now)
    _write_events(decisions, touched, brands, now, by)
    return decisions


def _decide(scope: Q, touched: Touched, brands: Mapping[UUID, Brand], now: datetime) -> Iterator[Decision]:
    query = Campaign.everything.living().filter(scope)
    campaigns = list(query)
    if not campaigns:
        return
    uses = current_use([brands[pk] for pk in {campaign.brand_id for campaign in campaigns}], query)
    schedules: dict[UUID, list[Schedule]] = defaultdict(list)
    for schedule in Schedule.objects.filter(campaign__in=query):
        schedules[schedule.campaign_id].append(schedule)
    for campaign in campaigns:
        campaign.brand = brands[campaign.brand_id]
        hours = Hours.of(schedules[campaign.pk])
        facts = facts_at(now, campaign.brand.today, campaign, hours, uses)
        yield Decision(
            campaign,
            decide(facts),
            next_transition(hours.windows, at=now, tz=campaign.brand.timezone),
            facts.brand,
            facts.campaign,
            campaign.pk in touched.new_campaigns,
        )


def _write(decisions: list[Decision], now: datetime) -> None:
    """Write by compare-and-set, one statement for all campaigns that go from the same state to the same state."""
    groups: dict[tuple[str, str | None, int, tuple[tuple[str, object], ...]], list[UUID]] = defaultdict(list)
    for decision in decisions:
        if values := decision.new_values(now):
            old = decision.campaign
            groups[old.status, old.pause_reason, old.blocked, tuple(values.items())].append(old.pk)
    for (status, reason, blocked, items), pks in groups.items():
        for at in range(0, len(pks), CAMPAIGN_BATCH):
            batch = pks[at : at + CAMPAIGN_BATCH]
            rows = Campaign.everything.filter(pk__in=batch, status=status, pause_reason=reason, blocked=blocked)
            if rows.update(**dict(items)) != len(batch):
                raise RowMoved


def _write_events(
    decisions: list[Decision], touched: Touched, brands: Mapping[UUID, Brand], now: datetime, by: Actor
) -> None:
    """Write one event for each change of status or reason, and one for each order that changed none."""
    given = {order.campaign.pk: order for order in touched.orders if order.campaign is not None}
    of_brand = {order.brand.pk: order for order in touched.orders if order.campaign is None}
    events = [
        StatusEvent(brand=order.brand, at=now, by=str(by), order=order.order, note=order.note)
        for order in of_brand.values()
    ]
    for decision in decisions:
        campaign, verdict = decision.campaign, decision.verdict
        order = given.get(campaign.pk)
        if decision.changed:
            order = order or of_brand.get(campaign.brand_id)
        elif order is None:
            continue
        events.append(
            StatusEvent(
                brand=brands[campaign.brand_id],
                campaign=campaign,
                at=now,
                from_status="" if decision.is_new else campaign.status,
                to_status=verdict.status,
                pause_reason=verdict.reason,
                blocked=verdict.bits,
                figures=figures(decision.brand_use, decision.campaign_use),
                by=str(by),
                order=order.order if order else "",
                note=order.note if order else "",
            )
        )
    StatusEvent.objects.bulk_create(events, batch_size=CAMPAIGN_BATCH // 10)
    for event in events:
        transaction.on_commit(partial(_announce, event))


def _announce(event: StatusEvent) -> None:
    """Log the changes, once they are committed: the log is the channel by which people are notified."""
    subject = f"Campaign “{event.campaign}” ({event.campaign_id})" if event.campaign else f"Brand “{event.brand}”"
    log.info(
        "%s: %s -> %s, reason %s, order %s, figures %s, by %s",
        subject,
        event.from_status or "-",
        event.to_status or "-",
        event.pause_reason or "-",
        event.order or "-",
        event.figures,
        event.by,
        extra=_fields(event),
    )


def _fields(event: StatusEvent) -> dict[str, object]:
    """Return the fields by which a log collector can sort and search."""
    return {
        "event": "status_changed" if event.campaign else "brand_ordered",
        "brand": str(event.brand),
        "brand_id": str(event.brand_id),
        "campaign": str(event.campaign) if event.campaign else None,
        "campaign_id": str(event.campaign_id) if event.campaign else None,
        "from": event.from_status or None,
        "to": event.to_status or None,
        "reason": event.pause_reason,
        "blocked_by": event.blocked_by,
        "figures": event.figures,
        "order": event.order or None,
        "note": event.note,
        "by": event.by,
    }
