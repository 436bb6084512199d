"""Alerts in the admin, and who is told of them."""

from alerts.admin.alerts import AlertAdmin
from alerts.admin.subscriptions import SubscriptionAdmin

__all__ = ["AlertAdmin", "SubscriptionAdmin"]
