"""Who did it: a user in the admin, a caller of the API, a command typed by a person, a scheduled task."""

from dataclasses import dataclass
from enum import StrEnum

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser


class ActorKind(StrEnum):
    """The ways into the system."""

    USER = "user"
    API = "api"
    COMMAND = "command"
    TASK = "task"


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change, kept with status events, resets and former values."""

    kind: ActorKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()

    @classmethod
    def user(cls, user: AbstractBaseUser | AnonymousUser) -> "Actor":
        """Name a logged-in person; nobody logged in is the open API."""
        return cls.api() if user.is_anonymous else cls(ActorKind.USER, user.get_username())

    @classmethod
    def api(cls) -> "Actor":
        """Name a caller of the API whose name was not asked."""
        return cls(ActorKind.API)

    @classmethod
    def command(cls, name: str) -> "Actor":
        """Name a management command that a person typed."""
        return cls(ActorKind.COMMAND, name)

    @classmethod
    def task(cls, name: str) -> "Actor":
        """Name a task of the schedule."""
        return cls(ActorKind.TASK, name)
