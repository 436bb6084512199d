"""Who sees and changes which subscription.

Mail is its person's own. A channel belongs to its brands: whoever reads all of them sees it, whoever writes all of them
changes it. One of every brand, and one whose brands are all gone, is for administrators.
"""

from collections.abc import Container
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from alerts.models import Subscription
from alerts.models.subscriptions import SubscriptionQuerySet
from brands.access.memberships import in_brands
from brands.models import Brand, of_living_brand
from budget_system.core.actors import Actor, ActorKind, BrandAccess
from delivery.models import Channel

_NAMED = Subscription.brands.through


def visible_subscriptions(by: Actor) -> "SubscriptionQuerySet":
    """Return the subscriptions that somebody sees."""
    return _reached(by, by.access.reads)


def writable_subscriptions(by: Actor) -> "SubscriptionQuerySet":
    """Return the subscriptions that somebody may change."""
    return _reached(by, by.access.writes)


def _reached(by: Actor, brands: Container[UUID] | None) -> "SubscriptionQuerySet":
    if by.access.administrator or brands is None:
        return Subscription.objects.all()
    own = Q(channel=Channel.MAIL, user__username=by.name) if by.kind == ActorKind.USER else Q(pk__in=[])
    # What is archived is as if it were not there.
    named = _NAMED._default_manager.filter(of_living_brand("brand"), subscription=OuterRef("pk"))
    reached = Q(Exists(named)) & ~Q(Exists(named.exclude(in_brands("brand", brands))))
    return Subscription.objects.filter(own | ~Q(channel=Channel.MAIL) & Q(every_brand=False) & reached)


def named_brands(subscriptions: "list[Subscription]", access: BrandAccess) -> dict[UUID, list[Brand]]:
    """Return the brands that subscriptions name, as far as they are not archived and somebody sees them."""
    named: dict[UUID, list[Brand]] = {subscription.pk: [] for subscription in subscriptions}
    rows = _NAMED._default_manager.filter(of_living_brand("brand"), subscription__in=named).select_related("brand")
    for row in rows.order_by("brand__name_key", "brand_id"):
        if access.sees(row.brand_id):
            named[row.subscription_id].append(row.brand)
    return named
