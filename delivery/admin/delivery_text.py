"""Deliveries as people read them: what is wanted, what was seen, and how the two stand to each other."""

from datetime import datetime

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from campaigns.models import CampaignStatus, Platform
from delivery.models import AccountState, Connector, Delivery, DeliveryState, Drift, Observed
from delivery.staleness import is_held_back

WANTED = {CampaignStatus.ACTIVE: (Colour.GREEN, "to run"), CampaignStatus.PAUSED: (Colour.AMBER, "to be paused")}
WANTED_VERB = {CampaignStatus.ACTIVE: "running", CampaignStatus.PAUSED: "paused"}
SEEN = {
    Observed.ACTIVE: (Colour.GREEN, "runs"),
    Observed.PAUSED: (Colour.AMBER, "paused"),
    Observed.NOT_FOUND: (Colour.RED, "not there"),
}
STATE_COLOURS = {
    DeliveryState.SETTLED: Colour.GREEN,
    DeliveryState.WAITING: Colour.AMBER,
    DeliveryState.DRIFTED: Colour.RED,
    DeliveryState.CONTESTED: Colour.RED,
}
DRIFT_SENTENCES = {
    Drift.LATE: "The platform has not followed yet, for longer than it should take.",
    Drift.CHANGED: "Somebody changed it there; it is set again.",
    Drift.MISSING: "The platform has no such campaign.",
}
SET = {Observed.ACTIVE: "set running", Observed.PAUSED: "paused"}


def platform_name(delivery: Delivery) -> str:
    """Return what the platform is called."""
    platform = delivery.campaign.platform
    return str(Platform(platform).label) if platform else "no platform"


def at_platform(delivery: Delivery) -> str:
    """Return which campaign it is there."""
    return f"{platform_name(delivery)} {delivery.campaign.external_id}"


def wanted_cell(delivery: Delivery) -> SafeString:
    """Draw what is wanted, and since when."""
    colour, word = WANTED[CampaignStatus(delivery.campaign.status)]
    return _cell(pill(colour, word), f"since {_clock(delivery, delivery.changed_at)}")


def observed_cell(delivery: Delivery) -> SafeString:
    """Draw what was seen there, and when."""
    if not delivery.observed or delivery.observed_at is None:
        return pill(Colour.GREY, "not seen yet")
    colour, word = SEEN[Observed(delivery.observed)]
    return _cell(pill(colour, word), f"first seen {_clock(delivery, delivery.observed_at)}")


def push_text(delivery: Delivery) -> str:
    """Return what was last set there, and when."""
    if not delivery.applied or delivery.applied_at is None:
        return "nothing set there yet"
    word = SET.get(Observed(delivery.applied), delivery.get_applied_display())
    return f"{word} {_clock(delivery, delivery.applied_at)}"


def push_cell(delivery: Delivery) -> SafeString:
    """Return what was last set there, with what the last try ran into below it."""
    return _cell(push_text(delivery), problem_text(delivery))


def problem_text(delivery: Delivery) -> str:
    """Return what keeps the campaign's platform from following; empty where nothing is known."""
    account = delivery.account
    if account is not None and account.state == AccountState.STOPPED:
        return f"the account is stopped: {account.error}" if account.error else "the account is stopped"
    if delivery.error:
        return delivery.error
    return "no account has it yet" if account is None else ""


def state_text(delivery: Delivery, now: datetime) -> str:
    """Return in a sentence how what was seen stands to what is wanted."""
    state = delivery.state
    if state == DeliveryState.CONTESTED:
        return "A person has to decide: somebody keeps changing it there."
    if state == DeliveryState.DRIFTED:
        return DRIFT_SENTENCES[Drift(delivery.drift)]
    if state == DeliveryState.SETTLED:
        return "The platform does what is wanted."
    if is_held_back(delivery, now):
        return "It stays as it is there until costs are read again."
    return "The platform is still to be told, or to confirm it."


def state_pill(delivery: Delivery, now: datetime) -> SafeString:
    """Draw how what was seen stands to what is wanted."""
    state = delivery.state
    return pill(STATE_COLOURS[state], str(state.label), state_text(delivery, now))


def since_text(delivery: Delivery) -> str:
    """Return why it differs, and since when; empty where it does not."""
    since = delivery.contested_at or delivery.drift_since
    if since is None:
        return ""
    why = str(Drift(delivery.drift).label) if delivery.drift else "changed there again and again"
    return f"{why}, since {_clock(delivery, since)}"


def state_cell(delivery: Delivery, now: datetime) -> SafeString:
    """Draw the state, and why and since when it differs."""
    return _cell(state_pill(delivery, now), since_text(delivery))


def account_text(delivery: Delivery) -> SafeString:
    """Return through which account it goes, with a link, and how."""
    account = delivery.account
    if account is None:
        return escape("none yet: the first script that finds it there, or an account that is connected")
    if account.connector == Connector.SCRIPT:
        asked = (
            f"asked {clock_text(account.seen_at, delivery.campaign.brand.timezone)}"
            if account.seen_at
            else "never asked"
        )
        how = f"its own script ({asked})"
    else:
        how = f"the connector “{account.get_connector_display()}”"
    return format_html('<a class="bs-link" href="{}">{}</a>, by {}', change_url(account), account, how)


def _clock(delivery: Delivery, at: datetime) -> str:
    return clock_text(at, delivery.campaign.brand.timezone)


def _cell(above: SafeString | str, below: str) -> SafeString:
    under = format_html('<span class="bs-under bs-wraps">{}</span>', below) if below else ""
    return format_html("{} {}", above, under)
