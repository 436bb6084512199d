"""What campaigns' and brands' pages show of delivery."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString

from brands.models import Brand
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from campaigns.models import Campaign
from delivery.admin import delivery_text
from delivery.models import Account, AccountState, Connector, Delivery, DeliveryState

COUNTED_STATES = {
    DeliveryState.SETTLED: "settled",
    DeliveryState.WAITING: "waiting",
    DeliveryState.DRIFTED: "differing",
    DeliveryState.CONTESTED: "yours to decide",
}


@dataclass(frozen=True, slots=True)
class CampaignDelivery:
    """A campaign at its platform, as its page shows it."""

    title: str
    wanted: SafeString
    observed: SafeString
    state: SafeString
    since: str
    sentence: str
    last_push: str
    problem: str
    account: SafeString
    address: str


def campaign_delivery(campaign: Campaign, *, now: datetime) -> CampaignDelivery | None:
    """Read how a campaign stands at its platform, in one query; `None` where its delivery is off."""
    if not campaign.delivery_enabled or campaign.archived_at is not None:
        return None
    delivery = Delivery.objects.select_related("account__brand").filter(campaign=campaign).first()
    if delivery is None:
        return None
    delivery.campaign = campaign
    return CampaignDelivery(
        title=f"At {delivery_text.platform_name(delivery)}",
        wanted=delivery_text.wanted_cell(delivery),
        observed=delivery_text.observed_cell(delivery),
        state=delivery_text.state_pill(delivery, now),
        since=delivery_text.since_text(delivery),
        sentence=delivery_text.state_text(delivery, now),
        last_push=delivery_text.push_text(delivery),
        problem=delivery_text.problem_text(delivery),
        account=delivery_text.account_text(delivery),
        address=change_url(delivery),
    )


@dataclass(frozen=True, slots=True)
class ShownState:
    """How many campaigns are in a state, and where they are listed."""

    mark: SafeString
    address: str


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """An account of a brand, as its page shows it."""

    name: str
    way: str
    state: SafeString
    below: str
    address: str


@dataclass(frozen=True, slots=True)
class BrandDelivery:
    """A brand's campaigns at their platforms, as its page shows them."""

    total: int
    states: Sequence[ShownState]
    accounts: Sequence[ShownAccount]
    address: str


def brand_delivery(brand: Brand) -> BrandDelivery | None:
    """Read how a brand's campaigns stand at their platforms, in two queries; `None` where it delivers nothing."""
    counts = Delivery.objects.enabled().filter(campaign__brand=brand).count_states()
    accounts = list(Account.objects.filter(brand=brand))
    if not counts and not accounts:
        return None
    listed = f"{reverse('admin:delivery_delivery_changelist')}?campaign__brand__id__exact={brand.pk}"
    return BrandDelivery(
        total=sum(counts.values()),
        states=[
            ShownState(pill(delivery_text.STATE_COLOURS[state], f"{counts[state]:,} {word}"), f"{listed}&state={state}")
            for state, word in COUNTED_STATES.items()
            if state in counts
        ],
        accounts=[_account(account, brand) for account in accounts],
        address=listed,
    )


def _account(account: Account, brand: Brand) -> ShownAccount:
    stopped = account.state == AccountState.STOPPED
    by_script = account.connector == Connector.SCRIPT
    word = "asked" if by_script else "answered"
    seen = f"{word} {clock_text(account.seen_at, brand.timezone)}" if account.seen_at else ""
    return ShownAccount(
        name=f"{account} {account.name}".strip(),
        way="its own script" if by_script else str(account.get_connector_display()),
        state=pill(Colour.RED, "stopped") if stopped else pill(Colour.GREEN, "connected"),
        below="; ".join(filter(None, (account.error, seen))) or "not heard of yet",
        address=change_url(account),
    )
