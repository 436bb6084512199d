"""What a change did to campaigns, read from the status events that it wrote, in a constant number of queries."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from budget_system.admin.effects import NAMES_SHOWN, Effect, Named
from budget_system.admin.local_times import short
from budget_system.core.actors import Actor
from budget_system.core.money import money
from campaigns.admin.messages import BRAND_IS_HELD
from campaigns.models import CampaignStatus, PauseReason, StatusEvent
from campaigns.status import RULES, EndsWith
from spending.reports.figures import Figures

ACTIVE, PAUSED = CampaignStatus.ACTIVE, CampaignStatus.PAUSED


def effect_of(*, now: datetime, by: Actor, brand_id: UUID | None = None, last: datetime | None = None) -> Effect:
    """Return what the change of that instant and author did, in a brand: no two of one author are of one instant.

    Where a save is several changes, from `now` to `last`, what became of a campaign in the end counts.
    """
    events = StatusEvent.objects.filter(at__range=(now, last or now), by=str(by), campaign__isnull=False)
    if last is not None:
        of_campaign = events.filter(campaign=OuterRef("campaign")).order_by()
        was = of_campaign.order_by("at").values("from_status")[:1]
        events = events.filter(~Exists(of_campaign.filter(at__gt=OuterRef("at")))).annotate(was=Subquery(was))
    else:
        events = events.annotate(was=F("from_status"))
    if brand_id is not None:
        events = events.filter(brand=brand_id)
    counts: dict[tuple[str, str], dict[str | None, int]] = {}
    rows = events.order_by().values_list("was", "to_status", "pause_reason").annotate(count=Count("pk"))
    for before, after, reason, count in rows:
        counts.setdefault((before, after), {})[reason] = count
    paused = {
        reason: counts.get((ACTIVE, PAUSED), {}).get(reason, 0) + counts.get(("", PAUSED), {}).get(reason, 0)
        for reason in {*counts.get((ACTIVE, PAUSED), {}), *counts.get(("", PAUSED), {})}
    }
    woken = counts.get((PAUSED, ACTIVE), {})
    stays = events.filter(was=PAUSED, to_status=PAUSED)
    return Effect(
        paused=_named(events.filter(Q(was=ACTIVE) | Q(was=""), to_status=PAUSED), paused),
        paused_for=_only_reason(paused),
        woken=_named(events.filter(was=PAUSED, to_status=ACTIVE), woken),
        asleep=[
            (count, _why_asleep(stays.filter(pause_reason=reason), PauseReason(reason), now))
            for reason, count in sorted(counts.get((PAUSED, PAUSED), {}).items(), key=lambda one: str(one[0]))
            if reason is not None
        ],
    )


def _named(events: "QuerySet[StatusEvent]", counts: dict[str | None, int]) -> Named:
    if not counts:
        return Named()
    names = events.order_by("campaign__name_key", "campaign_id").values_list("campaign__name", flat=True)
    return Named(sum(counts.values()), tuple(str(name) for name in names[:NAMES_SHOWN]))


def _only_reason(counts: dict[str | None, int]) -> str:
    """Return the reason that all have; none where they differ, or where a person says themselves what they want."""
    reason = next(iter(counts)) if len(counts) == 1 else None
    return str(PauseReason(reason).label) if reason and reason != PauseReason.MANUAL else ""


def _why_asleep(asleep: "QuerySet[StatusEvent]", reason: PauseReason, now: datetime) -> str:
    """Return why campaigns stay paused, and for those outside their hours when the first of them wakes."""
    if RULES[reason].ends_with == EndsWith.CLOSED_HOURS:
        turning = asleep.filter(campaign__next_transition_at__isnull=False).order_by("campaign__next_transition_at")
        first = turning.values_list("campaign__next_transition_at", "campaign__brand__timezone").first()
        if first is not None and (at := first[0]) is not None:
            tz = first[1]
            return f"{reason.label} until {short(at, tz, now=now)} ({tz})"
    if reason != PauseReason.MANUAL:
        return str(reason.label)
    return "by a person" if asleep.filter(campaign__paused_by_person=True).exists() else BRAND_IS_HELD


class EffectMessages:
    """Rows whose changes pause and wake campaigns."""

    last_change_after: ClassVar[timedelta | None] = None
    """How long after the first the last change of a save is, where it is more than one."""

    def effect_of(self, *, now: datetime, by: Actor) -> Effect:
        """Return what the save of that instant and author did to campaigns."""
        after = self.last_change_after
        return effect_of(now=now, by=by, last=None if after is None else now + after)


def spent_text(name: str, figures: Figures, currency: str) -> str:
    """Return what is spent already of the period of a budget; empty for a field that is none."""
    if name == "daily_budget":
        return f"{money(figures.daily_spend, currency)} {currency} spent today"
    return f"{money(figures.monthly_spend, currency)} {currency} spent this month" if name == "monthly_budget" else ""
