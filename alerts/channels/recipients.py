"""To whom an alert goes: the one rule, asked when a message is written and again when it is sent."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db.models import Q

from alerts.models import Subscription, SubscriptionMode
from brands.access.memberships import access_of
from brands.models import Brand
from delivery.models import Channel

TOLD_DAILY: Final = Q(channel=Channel.MAIL, mode=SubscriptionMode.DIGEST)
"""The subscriptions that are told once a day."""


def subscribers(brand: Brand, kind: str) -> Iterator[Subscription]:
    """Yield who is told at once of an alert of a brand."""
    found = Subscription.objects.of_brand(brand.pk).filter(is_active=True)
    for subscription in found.exclude(TOLD_DAILY).select_related("user"):
        if kind in subscription.kinds and may_receive(subscription, brand.pk):
            yield subscription


def may_receive(subscription: Subscription, brand_id: UUID) -> bool:
    """Return whether a subscription may be told of a brand now.

    A person only of what they may read. A channel that names its brands of these, whoever has set it up; one of every
    brand only of those that who has set it up may read, where somebody has.
    """
    user = subscription.user
    if subscription.channel != Channel.MAIL and (user is None or not subscription.every_brand):
        return True
    return user is not None and access_of(user).sees(brand_id)
