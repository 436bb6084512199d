"""What people are told: alerts, and who subscribes to them."""

from alerts.models.alerts import Alert, AlertKind, AlertState
from alerts.models.subscriptions import Subscription, SubscriptionMode

__all__ = ["Alert", "AlertKind", "AlertState", "Subscription", "SubscriptionMode"]
