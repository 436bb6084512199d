"""A folder into which reports are put: `<brand>/<platform>/report.csv`, imported and then moved away.

The folder of a platform whose reports have no known unit says it: `other.units`, `other.micros`. What went in is moved
to `done/<brand>/<platform>/`, what was refused or stopped to `failed/…`, each with what was said of it beside it.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Final

from budget_system.core.errors import ServiceError
from campaigns.models import Platform
from spending.imports.platforms import Unit

log = logging.getLogger("budget_system.imports")

DONE: Final = "done"
FAILED: Final = "failed"
ENDINGS: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".zip", ".gz", ".pdf"})
"""The last ones are no texts: they fail, with a word on it, instead of lying there for ever."""


@dataclass(frozen=True, slots=True)
class Found:
    """A report that lies in the folder."""

    path: Path
    brand: str
    platform: str
    unit: Unit | None


class Misplaced(Exception):
    """The file lies where no platform's reports are expected, or is none of this platform."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a report."""

    path: Path
    went_in: bool
    bad_lines: int
    """Lines that were not booked, of a report that went in."""
    said: str


Work = Callable[[Found, StringIO], int]
"""Imports one report, writes down what there is to say, and gives how many lines were bad; raises `Misplaced` and what
services raise."""


def reports_in(folder: Path) -> Iterator[Path]:
    """Yield the reports that wait, the oldest first, wherever they lie; hidden files and other endings stay there."""
    waiting = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if parts[0] not in (DONE, FAILED) and not hidden and path.suffix.lower() in ENDINGS and path.is_file():
            waiting.append(path)
    yield from sorted(waiting, key=lambda path: (path.stat().st_mtime_ns, path))


def whose(path: Path, folder: Path) -> Found:
    """Read from a report's place whose it is. Raise `Misplaced`."""
    place = path.relative_to(folder).parts
    if len(place) != 3:
        raise Misplaced(f"The report lies at “{Path(*place)}”; put it into <brand>/<platform>/.")
    brand, folder_name, _ = place
    platform, _, unit = folder_name.partition(".")
    if platform not in Platform.values or unit not in ("", *Unit):
        known = ", ".join(Platform.values)
        raise Misplaced(
            f"The folder “{folder_name}” names no platform; take one of {known}, with .units or .micros after it "
            "where the unit must be said."
        )
    return Found(path, brand, platform, Unit(unit) if unit else None)


def work_off(folder: Path, work: Work, *, now: datetime) -> Iterator[Outcome]:
    """Import what lies in the folder, move each report away, and return what became of it."""
    for outcome in work_through(folder, work):
        target = DONE if outcome.went_in else FAILED
        _move(outcome.path, folder / target / outcome.path.relative_to(folder).parent, outcome.said, now)
        yield outcome


def work_through(folder: Path, work: Work) -> Iterator[Outcome]:
    """Do the work for each report in the folder, and return what came of it."""
    for path in list(reports_in(folder)):
        said, bad_lines, went_in = StringIO(), 0, False
        try:
            bad_lines = work(whose(path, folder), said)
            went_in = True
        except (Misplaced, ServiceError) as refusal:
            said.write(f"{refusal}\n")
        except Exception:  # whatever one report throws must not stop the others
            log.exception("The report %s failed", path, extra={"event": "import_failed", "path": str(path)})
            said.write("It failed unexpectedly; the log has the details. Put it in again to go on where it stopped.\n")
        yield Outcome(path, went_in, bad_lines, said.getvalue())


def _move(path: Path, target: Path, said: str, now: datetime) -> None:
    target.mkdir(parents=True, exist_ok=True)
    moved = target / path.name
    if moved.exists():
        moved = target / f"{path.stem}.{now:%Y%m%d-%H%M%S-%f}{path.suffix}"
    path.rename(moved)
    moved.with_name(f"{moved.name}.report").write_text(said, encoding="utf-8")
