"""The options of an import."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.platforms import Unit

Clock = Callable[[], datetime]
"""Returns the time: an import may take long, and a day may end meanwhile."""

Progress = Callable[[int, int], None]
"""Called with how much of how much is done."""


class MatchBy(StrEnum):
    """How a report's campaigns are found."""

    ID = "id"
    NAME = "name"


class OtherEntries(StrEnum):
    """What becomes of entries on a report's days that did not come from a report."""

    REPLACE = "replace"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class ChosenColumns:
    """Columns that a person named; `None` where the platform's usual names count."""

    campaign: str | None = None
    date: str | None = None
    cost: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported, and how; `None` where nobody has said it."""

    path: Path
    """Where the report lies."""
    brand_id: UUID
    platform: str
    unit: Unit | None = None
    columns: ChosenColumns = field(default_factory=ChosenColumns)
    match_by: MatchBy | None = None
    dates: DateOrder | None = None
    decimal: DecimalSign | None = None
    dates_before: DateOrder | None = None
    """What was said of an earlier report: it decides where the file itself shows nothing."""
    decimal_before: DecimalSign | None = None
    other_entries: OtherEntries | None = None
    usual: bool = False
    """Whether what was chosen for earlier reports is forgotten."""
    create_campaigns: bool = False
    strict: bool = False
    force: bool = False
    name: str = ""
    """What the file is called, where it lies under another name."""

    @property
    def file_name(self) -> str:
        """Return the file's name in a form that can be stored."""
        return storable_name(self.name or self.path.name)

    @classmethod
    def of_form(cls, options: Mapping[str, str], *, path: Path, name: str) -> "Request":
        """Return the request of a valid form of the import page, whose values are texts."""
        return cls(
            path=path,
            brand_id=UUID(options["brand"]),
            platform=options["platform"],
            unit=Unit(options["unit"]) if "unit" in options else None,
            columns=ChosenColumns(*(options.get(f"{column}_column") for column in ("campaign", "date", "cost"))),
            match_by=MatchBy(options["match_by"]) if "match_by" in options else None,
            dates=DateOrder(options["dates"]) if "dates" in options else None,
            decimal=DecimalSign(options["decimal"]) if "decimal" in options else None,
            other_entries=OtherEntries(options["other_entries"]) if "other_entries" in options else None,
            usual="usual" in options,
            create_campaigns="create_campaigns" in options,
            strict="strict" in options,
            force="force" in options,
            name=name,
        )


def storable_name(name: str) -> str:
    """Return a file's name in a form that can be stored: some file systems allow bytes that no encoding knows."""
    return "".join(char if char.isprintable() else "�" for char in name)[:255]
