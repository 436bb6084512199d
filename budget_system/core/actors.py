"""Who did it, and how far that one's reach goes: a user, a caller of the API, a command, a scheduled task."""

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
class Reach:
    """What somebody may see and change: the brands' ids, `None` for all there are, archived ones too.

    `administrator` may also do what belongs to no brand, or decides over brands as a whole. A role in every brand is no
    `None`: it is a container, see `brands.access.memberships.EveryBrand`, that leaves out what members do not see.
    """

    reads: Container[UUID] | None
    writes: Container[UUID] | None
    administrator: bool = False

    def sees(self, brand_id: UUID) -> bool:
        """Return whether a brand, and what belongs to it, exists for this one."""
        return self.reads is None or brand_id in self.reads

    def may_write(self, brand_id: UUID) -> bool:
        """Return whether this one may change a brand and what belongs to it."""
        return self.writes is None or brand_id in self.writes


EVERYWHERE = Reach(reads=None, writes=None, administrator=True)
NOWHERE = Reach(reads=frozenset(), writes=frozenset())


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, kept with status events, resets and former values; and what that one may do.

    Commands and tasks reach everywhere: who may start them has the machine.
    """

    kind: ActorKind
    name: str = ""
    reach: Reach = field(default=EVERYWHERE, repr=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

    def require_write(self, brand_id: UUID) -> None:
        """Raise `Forbidden` for a brand that this one sees and may not change."""
        if self.reach.sees(brand_id) and not self.reach.may_write(brand_id):
            raise Forbidden

    def require_administrator(self) -> None:
        """Raise `Forbidden` unless this one is an administrator."""
        if not self.reach.administrator:
            raise Forbidden("Only an administrator may do this.")

    def require_self_or_administrator(self, user: AbstractBaseUser) -> None:
        """Raise `Forbidden` unless this one is that user, or an administrator."""
        if self.kind != ActorKind.USER or self.name != user.get_username():
            self.require_administrator()

    @classmethod
    def user(cls, user: AbstractBaseUser | AnonymousUser, reach: Reach) -> "Actor":
        """Name a logged-in person; nobody logged in is a caller of the API whose name was not asked."""
        return cls.api(reach) if user.is_anonymous else cls(ActorKind.USER, user.get_username(), reach)

    @classmethod
    def api(cls, reach: Reach = EVERYWHERE) -> "Actor":
        """Name a caller of the API whose name was not asked."""
        return cls(ActorKind.API, reach=reach)

    @classmethod
    def command(cls, name: str) -> "Actor":
        """Name a management command that a person typed."""
        return cls(ActorKind.COMMAND, name)

    @classmethod
    def task(cls, name: str) -> "Actor":
        """Name a task of the schedule."""
        return cls(ActorKind.TASK, name)
