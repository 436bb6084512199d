"""Subscriptions as people read them."""

from collections.abc import Sequence
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from alerts.models import AlertKind, Subscription, SubscriptionMode
from alerts.models.subscriptions import default_kinds
from brands.models import Brand
from budget_system.admin.indicators import Colour, pill
from budget_system.admin.local_times import clock_text
from delivery.models import Channel

NAMED: Final = 3


def called(subscription: Subscription) -> str:
    """Return the name, or what it is where it has none."""
    return subscription.name or subscription.get_channel_display().capitalize()


def goes_to(subscription: Subscription) -> str:
    """Return whom or what it reaches."""
    if subscription.channel != Channel.MAIL:
        return subscription.host
    digest = f", daily at 07:00 ({subscription.timezone})" if subscription.mode == SubscriptionMode.DIGEST else ""
    return f"{subscription.username}{digest}"


def brands_text(subscription: Subscription, brands: Sequence[Brand]) -> str:
    """Return of which brands it is."""
    if subscription.every_brand:
        return "every brand" if subscription.channel != Channel.MAIL else "every brand that they may read"
    if not brands:
        return "no brand that is left"
    more = len(brands) - NAMED
    return ", ".join(map(str, brands[:NAMED])) + (f" and {more} more" if more > 0 else "")


def kinds_text(subscription: Subscription) -> str:
    """Return of what it tells."""
    if len(subscription.kinds) == len(AlertKind):
        return "everything"
    if sorted(subscription.kinds) == sorted(default_kinds()):
        return "all but pauses and resumptions"
    missing = [kind.label for kind in AlertKind if kind not in subscription.kinds]
    if len(missing) <= NAMED:
        return f"everything but {', '.join(missing)}"
    labels = [kind.label for kind in AlertKind if kind in subscription.kinds]
    return ", ".join(map(str, labels))


def state_cell(subscription: Subscription) -> SafeString:
    """Draw whether it is told, and why not; since when nothing arrives."""
    if not subscription.is_active:
        return _with(pill(Colour.GREY, "switched off"), subscription.switched_off)
    if subscription.failing_since is not None:
        since = clock_text(subscription.failing_since, timezone.get_current_timezone_name())
        return _with(pill(Colour.RED, "failing"), f"since {since} (UTC)")
    if subscription.channel == Channel.MAIL and not settings.MAIL_IS_SET_UP:
        return _with(pill(Colour.AMBER, "no mail server"), "nothing is sent before one is set up (EMAIL_URL)")
    return pill(Colour.GREEN, "active")


def messages_link(subscription: Subscription) -> SafeString:
    """Draw a link to the messages to a subscription."""
    address = f"{reverse('admin:delivery_message_changelist')}?subscription={subscription.pk}"
    return format_html('<a class="bs-link bs-wraps" href="{}">what was sent, and each try</a>', address)


def _with(drawn: SafeString, below: str) -> SafeString:
    return format_html('{} <span class="bs-under bs-wraps">{}</span>', drawn, below) if below else drawn
