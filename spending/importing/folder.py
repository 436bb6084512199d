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

from budget_system.errors import ServiceError
from campaigns.models import Platform
from spending.importing.columns import Unit

log = logging.getLogger("budget_system.imports")

DONE: Final = "done"
FAILED: Final = "failed"
ENDINGS: Final = frozenset({".csv", ".tsv", ".txt"})


@dataclass(frozen=True, slots=True)
class Found:
    """A report that lies in the folder."""

    path: Path
    brand: str
    platform: str
    unit: Unit | None


class Misplaced(Exception):
    """The file lies where no platform's reports are expected, or is none of this platform."""


Work = Callable[[Found, StringIO], None]
"""Imports one report and writes down what there is to say; raises `Misplaced` and what services raise."""


def reports_in(folder: Path) -> Iterator[Path]:
    """Give the reports that wait, the oldest first; hidden files and other endings are left alone."""
    waiting = [
        path
        for path in folder.glob("*/*/*")
        if path.parts[len(folder.parts)] not in (DONE, FAILED)
        and path.is_file()
        and path.suffix.lower() in ENDINGS
        and not path.name.startswith(".")
    ]
    yield from sorted(waiting, key=lambda path: (path.stat().st_mtime_ns, path))


def whose(path: Path) -> Found:
    """Read from a report's place whose it is; raises `Misplaced`."""
    platform, _, unit = path.parent.name.partition(".")
    if platform not in Platform.values or unit not in ("", *Unit):
        known = ", ".join(Platform.values)
        raise Misplaced(
            f"The folder “{path.parent.name}” names no platform; take one of {known}, with .units or .micros after it "
            "where the unit must be said."
        )
    return Found(path, path.parent.parent.name, platform, Unit(unit) if unit else None)


def work_off(folder: Path, work: Work, *, now: datetime) -> tuple[int, int]:
    """Import what lies in the folder, move each report away, and give how many went in and how many failed."""
    counts = {DONE: 0, FAILED: 0}
    for path, went_in, said in work_through(folder, work):
        target = DONE if went_in else FAILED
        counts[target] += 1
        _move(path, folder / target / path.relative_to(folder).parent, said, now)
    return counts[DONE], counts[FAILED]


def work_through(folder: Path, work: Work) -> Iterator[tuple[Path, bool, str]]:
    """Do the work for each report in the folder, and give whether that went well and what was said."""
    for path in list(reports_in(folder)):
        said, went_in = StringIO(), False
        try:
            work(whose(path), said)
            went_in = True
        except (Misplaced, ServiceError) as refusal:
            said.write(f"{refusal}\n")
        except Exception:  # whatever one report throws must not stop the others
            log.exception("The report %s failed", path)
            said.write("It failed unexpectedly; the log has the details. Put it in again to go on where it stopped.\n")
        yield path, went_in, said.getvalue()


def _move(path: Path, target: Path, said: str, now: datetime) -> None:
    target.mkdir(parents=True, exist_ok=True)
    moved = target / path.name
    if moved.exists():
        moved = target / f"{path.stem}.{now:%Y%m%d-%H%M%S-%f}{path.suffix}"
    path.rename(moved)
    moved.with_name(f"{moved.name}.report").write_text(said, encoding="utf-8")
