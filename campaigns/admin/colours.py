"""The colour of a state, the same on every page: of a campaign, and of a brand with all its campaigns."""

from collections.abc import Iterable
from typing import Final

from budget_system.admin.indicators import Colour
from campaigns.models import Campaign, CampaignStatus, PauseReason
from campaigns.status import MONEY_BITS, RULES

RUNNING: Final = Colour.GREEN
NOTHING_THERE: Final = Colour.GREY
"""What is archived, or has no campaign."""
BY_PERSON: Final = Colour.GREY
"""A pause or a hold: somebody wanted it so."""
_URGENCY: Final = (Colour.RED, Colour.AMBER, Colour.GREY)


def reason_colour(reason: PauseReason) -> Colour:
    """Return the colour of a pause: red where money is used up, amber outside the hours."""
    if reason == PauseReason.MANUAL:
        return BY_PERSON
    return Colour.RED if RULES[reason].bit & MONEY_BITS else Colour.AMBER


def campaign_colour(campaign: Campaign) -> Colour:
    """Return the colour of a campaign's state."""
    if campaign.archived_at is not None:
        return NOTHING_THERE
    if campaign.status == CampaignStatus.ACTIVE:
        return RUNNING
    return reason_colour(PauseReason(campaign.pause_reason or PauseReason.MANUAL))


def paused_colour(reasons: Iterable[PauseReason]) -> Colour:
    """Return the colour of campaigns that are all paused: that of the most urgent of their reasons."""
    return min((reason_colour(reason) for reason in reasons), key=_URGENCY.index)
