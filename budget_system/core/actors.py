"""Who makes a change, and what they may see and change: a user, a caller of the API, a command, a scheduled task."""

from collections.abc import Container
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from budget_system.core.errors import Forbidden


class ActorKind(StrEnum):
    """The ways into the system."""

    USER = "user"
    API = "api"
    COMMAND = "command"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class BrandAccess:
    """What somebody may see and change: the brands' ids, `None` for all there are, archived ones too.

    `administrator` may also change what belongs to no brand, and take decisions about whole brands. A role in every
    brand is not `None`: it is a container, see `brands.access.memberships.EveryBrand`, without archived brands.
    """

    reads: Container[UUID] | None
    writes: Container[UUID] | None
    administrator: bool = False

    def sees(self, brand_id: UUID) -> bool:
        """Return whether a brand, and what belongs to it, exists for this actor."""
        return self.reads is None or brand_id in self.reads

    def may_write(self, brand_id: UUID) -> bool:
        """Return whether this actor may change a brand and what belongs to it."""
        return self.writes is None or brand_id in self.writes


FULL_ACCESS = BrandAccess(reads=None, writes=None, administrator=True)
NO_ACCESS = BrandAccess(reads=frozenset(), writes=frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, recorded with status events, resets and changes; and what they may do.

    Commands and tasks access everything: whoever may start them controls the machine.
    """

    kind: ActorKind
    name: str = ""
    access: BrandAccess = field(default=FULL_ACCESS, repr=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

    def require_write(self, brand_id: UUID) -> None:
        """Raise `Forbidden` for a brand that is visible and may not be changed."""
        if self.access.sees(brand_id) and not self.access.may_write(brand_id):
            raise Forbidden

    def require_administrator(self) -> None:
        """Raise `Forbidden` unless this is an administrator."""
        if not self.access.administrator:
            raise Forbidden("Only an administrator may do this.")

    def require_self_or_administrator(self, user: AbstractBaseUser) -> None:
        """Raise `Forbidden` unless this is that user, or an administrator."""
        if self.kind != ActorKind.USER or self.name != user.get_username():
            self.require_administrator()

    @classmethod
    def user(cls, user: AbstractBaseUser | AnonymousUser, access: BrandAccess) -> "Actor":
        """Return the actor for a logged-in person; an anonymous one is an unnamed caller of the API."""
        return cls.api(access) if user.is_anonymous else cls(ActorKind.USER, user.get_username(), access)

    @classmethod
    def api(cls, access: BrandAccess = FULL_ACCESS) -> "Actor":
        """Return the actor for an unnamed caller of the API."""
        return cls(ActorKind.API, access=access)

    @classmethod
    def command(cls, name: str) -> "Actor":
        """Return the actor for a management command that a person typed."""
        return cls(ActorKind.COMMAND, name)

    @classmethod
    def task(cls, name: str) -> "Actor":
        """Return the actor for a scheduled task."""
        return cls(ActorKind.TASK, name)
