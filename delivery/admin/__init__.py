"""Delivery in the admin."""

from delivery.admin.deliveries import DeliveryAdmin

__all__ = ["DeliveryAdmin"]
