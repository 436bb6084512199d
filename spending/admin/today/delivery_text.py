"""What is said of platforms: accounts that are stopped or whose costs are old, campaigns that do something else there
than is wanted.
"""

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser

from budget_system.admin.local_times import remaining, short
from budget_system.admin.row_urls import change_url
from budget_system.core.text import counted
from campaigns.models import CampaignStatus
from delivery.admin.delivery_text import WANTED_VERB, platform_name, state_text
from delivery.models import Delivery
from spending.admin.today.line_text import LineText
from spending.reports.today.matter import Matter


def stopped_account(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe which account is stopped, and why."""
    account, brand = matter.account, matter.brand
    assert account is not None and brand is not None
    since = f" since {short(matter.at, brand.timezone, now=now)}" if matter.at else ""
    return LineText(
        title=f"{brand}: {account}",
        text=f"It is stopped{since}, and its campaigns are switched no longer: {account.error or 'no reason is known'}",
        to_do="Connect it again with credentials that work." if may_write else "Tell who may connect it again.",
        action="Open the brand",
        url=change_url(brand),
    )


def stale_account(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe how old an account's costs are, what that holds back, and what the last call ran into."""
    account, brand, at = matter.account, matter.brand, matter.at
    assert account is not None and brand is not None and at is not None
    allowed = counted(brand.figures_max_age_hours, "hour", "hours")
    read = "last read" if account.costs_read_at else "never read; it was connected"
    text = (
        f"Its costs were {read} {short(at, brand.timezone, now=now)} ({brand.timezone}), {remaining(now, now=at)} ago; "
        f"the brand allows {allowed}. Until they are read no campaign is switched on there; pauses go out. "
        f"{account.error}"
    )
    return LineText(
        title=f"{brand}: {account}",
        text=text.strip(),
        to_do="Check its connection; it is read again by itself."
        if may_write
        else "Tell who may check its connection.",
        action="Open the account",
        url=change_url(account),
    )


def contested(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe what a person has to decide: whose state holds."""
    delivery, seen, wanted, since = _standing(matter, now)
    return LineText(
        text=f"Somebody keeps changing it at {platform_name(delivery)}, last seen {seen}; {wanted} is wanted. "
        f"It is set there no longer, since {since}.",
        to_do="Decide: ours sets it there again, theirs takes over what is there.",
        action="Decide" if may_write else "Open",
        url=change_url(delivery),
    )


def drifted(matter: Matter, may_write: bool, user: AbstractBaseUser, now: datetime) -> LineText:
    """Describe how a platform differs from what is wanted."""
    delivery, seen, wanted, since = _standing(matter, now)
    return LineText(
        text=f"At {platform_name(delivery)} it is {seen}, and {wanted} is wanted, since {since}. "
        f"{state_text(delivery, now)}",
        to_do="See whether its account or script works, and whether its ID there is right.",
        action="Its delivery",
        url=change_url(delivery),
    )


def _standing(matter: Matter, now: datetime) -> tuple[Delivery, str, str, str]:
    """Return a delivery, what was seen of it, what is wanted of it, and since when they differ."""
    delivery = matter.delivery
    assert delivery is not None and matter.brand is not None and matter.at is not None
    seen = delivery.get_observed_display() if delivery.observed else "not seen yet"
    wanted = WANTED_VERB[CampaignStatus(delivery.campaign.status)]
    return delivery, seen, wanted, short(matter.at, matter.brand.timezone, now=now)
