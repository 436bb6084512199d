"""How many campaigns run and are paused for what, each with the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from budget_system.admin.indicators import Colour
from campaigns.models import CampaignStatus, PauseReason
from campaigns.status import DAY_BIT, MONTH_BIT, RULES
from spending.reports.today.glance import Running


@dataclass(frozen=True, slots=True)
class StatusCount:
    """So many campaigns of a status, with the address of their list."""

    colour: Colour
    word: str
    number: int
    url: str


def status_counts(running: Running) -> Sequence[StatusCount]:
    """Return the numbers of campaigns that run and, by reason, that are paused."""
    counts = [StatusCount(Colour.GREEN, "Running", running.active, _list(status__exact=CampaignStatus.ACTIVE))]
    for reason, number in running.paused.items():
        if number:
            word = "Paused by a person" if reason == PauseReason.MANUAL else f"Paused: {reason.label}"
            counts.append(StatusCount(_colour(reason), word, number, _list(pause_reason__exact=reason)))
    return counts


def _colour(reason: PauseReason) -> Colour:
    if reason == PauseReason.MANUAL:
        return Colour.GREY
    return Colour.RED if RULES[reason].bit & (MONTH_BIT | DAY_BIT) else Colour.AMBER


def _list(**filters: str) -> str:
    chosen = {name: str(value) for name, value in filters.items()}
    return f"{reverse('admin:campaigns_campaign_changelist')}?{urlencode(chosen)}"
