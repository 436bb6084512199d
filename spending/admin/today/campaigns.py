"""How many campaigns run and are paused for what, each with the list behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from budget_system.admin.indicators import Colour
from campaigns.admin.colours import BY_PERSON, RUNNING, reason_colour
from campaigns.admin.listing import HELD, PERSON
from campaigns.models import CampaignStatus, PauseReason
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
    counts = [StatusCount(RUNNING, "Running", running.active, _list(status__exact=CampaignStatus.ACTIVE))]
    by_person = running.paused[PauseReason.MANUAL] - running.held
    counts += [
        StatusCount(BY_PERSON, "Paused by a person", by_person, _list(pause_reason__exact=PERSON)),
        StatusCount(BY_PERSON, "Paused: its brand is held", running.held, _list(pause_reason__exact=HELD)),
    ]
    for reason, number in running.paused.items():
        if reason != PauseReason.MANUAL:
            word, url = f"Paused: {reason.label}", _list(pause_reason__exact=reason)
            counts.append(StatusCount(reason_colour(reason), word, number, url))
    return [count for count in counts if count.number or count.colour == RUNNING]


def _list(**filters: str) -> str:
    chosen = {name: str(value) for name, value in filters.items()}
    return f"{reverse('admin:campaigns_campaign_changelist')}?{urlencode(chosen)}"
