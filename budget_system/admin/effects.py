"""What a save does to campaigns, in a person's words: before it is done, and afterwards, by name."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from budget_system.core.tags import tag_of
from budget_system.core.text import counted

NAMES_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Named:
    """Rows as a sentence tells of them: the first ones by name, and how many there are."""

    count: int = 0
    names: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return self.count > 0

    def __str__(self) -> str:
        more = self.count - len(self.names)
        listed = ", ".join(self.names)
        return f"{listed} and {more:,} more" if more > 0 else listed


@dataclass(frozen=True, slots=True)
class Effect:
    """What became of campaigns by one change, or would."""

    paused: Named = field(default_factory=Named)
    paused_for: str = ""
    """The reason, where all have the same."""
    woken: Named = field(default_factory=Named)
    asleep: Sequence[tuple[int, str]] = ()
    """How many lost one reason and stay paused for another, and which that is."""

    @property
    def changes_status(self) -> bool:
        """Whether a campaign stops or starts."""
        return bool(self.paused or self.woken)

    def said_before(self) -> list[str]:
        """Return what would happen, a sentence each."""
        said = []
        if self.paused:
            reason = f" ({self.paused_for})" if self.paused_for else ""
            said.append(
                f"{counted(self.paused.count, 'campaign', 'campaigns')} would pause now{reason}: {self.paused}."
            )
        if self.woken:
            said.append(f"{counted(self.woken.count, 'campaign wakes', 'campaigns wake')} now: {self.woken}.")
        said += [f"{counted(count, 'campaign stays', 'campaigns stay')} paused: {why}." for count, why in self.asleep]
        return said

    def said_after(self) -> str:
        """Return what has happened, in one line; empty where nothing has."""
        said = []
        if self.paused:
            said.append(f"Paused{f' ({self.paused_for})' if self.paused_for else ''}: {self.paused}.")
        if self.woken:
            said.append(f"Woke: {self.woken}.")
        said += [f"{counted(count, 'stays', 'stay')} paused: {why}." for count, why in self.asleep]
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class SaveQuestion:
    """What is asked before a change is saved."""

    row: str
    changes: Sequence[str]
    effect: Effect
    lifted: Sequence[str]

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to ask."""
        return self.effect.changes_status or bool(self.lifted)

    @property
    def title(self) -> str:
        """What is asked, in one line."""
        return f"Save “{self.row}”?"

    @property
    def answer(self) -> str:
        """What a confirmation of this very question sends: where more would happen by then, it is asked again."""
        effect = self.effect
        return tag_of([*self.changes, effect.paused.count, effect.woken.count, *self.lifted])


class Unconfirmed(Exception):
    """A change that was tried, must be asked about first, and is undone."""

    def __init__(self, question: SaveQuestion) -> None:
        self.question = question
        super().__init__(question.title)
