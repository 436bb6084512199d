"""Reading the facts of what the gate touched, deciding, and writing what changed.

The number of statements does not depend on the number of campaigns, but for batches of thousands.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from brands.models import Brand
from budget_system.core.retry import RowMoved
from campaigns.models import Campaign
from campaigns.status import NO_LIMITS, BudgetUse, CampaignStatus, PauseReason, Verdict, decide
from scheduling.windows import next_transition
from spending.enforcement.budget_use import current_use
from spending.enforcement.facts import Hours, facts_of, read_hours
from spending.enforcement.touched import Touched
from spending.ledger.bulk_sql import MAX_PARAMETERS, table_of
from spending.ledger.conversions import as_parameters, fields_by_name

_COMPARED: Final = ("status", "pause_reason", "blocked")
_WRITTEN: Final = (
    *_COMPARED,
    *("paused_at", "status_changed_at", "generation", "next_transition_at", "updated_at"),
)
# SQLite's driver counts the rows of a statement only where that begins with UPDATE.
_UPDATE: Final = (
    f"UPDATE {Campaign._meta.db_table} AS c SET {', '.join(f'{name} = v.{name}' for name in _WRITTEN)} FROM ("
    f"WITH v (id, {', '.join(f'old_{name}' for name in _COMPARED)}, {', '.join(_WRITTEN)}) AS ({{table}}) "
    "SELECT * FROM v) AS v WHERE c.id = v.id AND c.status = v.old_status "
    "AND COALESCE(c.pause_reason, '') = v.old_pause_reason AND c.blocked = v.old_blocked"
)
UPDATE_BATCH: Final = MAX_PARAMETERS // (1 + len(_COMPARED) + len(_WRITTEN))


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
        if old.status != verdict.status:
            values |= {"status_changed_at": now, "generation": old.generation + 1}
        if verdict.status == CampaignStatus.ACTIVE and old.paused_at is not None:
            values["paused_at"] = None
        elif verdict.status == CampaignStatus.PAUSED and (old.status != verdict.status or old.paused_at is None):
            values["paused_at"] = now
        if old.next_transition_at != self.next_transition_at:
            values["next_transition_at"] = self.next_transition_at
        return values


def decide_and_write(touched: Touched, brands: Mapping[UUID, Brand], now: datetime) -> list[Decision]:
    """Decide everything that was touched, write what changes, and return every decision.

    Raise `RowMoved` where a row no longer holds what was read: somebody changed it without the lock.
    """
    decisions = [decision for batch in touched.batches() for decision in _decide(batch, touched, brands, now)]
    _write(decisions, now)
    return decisions


def _decide(scope: Q, touched: Touched, brands: Mapping[UUID, Brand], now: datetime) -> Iterator[Decision]:
    query = Campaign.everything.living().filter(scope)
    campaigns = list(query)
    if not campaigns:
        return
    concerned = [brands[pk] for pk in {campaign.brand_id for campaign in campaigns}]
    uses = current_use(concerned, query)
    brand_uses = {brand.pk: uses.of(brand, brand.today) for brand in concerned}
    hours_of = read_hours(query)

    @cache  # campaigns share windows and zones
    def wall_clock(hours: Hours, tz: str) -> tuple[bool, datetime | None]:
        return hours.are_open(at=now, tz=tz), next_transition(hours.windows, at=now, tz=tz)

    for campaign in campaigns:
        brand = campaign.brand = brands[campaign.brand_id]
        hours = hours_of[campaign.pk]
        inside_window, turns_at = wall_clock(hours, brand.timezone)
        use, own = brand_uses[brand.pk], uses.of(campaign, brand.today) if campaign.is_capped else NO_LIMITS
        facts = facts_of(campaign, hours, brand=use, own=own, inside_window=inside_window)
        is_new = campaign.pk in touched.new_campaigns
        yield Decision(campaign, decide(facts), turns_at, use, own, is_new)


def _write(decisions: list[Decision], now: datetime) -> None:
    """Write by compare-and-set, in one statement, or one for each few thousand campaigns."""
    rows = []
    for decision in decisions:
        if new := decision.new_values(now):
            old = decision.campaign
            values = (new[name] if name in new else getattr(old, name) for name in _WRITTEN)
            rows.append((old.pk, old.status, old.pause_reason or "", old.blocked, *values))
    by_name = fields_by_name(Campaign)
    fields = [by_name[name] for name in ("id", *_COMPARED, *_WRITTEN)]
    for at in range(0, len(rows), UPDATE_BATCH):
        batch = as_parameters(fields, rows[at : at + UPDATE_BATCH])
        table, parameters = table_of([str(field.db_type(connection)) for field in fields], batch)
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE.format(table=table), parameters)
            if cursor.rowcount != len(batch):
                raise RowMoved
