"""Who reaches what: the one place where a user's memberships become a `Reach`, and a query is narrowed to one.

Reads are narrowed by `seen_by`; writes are asked of by the gate, see `spending.enforcement`.
"""

from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, QuerySet

from brands.models import Membership, Role
from budget_system.actors import EVERYWHERE, NOWHERE, Actor, Reach

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")

OPEN = "open"
PATH = "brand_path"
"""The attribute in which a model says how its rows lead to their brand, in the words of a lookup."""


def is_open() -> bool:
    """Say whether the system serves callers who have not logged in, see `API_AUTH`."""
    return bool(settings.API_AUTH == OPEN)


def reach_of(user: AbstractBaseUser | AnonymousUser) -> Reach:
    """Give what a user may see and change now, in one query at most; an archived brand exists for nobody but
    administrators.
    """
    if user.is_anonymous:
        return EVERYWHERE if is_open() else NOWHERE
    if not user.is_active:
        return NOWHERE
    if getattr(user, "is_superuser", False):
        return EVERYWHERE
    roles = dict(
        Membership.objects.filter(user_id=user.pk, brand__archived_at=None).order_by().values_list("brand", "role")
    )
    writes = frozenset(brand_id for brand_id, role in roles.items() if role == Role.MANAGER)
    return Reach(reads=frozenset(roles), writes=writes)


def actor_of(user: AbstractBaseUser | AnonymousUser) -> Actor:
    """Name who asks, with what that one may see and change."""
    return Actor.user(user, reach_of(user))


def seen_by(queryset: "QuerySet[_M, _Row]", reach: Reach) -> "QuerySet[_M, _Row]":
    """Keep the rows of the brands that somebody sees; the model's `brand_path` says whose each row is."""
    return queryset if reach.reads is None else _in_brands(queryset, reach.reads)


def written_by(queryset: "QuerySet[_M, _Row]", reach: Reach) -> "QuerySet[_M, _Row]":
    """Keep the rows of the brands that somebody may change."""
    return queryset if reach.writes is None else _in_brands(queryset, reach.writes)


def is_owned(model: type[Model]) -> bool:
    """Say whether each row of a model belongs to a brand."""
    return hasattr(model, PATH)


def brand_of(row: Model) -> UUID:
    """Give the brand to which a row belongs."""
    *way, last = getattr(row, PATH).split("__")
    for step in way:
        row = getattr(row, step)
    found: UUID = getattr(row, last if last in ("pk", "brand_id") else f"{last}_id")
    return found


def _in_brands(queryset: "QuerySet[_M, _Row]", brand_ids: Any) -> "QuerySet[_M, _Row]":
    return queryset.filter(**{f"{getattr(queryset.model, PATH)}__in": brand_ids})
