"""Why a campaign is in its status: each line of the verdict, what it was decided by, who or what brought it about, and
when it clears.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import QuerySet

from brands.access.memberships import visible_rows
from brands.models import Brand
from budget_system.core.actors import BrandAccess
from budget_system.core.chunks import read_in_chunks
from budget_system.core.money import is_used_up
from campaigns.models import Campaign, Order, PauseReason, StatusEvent
from campaigns.status import REMEDIES_OF_MANUAL, RULES, BudgetUse, EndsWith, Facts
from spending.enforcement.budget_use import use_from
from spending.enforcement.facts import Hours, read_hours
from spending.enforcement.runs_again import clears_at, facts_at, runs_again_at

Figure = str | int | bool | None
EVENTS_AT_A_TIME: Final = 200


@dataclass(frozen=True, slots=True)
class Cause:
    """What a line was decided by at one owner: its figures; and if it holds there, who or what brought that about."""

    owner: str
    """`brand` or `campaign`."""
    holds: bool
    figures: Mapping[str, Figure]
    set_by: str | None
    set_at: datetime | None
    note: str | None
    """`None` where it does not hold, or no event tells: a reason that comes in further down writes none."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the verdict."""

    reason: PauseReason
    holds: bool
    causes: Sequence[Cause]
    clears_at: datetime | None
    clears_by: str
    """In words, what ends it; empty where it does not hold."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All lines of the verdict on a campaign at an instant, in their order, whether they hold or not."""

    campaign: Campaign
    at: datetime
    runs_again_at: datetime | None
    lines: Sequence[Line]


def explain(campaign: Campaign, *, now: datetime, access: BrandAccess) -> Explanation:
    """Explain a campaign's status at `now` (UTC); select its brand along.

    The facts are those of now; of the events only those count that `access` sees.
    """
    hours, uses = read_hours([campaign.pk])[campaign.pk], use_from(now, [campaign.brand_id], [campaign.pk])
    facts = facts_at(now, campaign, hours, uses)
    held = [reason for reason, rule in RULES.items() if rule.holds(facts)]
    events = _Events(campaign, held, access)
    lines = []
    for reason in RULES:
        holds = reason in held
        until = clears_at(reason, campaign, hours, uses, now=now) if holds else None
        parts = _parts(reason, facts, hours)
        causes = [_cause(part, events.of(reason, part.owner) if part.holds else None) for part in parts]
        lines.append(Line(reason, holds, causes, until, _clears_by(reason, campaign, until) if holds else ""))
    return Explanation(campaign, now, runs_again_at(campaign, hours, uses, now=now) if held else None, lines)


class _Part(NamedTuple):
    owner: str
    holds: bool
    figures: Mapping[str, Figure]


def _cause(part: _Part, event: StatusEvent | None) -> Cause:
    if event is None:
        return Cause(*part, None, None, None)
    return Cause(*part, event.by, event.at, event.note)


def _parts(reason: PauseReason, facts: Facts, hours: Hours) -> Sequence[_Part]:
    """Return the owners on which a line depends: whether it holds there, and by which figures."""
    rule = RULES[reason]
    if reason == PauseReason.MANUAL:
        pause = {"paused_by_person": facts.paused_by_person, "stated_reason": facts.stated_reason}
        return [
            _Part("brand", facts.brand_held, {"is_held": facts.brand_held}),
            _Part("campaign", facts.paused_by_person, pause),
        ]
    match rule.ends_with:
        case EndsWith.THE_MONTH:
            return [_money(owner, use.month_spend, use.month_budget) for owner, use in _uses(facts)]
        case EndsWith.THE_DAY:
            return [_money(owner, use.day_spend, use.day_budget) for owner, use in _uses(facts)]
        case _:
            figures: dict[str, Figure] = {
                "has_schedules": facts.has_schedules,
                "active_schedules": len(hours.windows),
                "inside_window": facts.inside_window,
            }
            return [_Part("campaign", rule.holds(facts), figures)]


def _uses(facts: Facts) -> Sequence[tuple[str, BudgetUse]]:
    return ("brand", facts.brand), ("campaign", facts.campaign)


def _money(owner: str, spent: Decimal, budget: Decimal | None) -> _Part:
    left = None if budget is None else str(budget - spent)
    figures = {"spent": str(spent), "budget": None if budget is None else str(budget), "left": left}
    return _Part(owner, is_used_up(spent, budget), figures)


def _clears_by(reason: PauseReason, campaign: Campaign, until: datetime | None) -> str:
    rule = RULES[reason]
    match rule.ends_with:
        case EndsWith.THE_MONTH | EndsWith.THE_DAY:
            period = "month" if rule.ends_with == EndsWith.THE_MONTH else "day"
            if until is None:
                return "a higher budget"
            return f"the next {period}, a higher budget, a reset of the {period}, or spends that are restated"
        case EndsWith.CLOSED_HOURS:
            return "the next window that opens, or other schedules"
        case EndsWith.A_PERSON if rule.remedy:
            return f"a person: {rule.remedy}"
        case EndsWith.A_PERSON:
            held = {"campaign": campaign.paused_by_person, "brand": campaign.brand.is_held}
            return f"a person: {' and '.join(act for owner, act in REMEDIES_OF_MANUAL.items() if held[owner])}"


class _Events:
    """The events that brought about the lines that hold, as far as one may see them."""

    def __init__(self, campaign: Campaign, held: Sequence[PauseReason], access: BrandAccess) -> None:
        self._began = _beginnings(campaign, held, access)
        self._pause = _pause(campaign, access) if campaign.paused_by_person else None
        self._hold = standing_hold(campaign.brand) if campaign.brand.is_held else None

    def of(self, reason: PauseReason, owner: str) -> StatusEvent | None:
        """Return the event from which on the line has held at an owner."""
        if reason == PauseReason.MANUAL:
            return self._hold if owner == "brand" else self._pause
        return self._began.get(reason)


def _beginnings(
    campaign: Campaign, held: Sequence[PauseReason], access: BrandAccess
) -> Mapping[PauseReason, StatusEvent]:
    """Return the first event of the last unbroken row of events in which each reason stands."""
    began: dict[PauseReason, StatusEvent] = {}
    open_reasons = {reason for reason in held if reason != PauseReason.MANUAL}
    for event in read_in_chunks(_newest_first(campaign, access), EVENTS_AT_A_TIME) if open_reasons else ():
        standing = set(event.blocked_by)
        open_reasons &= standing
        began |= dict.fromkeys(open_reasons, event)
        if not open_reasons:
            break
    return began


def _pause(campaign: Campaign, access: BrandAccess) -> StatusEvent | None:
    """Return the event of the person's pause that stands: the first since somebody last activated it."""
    pause = None
    ordered = _newest_first(campaign, access).filter(order__in=(Order.PAUSE, Order.ACTIVATE))
    for event in read_in_chunks(ordered, EVENTS_AT_A_TIME):
        if event.order == Order.ACTIVATE:
            break
        pause = event
    return pause


def standing_hold(brand: Brand) -> StatusEvent | None:
    """Return the event of the hold that stands: the first since the brand was last released."""
    hold = None
    ordered = StatusEvent.objects.filter(brand=brand, campaign=None, order__in=(Order.HOLD, Order.RELEASE))
    for event in read_in_chunks(ordered.order_by("-at", "-id"), EVENTS_AT_A_TIME):
        if event.order == Order.RELEASE:
            break
        hold = event
    return hold


def _newest_first(campaign: Campaign, access: BrandAccess) -> "QuerySet[StatusEvent]":
    events = StatusEvent.objects.filter(campaign=campaign).order_by("-at", "-id")
    return visible_rows(events, access)
