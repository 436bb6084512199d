"""What a plan would do to the campaigns' statuses: decided in the gate as a dry run, and rolled back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from brands.calendar import first_of_month, local_date
from budget_system.core.actors import Actor
from budget_system.core.retry import retry_on_conflict
from campaigns.models import PauseReason
from campaigns.status import CampaignStatus
from spending.enforcement.transactions import enforcing_brands
from spending.imports.apply.batches import PlanBatch
from spending.imports.plan.plan import BATCH_SIZE, Plan
from spending.models import Import

MAX_DAYS: Final = 20_000
"""With more days in the current month there is no preview, because the brand is locked meanwhile."""


@dataclass(frozen=True, slots=True)
class StatusChange:
    """A campaign that would pause, wake, or stay paused for another reason."""

    campaign: str
    status: CampaignStatus
    reason: PauseReason | None

    @property
    def effect(self) -> str:
        """What the campaign would do."""
        if self.status == CampaignStatus.ACTIVE:
            return "wakes"
        return "pauses" if self.reason is None else f"pauses: {self.reason.label}"

    def __str__(self) -> str:
        return f"“{self.campaign}” {self.effect}"


def preview_statuses(plan: Plan, *, now: datetime, by: Actor) -> Sequence[StatusChange]:
    """Return which campaigns would change their status at `now` (UTC), by name; nothing is kept.

    Only days of the brand's current month can do that. Raise `Forbidden` and `NotFound` as the gate does.
    """
    month = first_of_month(local_date(now, plan.brand.timezone))
    if not plan.changed or not 0 < plan.staged.days_since(month) <= MAX_DAYS:
        return []
    return _previewed(plan, now, by)


@retry_on_conflict
def _previewed(plan: Plan, now: datetime, by: Actor) -> Sequence[StatusChange]:
    with enforcing_brands(plan.brand.pk, now=now, by=by, dry_run=True) as gate:
        brand = gate.brand(plan.brand.pk)
        for batch in plan.staged.batches(BATCH_SIZE, first_of_month(local_date(now, brand.timezone))):
            PlanBatch(gate, brand, plan.resumed or Import(), plan).book(batch)
    changed = [one for one in gate.decisions if one.changed]
    changes = [StatusChange(one.campaign.name, one.verdict.status, one.verdict.reason) for one in changed]
    return sorted(changes, key=lambda change: (change.status, change.campaign))
