"""Brands in the admin."""

from brands.admin.brands import BrandAdmin
from brands.admin.tokens import TokenAdmin
from brands.history.admin import ChangeAdmin

__all__ = ["BrandAdmin", "ChangeAdmin", "TokenAdmin"]
