"""Whether a brand runs, is paused or held: how many of its campaigns run, and why the others do not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count
from django.utils.safestring import SafeString

from brands.models import Brand
from budget_system.admin.authors import author
from budget_system.admin.indicators import pill
from budget_system.admin.local_times import clock_text
from campaigns.admin.colours import BY_PERSON, NOTHING_THERE, RUNNING, paused_colour
from campaigns.admin.messages import paused_text
from campaigns.models import Campaign, CampaignStatus, PauseReason, StatusEvent
from spending.reports.explanations import standing_hold


@dataclass(frozen=True, slots=True)
class CampaignCounts:
    """How many of a brand's campaigns run, and how many are paused, by the reason shown."""

    running: int = 0
    paused: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All campaigns that are not archived."""
        return self.running + sum(self.paused.values())

    @property
    def paused_text(self) -> str:
        """How many are paused for which reason, in the order of the verdict."""
        known = [reason for reason in PauseReason if reason in self.paused]
        return "; ".join(f"{self.paused[reason]} {paused_text(str(reason.label))}" for reason in known)


def campaign_counts(brands: Sequence[Brand]) -> dict[UUID, CampaignCounts]:
    """Count the campaigns of brands by status and reason, in one query."""
    counts: dict[UUID, dict[tuple[str, str], int]] = defaultdict(dict)
    rows = Campaign.everything.filter(brand__in=[brand.pk for brand in brands], archived_at__isnull=True).order_by()
    for brand_id, status, reason, count in rows.values_list("brand_id", "status", "pause_reason").annotate(Count("pk")):
        counts[brand_id][status, reason or PauseReason.MANUAL] = count
    return {brand.pk: _counted(counts[brand.pk]) for brand in brands}


def _counted(counts: Mapping[tuple[str, str], int]) -> CampaignCounts:
    running = sum(count for (status, _), count in counts.items() if status == CampaignStatus.ACTIVE)
    paused = {reason: count for (status, reason), count in counts.items() if status != CampaignStatus.ACTIVE}
    return CampaignCounts(running, paused)


def state_pill(brand: Brand, counts: CampaignCounts) -> SafeString:
    """Draw a brand's state: held, running with how many of its campaigns, or paused; coloured as its campaigns are."""
    if brand.archived_at is not None:
        return pill(NOTHING_THERE, "archived")
    if brand.is_held:
        return pill(BY_PERSON, "held")
    if not counts.total:
        return pill(NOTHING_THERE, "no campaigns yet")
    if not counts.running:
        words = f"paused: all {counts.total}" if counts.total > 1 else "paused: its only campaign"
        return pill(paused_colour(map(PauseReason, counts.paused)), words)
    return pill(RUNNING, f"running: {counts.running} of {counts.total}")


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds a brand, since when, and why."""

    by: str
    since: str
    note: str


def hold_of(brand: Brand) -> Hold | None:
    """Return the hold that stands; `None` where the brand is not held."""
    if not brand.is_held:
        return None
    event: StatusEvent | None = standing_hold(brand)
    if event is None:
        return Hold("somebody who was not recorded", "", "")
    return Hold(author(event.by), f"{clock_text(event.at, brand.timezone)} ({brand.timezone})", event.note)
