"""The alerts that the page of a brand or campaign shows, and who is told of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from alerts.admin.alert_text import muted_text, state_pill
from alerts.admin.subscription_text import called, goes_to
from alerts.models import Alert, AlertKind, Subscription
from alerts.models.alerts import AlertQuerySet
from alerts.services.subscribers import visible_subscriptions
from brands.models import Brand
from budget_system.admin.local_times import clock_text
from budget_system.admin.row_urls import change_url
from budget_system.core.actors import Actor
from campaigns.models import Campaign

SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class ShownAlert:
    """An alert that is open."""

    state: SafeString
    message: str
    since: str
    muted: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownSubscription:
    """A person or channel that is told."""

    name: str
    to: str
    off: bool
    address: str


@dataclass(frozen=True, slots=True)
class AlertPanel:
    """The newest open alerts, and, of a brand, the subscriptions that the person sees."""

    alerts: Sequence[ShownAlert]
    more: bool
    timezone: str
    address: str
    add_address: str
    subscriptions: Sequence[ShownSubscription] | None = None


def brand_alerts(brand: Brand, by: Actor) -> AlertPanel:
    """Return what is open of a brand and its campaigns, but for their pauses, which its campaigns tell."""
    rows = Alert.objects.open().filter(brand=brand).exclude(kind=AlertKind.PAUSED)
    told = visible_subscriptions(by).of_brand(brand.pk).select_related("user")
    return _panel(rows, brand, {"brand__id__exact": brand.pk}, [_subscription(one) for one in told])


def campaign_alerts(campaign: Campaign) -> AlertPanel:
    """Return what is open of a campaign; select its brand along."""
    rows = Alert.objects.open().filter(campaign=campaign, brand=campaign.brand_id)
    return _panel(rows, campaign.brand, {"campaign__id__exact": campaign.pk}, None)


def _panel(
    rows: AlertQuerySet, brand: Brand, chosen: dict[str, object], told: Sequence[ShownSubscription] | None
) -> AlertPanel:
    found = list(rows.select_related("brand").order_by("-at", "-id")[: SHOWN + 1])
    return AlertPanel(
        alerts=[_alert(one) for one in found[:SHOWN]],
        more=len(found) > SHOWN,
        timezone=brand.timezone,
        address=f"{reverse('admin:alerts_alert_changelist')}?{urlencode(chosen)}",
        add_address=reverse("admin:alerts_subscription_add"),
        subscriptions=told,
    )


def _alert(alert: Alert) -> ShownAlert:
    since = clock_text(alert.at, alert.brand.timezone)
    return ShownAlert(state_pill(alert), alert.message, since, muted_text(alert), change_url(alert))


def _subscription(subscription: Subscription) -> ShownSubscription:
    off = not subscription.is_active
    return ShownSubscription(called(subscription), goes_to(subscription), off, change_url(subscription))
