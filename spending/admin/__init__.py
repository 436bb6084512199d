"""The ledger and its imports in the admin."""

from spending.admin.imports import ImportAdmin
from spending.admin.spends import SpendAdmin

__all__ = ["ImportAdmin", "SpendAdmin"]
