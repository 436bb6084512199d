"""The link in a mail by which its reader ends it, without a login (RFC 8058)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, Signer
from django.urls import reverse

from alerts.channels.bodies import whole_url
from alerts.channels.subscribed import log_end
from alerts.models import Subscription
from delivery.models import Channel

_SALT: Final = "alerts.unsubscribing"


def unsubscribe_url(subscription: Subscription) -> str | None:
    """Return the link that ends a subscription; `None` where the system does not know its own address."""
    return whole_url(reverse("unsubscribe", args=[unsubscribe_token(subscription)]))


def unsubscribe_token(subscription: Subscription) -> str:
    """Return what names a subscription in its link, signed: nobody can make one up."""
    return _signer().sign(subscription.pk.hex)


def subscription_of_token(token: str) -> Subscription | None:
    """Return the mail subscription of a link, also one that has ended; `None` where the link is not ours."""
    try:
        pk = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return Subscription.objects.filter(pk=pk, channel=Channel.MAIL).first()


def unsubscribe(subscription: Subscription, *, now: datetime) -> None:
    """End a subscription, once."""
    reason = "Its reader has ended it by the link in a mail."
    active = Subscription.objects.filter(pk=subscription.pk, is_active=True)
    if active.update(is_active=False, switched_off=reason, updated_at=now):
        log_end(subscription, reason)


def _signer() -> Signer:
    return Signer(salt=_SALT, sep="~")
