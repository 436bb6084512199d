"""Write requirements.txt, and requirements-run.txt beside it, with the hashes of every file of every pin.

    python -m scripts.requirements

What is asked for stands in pyproject.toml: in `dependencies` what the system runs with, in the group `dev` what checks
and tests it besides. Versions are those that requirements.txt names already: to add a library or to take another
version of one, write `name==version` there, anywhere, and run this. What is asked for and not pinned comes in its
newest version. The files are for every system and Python from 3.11 on, and say from no index where they come from.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent
WHOLE = FOLDER / "requirements.txt"
RUN = FOLDER / "requirements-run.txt"

HEADS: Mapping[Path, str] = {
    WHOLE: "# Everything that runs, type-checks and tests the system: written by python -m scripts.requirements.\n",
    RUN: "# The part of requirements.txt that runs the system: written by python -m scripts.requirements.\n",
}

COMPILE = (
    *("uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-header", "--no-annotate"),
)

_PIN = re.compile(r"([\w.-]+)==([^\s;\\]+)")


class UnclearPins(ValueError):
    """The pins and what is asked for do not fit together; a sentence says how."""


def name_of(text: str) -> str:
    """Spell a library's name as the index does."""
    return re.sub(r"[-_.]+", "-", text).lower()


def read_pins(text: str) -> dict[str, str]:
    """Read the version of each library. Raise `UnclearPins` where one has two."""
    pins: dict[str, str] = {}
    for line in text.splitlines():
        if (found := _PIN.match(line)) and pins.setdefault(name_of(found[1]), found[2]) != found[2]:
            raise UnclearPins(
                f"{found[1]} is pinned to {pins[name_of(found[1])]} and to {found[2]}; leave one of them."
            )
    return pins


def compiled(pins: Mapping[str, str], *groups: str) -> str:
    """Return the text of a requirements file: what is asked for, and all that comes with it, at these versions."""
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
        pins = read_pins(WHOLE.read_text())
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
    for path, text in ((WHOLE, whole), (RUN, run)):
        path.write_text(HEADS[path] + text)
        print(f"{path.name}: {len(read_pins(text))} libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
