"""What somebody may see and do at the admin: asked of the reach (`brands.access.memberships`), not of Django's
permissions.
"""

from django.db.models import Model
from django.http import HttpRequest

from brands.access.memberships import actor_of, belongs_to_a_brand, brand_of
from budget_system.core.actors import NOWHERE, Actor, Reach

_ACTOR = "budget_system_actor"


def actor(request: HttpRequest) -> Actor:
    """Name the person at the admin, with what that one may see and change; asked once in a request.

    Here nobody acts without a name, however open the API is.
    """
    known: Actor | None = getattr(request, _ACTOR, None)
    if known is None:
        known = Actor.api(NOWHERE) if request.user.is_anonymous else actor_of(request.user)
        setattr(request, _ACTOR, known)
    return known


def is_administrator(request: HttpRequest) -> bool:
    """Return whether an administrator asks."""
    return actor(request).reach.administrator


def may_see(request: HttpRequest, model: type[Model], row: object = None) -> bool:
    """Return whether a row may be seen, or without one any of its kind; what belongs to no brand is administrators'."""
    reach = actor(request).reach
    if not belongs_to_a_brand(model):
        return reach.administrator
    return reach.sees(brand_of(row)) if isinstance(row, model) else request.user.is_active


def may_write(request: HttpRequest, model: type[Model], row: object = None) -> bool:
    """Return whether a row may be changed, or without one any of its kind."""
    reach = actor(request).reach
    if not belongs_to_a_brand(model):
        return reach.administrator
    return reach.may_write(brand_of(row)) if isinstance(row, model) else writes_somewhere(reach)


def writes_somewhere(reach: Reach) -> bool:
    """Return whether there is a brand that this one may change."""
    return reach.writes is None or bool(reach.writes)
