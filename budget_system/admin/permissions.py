"""What somebody may see and do in the admin: a question of the access (`brands.access.memberships`), not of Django's
permissions.
"""

from django.db.models import Model
from django.http import HttpRequest

from brands.access.memberships import actor_of, belongs_to_a_brand, brand_of
from budget_system.core.actors import NO_ACCESS, Actor, BrandAccess

_ACTOR = "budget_system_actor"


def actor(request: HttpRequest) -> Actor:
    """Return the person as an `Actor`, with what they may see and change; determined once in a request.

    Here nobody acts without a name, even where the API is open.
    """
    known: Actor | None = getattr(request, _ACTOR, None)
    if known is None:
        known = Actor.api(NO_ACCESS) if request.user.is_anonymous else actor_of(request.user)
        setattr(request, _ACTOR, known)
    return known


def is_administrator(request: HttpRequest) -> bool:
    """Return whether the person is an administrator."""
    return actor(request).access.administrator


def may_see(request: HttpRequest, model: type[Model], row: object = None) -> bool:
    """Return whether a row may be seen, or without one any of its kind; rows of no brand are for administrators."""
    access = actor(request).access
    if not belongs_to_a_brand(model):
        return access.administrator
    return access.sees(brand_of(row)) if isinstance(row, model) else request.user.is_active


def may_write(request: HttpRequest, model: type[Model], row: object = None) -> bool:
    """Return whether a row may be changed, or without one any of its kind."""
    access = actor(request).access
    if not belongs_to_a_brand(model):
        return access.administrator
    return access.may_write(brand_of(row)) if isinstance(row, model) else may_write_any_brand(access)


def may_write_any_brand(access: BrandAccess) -> bool:
    """Return whether there is a brand that the person may change."""
    return access.writes is None or bool(access.writes)
