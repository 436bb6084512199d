"""Delivery in the admin."""

from delivery.admin.accounts import AccountAdmin
from delivery.admin.deliveries import DeliveryAdmin

__all__ = ["AccountAdmin", "DeliveryAdmin"]
