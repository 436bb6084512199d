"""Why a campaign is in its status, as people read it."""

from datetime import datetime
from typing import Final

from django.utils.safestring import SafeString

from brands.models import Brand
from budget_system.admin.indicators import pill
from budget_system.admin.local_times import remaining, short
from budget_system.core.money import ZERO, money
from campaigns.admin.colours import campaign_colour
from campaigns.models import Campaign, CampaignStatus, PauseReason
from campaigns.status import REMEDIES_OF_MANUAL, RULES

BRAND_IS_HELD: Final = "its brand is held"


def paused_text(reason: str) -> str:
    """Return `paused: daily budget used up`, `paused by a person`."""
    return reason if reason.startswith("paused") else f"paused: {reason}"


def status_pill(campaign: Campaign) -> SafeString:
    """Draw a campaign's status; the column beside it gives the reason."""
    colour = campaign_colour(campaign)
    if campaign.archived_at is not None:
        return pill(colour, "archived")
    if campaign.status == CampaignStatus.ACTIVE:
        return pill(colour, "running")
    return pill(colour, "paused", str(PauseReason(campaign.pause_reason or PauseReason.MANUAL).label))


def reasons(campaign: Campaign) -> list[str]:
    """Return every reason that holds; select its brand along."""
    words: list[str] = []
    for reason in campaign.blocked_by:
        if reason != PauseReason.MANUAL:
            words.append(str(reason.label))
            continue
        if campaign.paused_by_person:
            stated = PauseReason(campaign.stated_reason).label if campaign.stated_reason else ""
            words.append(f"{reason.label}, who stated: {stated}" if stated else str(reason.label))
        if campaign.brand.is_held:
            words.append(BRAND_IS_HELD)
    return words


def reasons_line(campaign: Campaign) -> str:
    """Return the reasons in one line; empty while the campaign runs."""
    return "; ".join(reasons(campaign))


def resumes(campaign: Campaign, runs_again_at: datetime | None, *, now: datetime) -> str:
    """Return when a paused campaign runs again in few words, for a cell beside which its brand's zone is named."""
    if campaign.archived_at is not None or campaign.status == CampaignStatus.ACTIVE:
        return ""
    if runs_again_at is None:
        needed = needed_acts(campaign)
        return f"Needs a person: {', and '.join(needed)}" if needed else "No window opens in the weeks to come"
    return f"Resumes {short(runs_again_at, campaign.brand.timezone, now=now)}"


def clears(until: datetime, tz: str, *, now: datetime) -> str:
    """Return an instant to come with its zone, and how long it is until then."""
    return f"{short(until, tz, now=now)} ({tz}), in {remaining(until, now=now)}"


def needed_acts(campaign: Campaign) -> list[str]:
    """Return what a person must do before a campaign runs, where time alone does not help."""
    needed = []
    if campaign.paused_by_person:
        needed.append(REMEDIES_OF_MANUAL["campaign"])
    if campaign.brand.is_held:
        needed.append(REMEDIES_OF_MANUAL["brand"])
    needed += [RULES[reason].remedy for reason in campaign.blocked_by if RULES[reason].remedy]
    zero = money(ZERO, campaign.brand.currency)
    owners: tuple[tuple[Brand | Campaign, str], ...] = ((campaign.brand, "the brand's"), (campaign, "its own"))
    for owner, whose in owners:
        if owner.daily_budget == ZERO:
            needed.append(f"raise {whose} daily budget of {zero}")
        if owner.monthly_budget == ZERO:
            needed.append(f"raise {whose} monthly budget of {zero}")
    return needed
