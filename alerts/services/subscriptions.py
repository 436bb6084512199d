"""The services that create, change and remove subscriptions."""

import base64
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from alerts.models import Subscription, SubscriptionMode
from alerts.services.subscribers import named_brands, visible_subscriptions, writable_subscriptions
from brands.access.memberships import access_of
from brands.models import Brand
from budget_system.core.actors import Actor, ActorKind
from budget_system.core.errors import Conflict, Forbidden, NotFound, Precondition
from budget_system.core.retry import retry_on_conflict
from budget_system.operations.outgoing import check_url
from delivery.models import Channel

log = logging.getLogger("budget_system.access")

SECRET_BYTES: Final = 32
BOTH_VALID: Final = timedelta(hours=24)
"""For which a former secret signs beside its successor."""
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


@dataclass(frozen=True, slots=True)
class KeptSubscription:
    """A subscription, and the secret that it has been given just now, which is shown this once."""

    subscription: Subscription
    secret: str = field(default="", repr=False)


@transaction.atomic
def create_subscription(*, values: SubscriptionValues, now: datetime, by: Actor) -> KeptSubscription:
    """Create a subscription at `now` (UTC): a person's own mail, or a channel of brands that they may change.

    Raise `ValidationError` naming the field, and `Forbidden` for a channel of brands that `by` may not change.
    """
    channel = values["channel"]
    subscription = Subscription(channel=channel, created_by=str(by), created_at=now, updated_at=now)
    subscription.user = _owner(values, channel, by)
    _set_plain(subscription, values, now)
    _set_url(subscription, values)
    secret = ""
    if channel == Channel.WEBHOOK:
        secret = new_secret()
        subscription.secrets = {**subscription.secrets, "secret": secret}
    brands = _allowed_brands(values.get("brands", []), subscription, by)
    subscription.every_brand = not brands
    subscription.save(force_insert=True)
    subscription.brands.set(brands)
    _log("created", subscription, by)
    return KeptSubscription(subscription, secret)


@retry_on_conflict
def change_subscription(
    *,
    subscription_id: UUID,
    values: SubscriptionValues,
    now: datetime,
    by: Actor,
    check: Precondition[Subscription] | None = None,
) -> Subscription:
    """Change what `values` hold and differ in; switched on again, it begins anew.

    Raise `NotFound`, `Forbidden`, `ValidationError` and what `check` raises.
    """
    with transaction.atomic():
        subscription = _locked(subscription_id, by, check)
        before = _state(subscription)
        if values.get("channel", subscription.channel) != subscription.channel:
            raise ValidationError({"channel": "A subscription stays what it is; create another one, and delete this."})
        if values.get("username", subscription.username) != subscription.username:
            raise ValidationError({"user": "A subscription stays its person's; create another one, and delete this."})
        _set_plain(subscription, values, now)
        _set_url(subscription, values)
        if subscription.is_active and not before["is_active"]:
            subscription.switched_off, subscription.failing_since = "", None
        elif before["is_active"] and not subscription.is_active:
            subscription.switched_off = f"{by} has switched it off."
        brands_changed = "brands" in values and _set_brands(subscription, values["brands"], by)
        if brands_changed or _state(subscription) != before:
            subscription.updated_at = now
            subscription.save()
            _log("changed", subscription, by)
    return subscription


@retry_on_conflict
def rotate_secret(
    *, subscription_id: UUID, now: datetime, by: Actor, check: Precondition[Subscription] | None = None
) -> KeptSubscription:
    """Give a webhook a new secret; the former one signs beside it for 24 hours, or until the next rotation.

    Raise `NotFound`, `Forbidden`, `Conflict` for what has no secret, and what `check` raises.
    """
    with transaction.atomic():
        subscription = _locked(subscription_id, by, check)
        if subscription.channel != Channel.WEBHOOK:
            raise Conflict("Only webhooks are signed; this has no secret.")
        secret, former = new_secret(), subscription.secrets["secret"]
        until = (now + BOTH_VALID).isoformat()
        subscription.secrets = {
            **subscription.secrets,
            "secret": secret,
            "former": former,
            "former_until": until,
        }
        subscription.updated_at = now
        subscription.save(update_fields=["secrets", "updated_at"])
        _log("given a new secret", subscription, by)
    return KeptSubscription(subscription, secret)


@retry_on_conflict
def remove_subscription(*, subscription_id: UUID, by: Actor, check: Precondition[Subscription] | None = None) -> None:
    """Delete a subscription. Raise `NotFound`, `Forbidden` and what `check` raises."""
    with transaction.atomic():
        subscription = _locked(subscription_id, by, check)
        _log("deleted", subscription, by)
        subscription.delete()


def new_secret() -> str:
    """Return a secret that signs webhooks, as Standard Webhooks 1.0 writes it."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def writable_subscription(subscription_id: UUID, by: Actor) -> Subscription:
    """Return a subscription that somebody may change. Raise `NotFound`, and `Forbidden` where they only see it."""
    subscription = visible_subscriptions(by).select_related("user").filter(pk=subscription_id).first()
    if subscription is None:
        raise NotFound(f"No subscription has the id “{subscription_id}”.")
    if not writable_subscriptions(by).filter(pk=subscription_id).exists():
        raise Forbidden
    return subscription


def _locked(subscription_id: UUID, by: Actor, check: Precondition[Subscription] | None) -> Subscription:
    writable_subscription(subscription_id, by)
    locked = Subscription.objects.select_for_update(of=("self",)).select_related("user")
    subscription = locked.filter(pk=subscription_id).first()
    if subscription is None:
        raise NotFound(f"No subscription has the id “{subscription_id}”.")
    if check is not None:
        check(subscription)
    return subscription


def _state(subscription: Subscription) -> Mapping[str, Any]:
    names = ("name", "kinds", "mode", "timezone", "secrets", "is_active", "switched_off")
    return {name: getattr(subscription, name) for name in names}


def _owner(values: SubscriptionValues, channel: str, by: Actor) -> User | None:
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


def _set_plain(subscription: Subscription, values: SubscriptionValues, now: datetime) -> None:
    is_mail = subscription.channel == Channel.MAIL
    if not is_mail and values.get("mode", SubscriptionMode.AT_ONCE) != SubscriptionMode.AT_ONCE:
        raise ValidationError({"mode": "A channel is told at once; only mail comes once a day."})
    clock = (subscription.mode, subscription.timezone)
    for name in ("name", "kinds", "mode", "timezone", "is_active"):
        if name in values:
            setattr(subscription, name, values[name])
    if (subscription.mode, subscription.timezone) != clock:
        subscription.digest_due_at = None  # which is set anew when digests are sent next


def _set_url(subscription: Subscription, values: SubscriptionValues) -> None:
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


def _set_brands(subscription: Subscription, wanted: list[UUID], by: Actor) -> bool:
    """Set the brands, where they differ from those that are shown; those that are not shown stay along."""
    shown = {brand.pk for brand in named_brands([subscription], by.access)[subscription.pk]}
    if set(wanted) == shown:
        return False
    brands = _allowed_brands([pk for pk in wanted if pk not in shown], subscription, by) if wanted else []
    if not wanted:
        _allowed_brands([], subscription, by)
    kept = [] if not wanted else list(subscription.brands.exclude(pk__in=shown - set(wanted)))
    subscription.every_brand = not wanted
    subscription.brands.set([*kept, *brands])
    return True


def _allowed_brands(wanted: list[UUID], subscription: Subscription, by: Actor) -> list[Brand]:
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
            raise ValidationError({"brands": f"No brand has the id “{pk}”."})
        if not reader.sees(pk):
            raise ValidationError({"brands": f"“{subscription.user}” may not read “{found[pk]}”."})
    if not is_mail:
        for pk in wanted:
            by.require_write(pk)
    return list(found.values())


def _log(done: str, subscription: Subscription, by: Actor) -> None:
    fields = {"event": "subscription", "subscription": str(subscription.pk), "by": str(by)}
    log.info("Subscription %s (%s) %s by %s", subscription, subscription.channel, done, by, extra=fields)
