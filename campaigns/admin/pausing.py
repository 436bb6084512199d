"""Pausing and activating campaigns: what it would do to each, and what it did."""

from collections.abc import Sequence
from copy import copy
from datetime import datetime

from budget_system.admin.orders import UNCHANGED, Order, OrderMessage, Outcome
from budget_system.core.actors import Actor
from campaigns import services
from campaigns.admin.messages import reasons_line, resumes
from campaigns.models import Campaign, CampaignStatus
from campaigns.status import decide
from spending.enforcement.budget_use import use_from
from spending.enforcement.facts import read_hours
from spending.enforcement.runs_again import facts_at, runs_again_at
from spending.reports.figures import campaign_figures

PAUSED, RUNS, STAYS = "paused", "running", "still paused"


def would_pause(campaigns: Sequence[Campaign], now: datetime) -> list[Outcome]:
    """Return what a person's pause would do to each."""
    return [_pause(campaign) for campaign in campaigns]


def would_activate(campaigns: Sequence[Campaign], now: datetime) -> list[Outcome]:
    """Return what lifting a person's pause would do to each, as the rules would decide now."""
    ids = [campaign.pk for campaign in campaigns]
    hours, uses = read_hours(ids), use_from(now, {campaign.brand_id for campaign in campaigns}, ids)
    found = []
    for campaign in campaigns:
        then = copy(campaign)
        then.paused_by_person, then.stated_reason = False, None
        verdict = decide(facts_at(now, then, hours[then.pk], uses))
        then.status, then.pause_reason, then.blocked = verdict.status, verdict.reason, verdict.bits
        again = None if verdict.status == CampaignStatus.ACTIVE else runs_again_at(then, hours[then.pk], uses, now=now)
        found.append(_activation(campaign, then, again, now))
    return found


def activated(before: Sequence[Campaign], after: Sequence[Campaign], now: datetime) -> list[Outcome]:
    """Return what lifting a person's pause has done to each."""
    figures = campaign_figures(after, now=now)
    return [
        _activation(was, campaign, figures[campaign.pk].runs_again_at, now)
        for was, campaign in zip(before, after, strict=True)
    ]


def _pause(before: Campaign) -> Outcome:
    if before.paused_by_person:
        return Outcome(UNCHANGED, "no change: a person has paused it already")
    if before.status == CampaignStatus.ACTIVE:
        return Outcome(PAUSED, "paused by a person")
    return Outcome(PAUSED, f"stays paused, now by a person too: {reasons_line(before)}")


def _activation(before: Campaign, after: Campaign, again: datetime | None, now: datetime) -> Outcome:
    if after.status == CampaignStatus.ACTIVE:
        if before.status == CampaignStatus.ACTIVE:
            return Outcome(UNCHANGED, "no change: it runs already")
        return Outcome(RUNS, "runs at once")
    return Outcome(STAYS, f"stays paused: {reasons_line(after)}. {resumes(after, again, now=now)}", is_problem=True)


def _carry_out_pause(campaign: Campaign, note: str, now: datetime, by: Actor) -> Campaign:
    return services.pause_campaign(campaign_id=campaign.pk, note=note, now=now, by=by)


def _carry_out_activation(campaign: Campaign, note: str, now: datetime, by: Actor) -> Campaign:
    return services.activate_campaign(campaign_id=campaign.pk, note=note, now=now, by=by)


def _pause_message(before: Campaign, after: Campaign, now: datetime, by: Actor) -> OrderMessage:
    return OrderMessage(f"“{after}” is paused: {reasons_line(after)}.")


def _activation_message(before: Campaign, after: Campaign, now: datetime, by: Actor) -> OrderMessage:
    if after.status == CampaignStatus.ACTIVE:
        return OrderMessage(f"“{after}” is active.")
    return OrderMessage(f"“{after}” stays paused: {reasons_line(after)}.", is_problem=True)


ACTIVATING = "This lifts a person’s pause. {} runs at once where budgets and hours allow, else as soon as they do."

PAUSE = Order(
    action="pause",
    title="Pause {}",
    button="Pause",
    text="They stay paused until a person lifts it: no reset, budget or schedule will wake them.",
    text_of_one=lambda campaign: "It stays paused until a person lifts it: no reset, budget or schedule will wake it.",
    preview=would_pause,
    carry_out=_carry_out_pause,
    message_of=_pause_message,
)
ACTIVATE = Order(
    action="activate",
    title="Activate {}",
    button="Activate",
    text=ACTIVATING.format("Each"),
    text_of_one=lambda campaign: ACTIVATING.format("It"),
    preview=would_activate,
    carry_out=_carry_out_activation,
    outcome=activated,
    message_of=_activation_message,
)
