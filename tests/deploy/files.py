"""What stands in deploy/, read."""

import re
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent.parent
DEPLOY: Final = ROOT / "deploy"
DOCKERFILE: Final = DEPLOY / "Dockerfile"


def steps() -> Iterator[tuple[str, str]]:
    """Return each instruction of the Dockerfile, and what follows it."""
    for line in DOCKERFILE.read_text().splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


def services() -> dict[str, dict[str, Any]]:
    """Return the services of compose.yaml."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    return found


def units() -> dict[str, list[tuple[str, str]]]:
    """Return the settings of each systemd unit, whatever section they stand in."""
    found = {}
    for path in sorted((DEPLOY / "systemd").iterdir()):
        lines = re.findall(r"^(\w+)=(.*)$", path.read_text(), re.MULTILINE)
        ConfigParser(strict=False, interpolation=None).read_string(path.read_text())  # sections, each line in one
        found[path.name] = lines
    return found
