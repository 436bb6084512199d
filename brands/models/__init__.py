"""Clients of the agency, who may do what for them, and what people changed."""

from brands.models.access import BEGINNING, Membership, Role, Token
from brands.models.brands import STEP, Brand, Change, ChangeAction

__all__ = [
    "BEGINNING",
    "STEP",
    "Brand",
    "Change",
    "ChangeAction",
    "Membership",
    "Role",
    "Token",
]
