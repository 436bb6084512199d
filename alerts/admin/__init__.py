"""Alerts in the admin."""

from alerts.admin.alerts import AlertAdmin

__all__ = ["AlertAdmin"]
