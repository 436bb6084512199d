"""Both requirements files: what they pin is what the system asks for, and production needs nothing of the rest."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from importlib import metadata
from io import StringIO
from pathlib import Path
from typing import cast
from unittest.mock import patch

from django.test import SimpleTestCase, tag
from packaging.markers import default_environment
from packaging.requirements import Requirement

from scripts import requirements
from scripts.requirements import ALL_PINS, RUN, UnclearPins, name_of, read_pins

FOLDER = Path(__file__).resolve().parent.parent
ASKED = tomllib.loads((FOLDER / "pyproject.toml").read_text())
RUNS_WITH: list[str] = ASKED["project"]["dependencies"]
DEV: list[str] = ASKED["dependency-groups"]["dev"]

ENTRY = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[\w.]+)(?: ; (?P<marker>[^\\\n]+?))?(?: \\\n {4}--hash=sha256:[0-9a-f]{64})+\n"
)

IMPORT_ALL = """
import pkgutil, sys
FORBIDDEN = set(sys.argv[1].split())
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"production has no {name}", name=name)
sys.meta_path.insert(0, Refuse())
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "budget_system.settings"
django.setup()
from django.core.management import call_command
call_command("check")
import importlib
count = 0
for root in ("brands", "budget_system", "campaigns", "scheduling", "scripts", "spending", "tasks"):
    package = importlib.import_module(root)
    for found in pkgutil.walk_packages(package.__path__, root + "."):
        if ".tests" not in found.name:
            importlib.import_module(found.name)
            count += 1
print(count)
"""


def entries(path: Path) -> dict[str, str]:
    """Return the text of each library's entry; raises `AssertionError` where the file holds anything else."""
    head, _, text = path.read_text().partition("\n")
    assert head.startswith("# "), head
    found = list(ENTRY.finditer(text))
    assert "".join(entry[0] for entry in found) == text, "something else than pins with their hashes"
    return {entry["name"]: entry[0] for entry in found}


def closure(asked: Iterable[str]) -> set[str]:
    """Name what is asked for and all that comes with it on this machine, by what the installed libraries say."""
    waiting = [Requirement(text) for text in asked]
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            key = (name_of(wanted.name), extra)
            if key in seen:
                continue
            seen.add(key)
            environment = cast("dict[str, str]", {**default_environment(), "extra": extra})
            for text in metadata.requires(wanted.name) or ():
                needed = Requirement(text)
                if needed.marker is None or needed.marker.evaluate(environment):
                    waiting.append(needed)
    return {name for name, _ in seen}


def here(path: Path) -> set[str]:
    """Name what a file pins for this machine."""
    markers = {entry["name"]: entry["marker"] for entry in ENTRY.finditer(path.read_text())}
    return {name for name, marker in markers.items() if not marker or Requirement(f"x; {marker}").marker.evaluate()}  # type: ignore[union-attr]  # there is one


class PinTests(SimpleTestCase):
    def test_the_part_that_runs_is_a_part_of_the_whole_to_the_letter(self) -> None:
        whole, run = entries(ALL_PINS), entries(RUN)

        self.assertEqual({name: whole.get(name) for name in run}, run)
        self.assertGreater(len(run), 40)
        self.assertGreater(len(whole), len(run) + 20)

    def test_each_file_pins_what_is_asked_for_with_all_that_comes_with_it_and_nothing_else(self) -> None:
        self.assertEqual(here(RUN), closure(RUNS_WITH))
        self.assertEqual(here(ALL_PINS), closure([*RUNS_WITH, *DEV]))

    def test_what_is_installed_is_what_is_pinned(self) -> None:
        pins = read_pins(ALL_PINS.read_text())
        self.assertEqual(
            {name: metadata.version(name) for name in here(ALL_PINS)},
            {n: pins[n] for n in here(ALL_PINS)},
        )

    def test_what_nobody_asks_for_or_is_pinned_twice_is_refused_and_nothing_is_written(self) -> None:
        before = ALL_PINS.read_text()
        with (
            patch.object(requirements, "compiled", return_value="django==5.2.19\n"),
            patch.object(
                requirements, "read_pins", side_effect=[{"django": "5.2.19", "left-pad": "1"}, {"django": "5"}]
            ),
            patch("sys.stderr", StringIO()) as errors,
        ):
            self.assertEqual(requirements.main(), 1)
        self.assertIn("Nothing asks for left-pad: name it in pyproject.toml", errors.getvalue())
        self.assertEqual(ALL_PINS.read_text(), before)
        with self.assertRaisesMessage(UnclearPins, "A is pinned to 1 and to 2"):
            read_pins("a==1 \\\n    --hash=sha256:00\nA==2 ; python_version < '4'\n")


@tag("processes")
class ImportTests(SimpleTestCase):
    def test_what_runs_imports_nothing_that_production_does_not_install(self) -> None:
        run = here(RUN)
        forbidden = [
            module
            for module, owners in metadata.packages_distributions().items()
            if not {name_of(owner) for owner in owners} & run
        ]
        self.assertLessEqual({"mypy", "pytest", "hypothesis", "pip", "setuptools"}, set(forbidden))

        done = subprocess.run(
            [sys.executable, "-c", IMPORT_ALL, " ".join(forbidden)],
            cwd=FOLDER,
            env={"SECRET_KEY": "only-for-tests-" * 5, "DEBUG": "true", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )

        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertGreater(int(done.stdout.split()[-1]), 150)
