"""Brands in the admin."""

from brands.admin.brands import BrandAdmin
from brands.admin.history import ChangeAdmin
from brands.admin.tokens import TokenAdmin

__all__ = ["BrandAdmin", "ChangeAdmin", "TokenAdmin"]
