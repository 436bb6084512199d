"""Who reaches what: the one place where a user's memberships become a `Reach`, and a query is narrowed to one.

Reads are narrowed by `seen_by`; writes are asked of by the gate, see `spending.enforcement.gate`.
"""

from collections.abc import Container, Iterable
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from brands.models import Brand, Membership, Role
from budget_system.core.actors import EVERYWHERE, NOWHERE, Actor, Reach

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")

OPEN = "open"
PATH = "brand_path"
"""The attribute in which a model says how its rows lead to their brand, in the words of a lookup."""


class EveryBrand(Container[UUID]):
    """Every brand that is not archived, as it is when asked: what a role in every brand reaches.

    Queries are narrowed by a subquery. A single brand, of which most writes are, is looked up by itself; from the
    second on all are read at once, so that whoever asks of many costs two queries.
    """

    def __init__(self) -> None:
        self._first: tuple[object, bool] | None = None

    def __contains__(self, brand_id: object) -> bool:
        """Return whether there is such a brand."""
        if self._first is None:
            self._first = brand_id, isinstance(brand_id, UUID) and Brand.objects.filter(pk=brand_id).exists()
        first, found = self._first
        return found if brand_id == first else brand_id in self._all

    @cached_property
    def _all(self) -> frozenset[UUID]:
        return frozenset(Brand.objects.ids())


def is_open() -> bool:
    """Return whether the system serves callers who have not logged in, see `API_AUTH`."""
    return bool(settings.API_AUTH == OPEN)


def reach_of(user: AbstractBaseUser | AnonymousUser) -> Reach:
    """Return what a user may see and change now, in one query at most; an archived brand exists for nobody but
    administrators.
    """
    if user.is_anonymous:
        return EVERYWHERE if is_open() else NOWHERE
    if not user.is_active:
        return NOWHERE
    if getattr(user, "is_superuser", False):
        return EVERYWHERE
    roles = list(memberships_of(user).order_by().values_list("brand", "role"))
    every = EveryBrand()
    return Reach(
        reads=_brands((brand_id for brand_id, _ in roles), every),
        writes=_brands((brand_id for brand_id, role in roles if role == Role.MANAGER), every),
    )


def memberships_of(user: AbstractBaseUser) -> "QuerySet[Membership]":
    """Return a user's memberships, own ones and those of the groups that the user is in; no archived brand's."""
    groups = User.groups.through._default_manager.filter(user=user.pk).values("group")
    held = Membership.objects.filter(Q(user=user.pk) | Q(group__in=groups))
    return held.filter(brand__archived_at=None)  # so is that of no brand, which is every brand


def _brands(brand_ids: Iterable[UUID | None], every: EveryBrand) -> Container[UUID]:
    """Return the brands of some memberships; the empty one stands for every brand."""
    named = frozenset(brand_ids)
    return every if None in named else frozenset(filter(None, named))


def actor_of(user: AbstractBaseUser | AnonymousUser) -> Actor:
    """Name who asks, with what that one may see and change."""
    return Actor.user(user, reach_of(user))


def seen_by(queryset: "QuerySet[_M, _Row]", reach: Reach) -> "QuerySet[_M, _Row]":
    """Keep the rows of the brands that somebody sees; the model's `brand_path` says whose each row is."""
    return _narrowed(queryset, reach.reads)


def written_by(queryset: "QuerySet[_M, _Row]", reach: Reach) -> "QuerySet[_M, _Row]":
    """Keep the rows of the brands that somebody may change."""
    return _narrowed(queryset, reach.writes)


def is_owned(model: type[Model]) -> bool:
    """Return whether each row of a model belongs to a brand."""
    return hasattr(model, PATH)


def brand_of(row: Model) -> UUID:
    """Return the brand to which a row belongs."""
    *way, last = getattr(row, PATH).split("__")
    for step in way:
        row = getattr(row, step)
    found: UUID = getattr(row, last if last in ("pk", "brand_id") else f"{last}_id")
    return found


def in_brands(path: str, brands: Container[UUID]) -> Q:
    """Return the condition that a brand, to which a lookup leads, is one of `brands`.

    Of every brand it is asked by row: read as a list they would cost as much as there are, whatever else is asked for.
    """
    if isinstance(brands, EveryBrand):
        return Q(Exists(Brand.objects.order_by().filter(pk=OuterRef(path))))
    return Q(**{f"{path}__in": brands})


def _narrowed(queryset: "QuerySet[_M, _Row]", brands: Container[UUID] | None) -> "QuerySet[_M, _Row]":
    return queryset if brands is None else queryset.filter(in_brands(getattr(queryset.model, PATH), brands))
