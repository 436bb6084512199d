"""Write requirements.txt, and requirements-run.txt beside it, with the hashes of every file of every pin.

    python -m scripts.requirements

The direct dependencies are in pyproject.toml: in `dependencies` those of the running system, in the group `dev` those
for checks and tests. Versions are those that requirements.txt names already: to add a library or to take another
version of one, write `name==version` there, anywhere, and run this. A dependency without a pin comes in its newest
version. The files are for every system and Python from 3.11 on, and name no index.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
ALL_PINS = FOLDER / "requirements.txt"
RUN = FOLDER / "requirements-run.txt"

HEADERS: Mapping[Path, str] = {
    ALL_PINS: "# Everything that runs, type-checks and tests the system: written by python -m scripts.requirements.\n",
    RUN: "# The part of requirements.txt that runs the system: written by python -m scripts.requirements.\n",
}

COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
)

_PIN = re.compile(r"([\w.-]+)==([^\s;\\]+)")


class UnclearPins(ValueError):
    """The pins do not fit the dependencies; the message says how."""


def name_of(text: str) -> str:
    """Return a library's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", text).lower()


def read_pins(text: str) -> dict[str, str]:
    """Return the version of each library. Raise `UnclearPins` where one has two."""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        if (found := _PIN.match(line)) and pins.setdefault(name_of(found[1]), found[2]) != found[2]:
            raise UnclearPins(
                f"{found[1]} is pinned to {pins[name_of(found[1])]} and to {found[2]}; leave one of them."
            )
    return pins


def compiled(pins: Mapping[str, str], *groups: str) -> str:
    """Return the text of a requirements file: the dependencies, and everything they need, at these versions."""
    with tempfile.TemporaryDirectory() as scratch:
        constraints = Path(scratch) / "pins.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()))
        asked = [part for group in groups for part in ("--group", group)]
        command = [sys.executable, "-m", *COMPILE, "--constraint", str(constraints), *asked, "pyproject.toml"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnclearPins(done.stderr.strip())
    return done.stdout


def main() -> int:
    """Write both files; return the exit status."""
    try:
        pins = read_pins(ALL_PINS.read_text())
        whole = compiled(pins, "dev")
        found = read_pins(whole)
        if idle := sorted(pins.keys() - found.keys()):
            raise UnclearPins(
                f"Nothing asks for {', '.join(idle)}: name it in pyproject.toml, in `dependencies` where the system "
                "runs with it, else in the group `dev`; or take it out of requirements.txt."
            )
        run = compiled(found)
    except UnclearPins as error:
        print(error, file=sys.stderr)
        return 1
    for path, text in ((ALL_PINS, whole), (RUN, run)):
        path.write_text(HEADERS[path] + text)
        print(f"{path.name}: {len(read_pins(text))} libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
