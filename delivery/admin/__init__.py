"""Delivery in the admin."""

from delivery.admin.accounts import AccountAdmin
from delivery.admin.deliveries import DeliveryAdmin
from delivery.admin.messages import MessageAdmin

__all__ = ["AccountAdmin", "DeliveryAdmin", "MessageAdmin"]
