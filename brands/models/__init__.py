"""Clients of the agency, who may do what for them, and what people changed."""

from brands.models.access import TOKEN_PREFIX_LENGTH, Membership, Role, Scope, Token, TokenScope
from brands.models.brands import CLOCK_TOLERANCE, Brand, Change, ChangeAction, of_living_brand
from brands.models.links import LinkState, MonthLink

__all__ = [
    "CLOCK_TOLERANCE",
    "TOKEN_PREFIX_LENGTH",
    "Brand",
    "Change",
    "ChangeAction",
    "LinkState",
    "Membership",
    "MonthLink",
    "Role",
    "Scope",
    "Token",
    "TokenScope",
    "of_living_brand",
]
