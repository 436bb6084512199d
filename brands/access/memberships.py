"""Who may see and change what: a user's memberships become a `BrandAccess`, and queries are narrowed to one, only here.

Reads are narrowed by `visible_rows`; writes are checked by the gate, see `spending.enforcement.transactions`.
"""

from collections.abc import Container, Iterable
from functools import cache, cached_property
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db import connection
from django.db.models import Model, Q, QuerySet

from brands.models import Brand, Membership, Role, of_living_brand
from budget_system.core.actors import FULL_ACCESS, NO_ACCESS, Actor, BrandAccess
from budget_system.core.prepared import PreparedQuery

_M = TypeVar("_M", bound=Model)
_Row = TypeVar("_Row")

OPEN = "open"
_SOMEBODY = -1
"""The id that a user stands for in a query that is compiled once."""
BRAND_PATH = "brand_path"
"""The attribute in which a model says how its rows lead to their brand, in the words of a lookup."""


class EveryBrand(Container[UUID]):
    """Every brand that is not archived, as of when it is asked: what a role in every brand reaches.

    Queries are narrowed by a subquery. A single brand, as most writes concern, is looked up by itself; from the second
    on all are read at once, so that a check of many costs two queries.
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


def access_of(user: AbstractBaseUser | AnonymousUser) -> BrandAccess:
    """Return what a user may see and change now, in one query at most; only administrators access archived brands."""
    if user.is_anonymous:
        return FULL_ACCESS if is_open() else NO_ACCESS
    if not user.is_active:
        return NO_ACCESS
    if getattr(user, "is_superuser", False):
        return FULL_ACCESS
    roles = list(_roles_query(connection.vendor).fetch({_SOMEBODY: user.pk}))
    every = EveryBrand()
    return BrandAccess(
        reads=_brands((brand_id for brand_id, _ in roles), every),
        writes=_brands((brand_id for brand_id, role in roles if role == Role.MANAGER), every),
    )


@cache
def _roles_query(vendor: str) -> PreparedQuery:
    return PreparedQuery(memberships_of(User(pk=_SOMEBODY)).order_by().values_list("brand", "role"))


def memberships_of(user: AbstractBaseUser) -> "QuerySet[Membership]":
    """Return a user's memberships, their own and those of their groups, without those in archived brands."""
    groups = User.groups.through._default_manager.filter(user=user.pk).values("group")
    held = Membership.objects.filter(Q(user=user.pk) | Q(group__in=groups))
    return held.filter(brand__archived_at=None)  # so is that of no brand, which is every brand


def _brands(brand_ids: Iterable[UUID | None], every: EveryBrand) -> Container[UUID]:
    """Return the brands of some memberships; `None` as a brand stands for every brand."""
    named = frozenset(brand_ids)
    return every if None in named else frozenset(filter(None, named))


def actor_of(user: AbstractBaseUser | AnonymousUser) -> Actor:
    """Return the user as an `Actor`, with what they may see and change."""
    return Actor.user(user, access_of(user))


def visible_rows(queryset: "QuerySet[_M, _Row]", access: BrandAccess) -> "QuerySet[_M, _Row]":
    """Keep the rows of brands that may be seen; the model's `brand_path` says which brand a row belongs to."""
    return _narrowed(queryset, access.reads)


def writable_rows(queryset: "QuerySet[_M, _Row]", access: BrandAccess) -> "QuerySet[_M, _Row]":
    """Keep the rows of brands that may be changed."""
    return _narrowed(queryset, access.writes)


def belongs_to_a_brand(model: type[Model]) -> bool:
    """Return whether each row of a model belongs to a brand."""
    return hasattr(model, BRAND_PATH)


def brand_of(row: Model) -> UUID:
    """Return the brand to which a row belongs."""
    *way, last = getattr(row, BRAND_PATH).split("__")
    for step in way:
        row = getattr(row, step)
    found: UUID = getattr(row, last if last in ("pk", "brand_id") else f"{last}_id")
    return found


def in_brands(path: str, brands: Container[UUID]) -> Q:
    """Return the condition that the brand to which a lookup leads is one of `brands`.

    For every brand it is checked row by row: read as a list, the brands would cost as much as there are of them.
    """
    if isinstance(brands, EveryBrand):
        return of_living_brand(path)
    return Q(**{f"{path}__in": brands})


def _narrowed(queryset: "QuerySet[_M, _Row]", brands: Container[UUID] | None) -> "QuerySet[_M, _Row]":
    return queryset if brands is None else queryset.filter(in_brands(getattr(queryset.model, BRAND_PATH), brands))
