"""Counts of what a run has done, as a table, and what it must have done at least."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from tests.oracle.facts import REASONS


@dataclass(frozen=True)
class Minima:
    """What a dose must come to: less of it would prove too little."""

    steps: int
    accepted: int
    """Of each operation."""
    turned: int
    """How often each `pause_reason` is reached, and left."""
    crossed: Mapping[str, int]


EVERYDAY_MINIMA = Minima(5_000, 40, 15, {"midnights": 10, "month ends": 3, "clock changes": 2})
SOAK_MINIMA = Minima(15_000, 150, 50, {"midnights": 30, "month ends": 5, "clock changes": 4})


class Tally:
    """Operations and outcomes of all runs of the machine."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.runs = 0
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reached: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.crossed: Counter[str] = Counter()
        self.zones: Counter[str] = Counter()

    @property
    def steps(self) -> int:
        """Count operations, each of which was compared."""
        return self.accepted.total() + self.refused.total()

    def turned(self, before: str | None, after: str | None) -> None:
        """Note a change of `pause_reason`."""
        if before != after:
            self.left.update([before] if before else [])
            self.reached.update([after] if after else [])

    def table(self) -> str:
        """Draw up what was done."""
        names = sorted(self.accepted | self.refused)
        lines = [f"{'operation':<28}{'accepted':>10}{'refused':>10}"]
        lines += [f"{name:<28}{self.accepted[name]:>10}{self.refused[name]:>10}" for name in names]
        lines += [f"{'all':<28}{self.accepted.total():>10}{self.refused.total():>10}", ""]
        lines += [f"{'pause_reason':<28}{'reached':>10}{'left':>10}"]
        lines += [f"{reason:<28}{self.reached[reason]:>10}{self.left[reason]:>10}" for reason in REASONS]
        lines += ["", f"{'crossed':<28}{'times':>10}"]
        lines += [f"{name:<28}{self.crossed[name]:>10}" for name in EVERYDAY_MINIMA.crossed]
        changes = ", ".join(f"{zone} {count}" for zone, count in sorted(self.zones.items()))
        return "\n".join([*lines, f"clock changes by zone: {changes}", f"{self.steps} steps in {self.runs} runs"])

    def shortfalls(self, operations: list[str], minima: Minima) -> list[str]:
        """Name what was done too rarely for the run to prove anything."""
        counts = [("steps", self.steps, minima.steps)]
        counts += [(f"accepted {name}", self.accepted[name], minima.accepted) for name in operations]
        counts += [(f"reached {reason}", self.reached[reason], minima.turned) for reason in REASONS]
        counts += [(f"left {reason}", self.left[reason], minima.turned) for reason in REASONS]
        counts += [(name, self.crossed[name], least) for name, least in minima.crossed.items()]
        return [f"{name}: {count} of {least}" for name, count, least in counts if count < least]
