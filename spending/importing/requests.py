"""What is asked of the importer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from spending.importing.columns import Chosen
from spending.importing.platforms import Unit

Progress = Callable[[int, int], None]
"""Told how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported, and how."""

    path: Path
    """Where the report lies."""
    brand_id: UUID
    platform: str
    unit: Unit | None = None
    columns: Chosen = field(default_factory=Chosen)
    create_campaigns: bool = False
    strict: bool = False
    force: bool = False
    name: str = ""
    """What the file is called, where it lies under another name."""

    @property
    def file_name(self) -> str:
        """Give the file's name as it can be kept: a machine may give bytes that no encoding knows."""
        return "".join(char if char.isprintable() else "�" for char in self.name or self.path.name)[:255]
