"""A folder into which reports are put: `<brand>/<platform>/report.csv`, imported and then moved away.

The folder of a platform whose reports have no known unit names it: `other.units`, `other.micros`. What was imported is
moved to `done/<brand>/<platform>/`, what was refused or failed to `failed/…`, each with a file beside it that says what
happened.
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
from spending.imports.requests import Clock, storable_name

log = logging.getLogger("budget_system.imports")

DONE: Final = "done"
FAILED: Final = "failed"
SUFFIXES: Final = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xls", ".zip", ".gz", ".pdf"})
"""The last ones are no texts: they fail, with a message, instead of lying there for ever."""


@dataclass(frozen=True, slots=True)
class FoundReport:
    """A report in the folder."""

    path: Path
    brand: str
    platform: str
    unit: Unit | None


class Misplaced(Exception):
    """The file is not in the folder of a platform, or is no report of that platform."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a report."""

    path: Path
    imported: bool
    bad_lines: int
    """Lines that were not booked, of a report that went in."""
    message: str
    refusal: str
    """Why it was not imported; the message ends with it."""


Work = Callable[[FoundReport, StringIO], int]
"""Imports one report, writes its messages, and returns how many lines were bad; raises `Misplaced` and what services
raise.
"""


def waiting_reports(folder: Path) -> Iterator[Path]:
    """Yield the waiting reports, the oldest first, in any folder; hidden files and other suffixes are left alone."""
    waiting = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") for part in parts)
        if parts[0] not in (DONE, FAILED) and not hidden and path.suffix.lower() in SUFFIXES and path.is_file():
            waiting.append(path)
    yield from sorted(waiting, key=lambda path: (path.stat().st_mtime_ns, path))


def parse_location(path: Path, folder: Path) -> FoundReport:
    """Return whose report lies at a path. Raise `Misplaced`."""
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
    return FoundReport(path, brand, platform, Unit(unit) if unit else None)


def named_owner(path: Path, folder: Path) -> tuple[str, str]:
    """Return the brand that a path in the folder names, and the platform; each is empty where it names none."""
    place = path.relative_to(folder).parts
    brand = storable_name(place[0]) if len(place) > 1 else ""
    platform = place[1].partition(".")[0] if len(place) > 2 else ""
    return brand, platform if platform in Platform.values else ""


def import_folder(
    folder: Path, work: Work, *, note_refusal: Callable[[FileOutcome], object], clock: Clock
) -> Iterator[FileOutcome]:
    """Import the reports in the folder, move each away, and yield what became of it; a refusal is noted before that, so
    that it is known also where the run ends between the two.
    """
    for outcome in process_reports(folder, work):
        if not outcome.imported:
            note_refusal(outcome)
        target = DONE if outcome.imported else FAILED
        _move(outcome.path, folder / target / outcome.path.relative_to(folder).parent, outcome.message, clock())
        yield outcome


def process_reports(folder: Path, work: Work) -> Iterator[FileOutcome]:
    """Do the work for each report in the folder, and yield what became of it."""
    for path in list(waiting_reports(folder)):
        output, bad_lines, refusal = StringIO(), 0, ""
        try:
            bad_lines = work(parse_location(path, folder), output)
        except (Misplaced, ServiceError) as error:
            refusal = str(error)
        except Exception:  # whatever one report throws must not stop the others
            log.exception("The report %s failed", path, extra={"event": "import_failed", "path": str(path)})
            refusal = "It failed unexpectedly; the log has the details. Put it in again to go on where it stopped."
        if refusal:
            output.write(f"{refusal}\n")
        yield FileOutcome(path, not refusal, bad_lines, output.getvalue(), refusal)


def _move(path: Path, target: Path, message: str, now: datetime) -> None:
    target.mkdir(parents=True, exist_ok=True)
    moved = target / path.name
    if moved.exists():
        moved = target / f"{path.stem}.{now:%Y%m%d-%H%M%S-%f}{path.suffix}"
    path.rename(moved)
    moved.with_name(f"{moved.name}.report").write_text(message, encoding="utf-8")
