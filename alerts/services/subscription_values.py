"""What may be chosen for a subscription: whose it is, when and where it is told, and of which brands."""

from typing import Final, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from alerts.models import Subscription, SubscriptionMode
from alerts.services.subscribers import named_brands
from brands.access.memberships import access_of
from brands.models import Brand
from budget_system.core.actors import Actor, ActorKind
from budget_system.core.errors import Forbidden, unknown_id
from budget_system.operations.outgoing import check_url
from delivery.models import Channel

NOBODY: Final = (
    "Mail needs a person, and here nobody has logged in (API_AUTH=open). Log in, or choose webhook, slack or teams."
)
OF_ALL: Final = "Only an administrator can have a channel told of every brand; name the brands that you may change."


class SubscriptionValues(TypedDict, total=False):
    """What can be chosen for a subscription; no brands stand for every brand."""

    channel: str
    name: str
    username: str
    brands: list[UUID]
    kinds: list[str]
    mode: str
    timezone: str
    url: str
    is_active: bool


def owner(values: SubscriptionValues, channel: str, by: Actor) -> User | None:
    """Return whose mail it is; of a channel, who sets it up."""
    own = by.name if by.kind == ActorKind.USER else ""
    username = values.get("username", own)
    if username != own and not by.access.administrator:
        raise ValidationError({"user": "Only an administrator can subscribe somebody else."})
    if channel == Channel.MAIL and not username:
        raise ValidationError({"channel": NOBODY})
    if not username:
        return None
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise ValidationError({"user": "No user who may log in has this name."})
    if channel == Channel.MAIL and not user.email:
        raise ValidationError({"user": f"“{user}” has no mail address; an administrator enters it under Users."})
    return user


def set_simple_fields(subscription: Subscription, values: SubscriptionValues) -> None:
    """Set the fields that only the channel restricts."""
    is_mail = subscription.channel == Channel.MAIL
    if not is_mail and values.get("mode", SubscriptionMode.AT_ONCE) != SubscriptionMode.AT_ONCE:
        raise ValidationError({"mode": "A channel is told at once; only mail comes once a day."})
    clock = (subscription.mode, subscription.timezone)
    for name in ("name", "kinds", "mode", "timezone", "is_active"):
        if name in values:
            setattr(subscription, name, values[name])
    if (subscription.mode, subscription.timezone) != clock:
        subscription.digest_due_at = None  # which is set anew when digests are sent next


def set_url(subscription: Subscription, values: SubscriptionValues) -> None:
    """Set where a channel is told, if requests may go there; mail has no such address."""
    if subscription.channel == Channel.MAIL:
        if "url" in values:
            raise ValidationError({"url": "Mail goes to a person's address; leave this out."})
        return
    if "url" not in values:
        if not subscription.url:
            raise ValidationError({"url": "Say where the channel is told."})
        return
    try:
        check_url(values["url"])
    except ValidationError as error:
        raise ValidationError({"url": error.messages}) from error
    subscription.secrets = {**subscription.secrets, "url": values["url"]}


def set_brands(subscription: Subscription, wanted: list[UUID], by: Actor) -> bool:
    """Set the brands, where they differ from those that are shown; those that are not shown stay along."""
    shown = {brand.pk for brand in named_brands([subscription], by.access)[subscription.pk]}
    if set(wanted) == shown:
        return False
    brands = allowed_brands([pk for pk in wanted if pk not in shown], subscription, by) if wanted else []
    if not wanted:
        allowed_brands([], subscription, by)
    kept = [] if not wanted else list(subscription.brands.exclude(pk__in=shown - set(wanted)))
    subscription.every_brand = not wanted
    subscription.brands.set([*kept, *brands])
    return True


def allowed_brands(wanted: list[UUID], subscription: Subscription, by: Actor) -> list[Brand]:
    """Return brands of which a subscription may be, and of which `by` may decide that; none stand for every one."""
    is_mail = subscription.channel == Channel.MAIL
    if not wanted:
        if not is_mail and not by.access.administrator:
            raise Forbidden(OF_ALL)
        return []
    found = Brand.objects.in_bulk(wanted)
    reader = access_of(subscription.user) if is_mail and subscription.user is not None else by.access
    for pk in wanted:
        if pk not in found or not by.access.sees(pk):
            raise ValidationError({"brands": unknown_id("brand", pk)})
        if not reader.sees(pk):
            raise ValidationError({"brands": f"“{subscription.user}” may not read “{found[pk]}”."})
    if not is_mail:
        for pk in wanted:
            by.require_write(pk)
    return list(found.values())
