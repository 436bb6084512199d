"""The services that create, change and remove subscriptions."""

import base64
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from alerts.models import Subscription
from alerts.models.subscriptions import SECRET_PREFIX
from alerts.services.subscribers import visible_subscriptions, writable_subscriptions
from alerts.services.subscription_values import (
    SubscriptionValues,
    allowed_brands,
    owner,
    set_brands,
    set_simple_fields,
    set_url,
)
from budget_system.core.actors import Actor
from budget_system.core.errors import Conflict, Forbidden, NotFound, Precondition, unknown_id
from budget_system.core.retry import retry_on_conflict
from delivery.models import Channel

log = logging.getLogger("budget_system.access")

SECRET_BYTES: Final = 32
BOTH_VALID: Final = timedelta(hours=24)
"""For which a former secret signs beside its successor."""


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
    subscription.user = owner(values, channel, by)
    set_simple_fields(subscription, values)
    set_url(subscription, values)
    secret = ""
    if channel == Channel.WEBHOOK:
        secret = new_secret()
        subscription.secrets = {**subscription.secrets, "secret": secret}
    brands = allowed_brands(values.get("brands", []), subscription, by)
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
        set_simple_fields(subscription, values)
        set_url(subscription, values)
        if subscription.is_active and not before["is_active"]:
            subscription.switched_off, subscription.failing_since = "", None
        elif before["is_active"] and not subscription.is_active:
            subscription.switched_off = f"{by} has switched it off."
        brands_changed = "brands" in values and set_brands(subscription, values["brands"], by)
        if brands_changed or _state(subscription) != before:
            subscription.updated_at = now
            subscription.save()
            _log("changed", subscription, by)
    return subscription


@retry_on_conflict
def rotate_secret(
    *, subscription_id: UUID, now: datetime, by: Actor, check: Precondition[Subscription] | None = None
) -> KeptSubscription:
    """Replace a webhook's secret; the former one signs beside it for 24 hours, or until the next rotation.

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
    return f"{SECRET_PREFIX}{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def writable_subscription(subscription_id: UUID, by: Actor) -> Subscription:
    """Return a subscription that somebody may change. Raise `NotFound`, and `Forbidden` where they only see it."""
    subscription = visible_subscriptions(by).select_related("user").filter(pk=subscription_id).first()
    if subscription is None:
        raise NotFound(unknown_id("subscription", subscription_id))
    if not writable_subscriptions(by).filter(pk=subscription_id).exists():
        raise Forbidden
    return subscription


def _locked(subscription_id: UUID, by: Actor, check: Precondition[Subscription] | None) -> Subscription:
    writable_subscription(subscription_id, by)
    locked = Subscription.objects.select_for_update(of=("self",)).select_related("user")
    subscription = locked.filter(pk=subscription_id).first()
    if subscription is None:
        raise NotFound(unknown_id("subscription", subscription_id))
    if check is not None:
        check(subscription)
    return subscription


def _state(subscription: Subscription) -> Mapping[str, Any]:
    names = ("name", "kinds", "mode", "timezone", "secrets", "is_active", "switched_off")
    return {name: getattr(subscription, name) for name in names}


def _log(done: str, subscription: Subscription, by: Actor) -> None:
    fields = {"event": "subscription", "subscription": str(subscription.pk), "by": str(by)}
    log.info("Subscription %s (%s) %s by %s", subscription, subscription.channel, done, by, extra=fields)
