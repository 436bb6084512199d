"""Real bugs, and the tests that catch them.

    python -m tests.mutants             all of them
    python -m tests.mutants lost-lock   those whose file name has this in it
    python -m tests.mutants --check     run nothing, list the patches that no longer apply

Each `.patch` in this folder puts one bug into a copy of the project; its head says in a sentence what the bug is, which
tests must catch it, and whether they need PostgreSQL (that of `TEST_DATABASE_URL`, else a temporary one). The same
tests must pass without the bug. A patch that no longer applies is a failure: it has to follow the code.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from scripts.postgres import temporary_postgres
from scripts.servers import ServerUnavailable

FOLDER = Path(__file__).resolve().parent
PROJECT = FOLDER.parent.parent
PATIENCE = 400
"""Seconds that one mutant's tests may take."""

NEIGHBOURS = "-C1"
"""One line before and one after a change must be as the patch has them; those further off may be reworded."""

FAILED_TEST = re.compile(r"^(?:FAIL|ERROR): \w+ \(([\w.]+)\)", re.MULTILINE)
NOT_LOADED = "unittest.loader"


@dataclass(frozen=True)
class Mutant:
    """One bug, as its patch tells it."""

    name: str
    title: str
    tests: tuple[str, ...]
    on_postgres: bool

    @classmethod
    def read(cls, path: Path) -> "Mutant":
        """Read the head of a patch."""
        head = path.read_text().split("\n--- ")[0].splitlines()
        fields = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        return cls(path.stem, head[0], tuple(fields["Tests"].split()), fields.get("Database") == "postgres")


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    caught: bool
    by: str
    seconds: float


def main(chosen: Collection[str]) -> int:
    """Try the mutants, or only their patches, print the table, and return the exit status."""
    if "--check" in chosen:
        return check(sorted(FOLDER.glob("*.patch")))
    mutants = [Mutant.read(path) for path in sorted(FOLDER.glob("*.patch"))]
    mutants = [mutant for mutant in mutants if not chosen or any(part in mutant.name for part in chosen)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budget-mutants-")))
        url = os.environ.get("TEST_DATABASE_URL", "")
        if not url and any(mutant.on_postgres for mutant in mutants):
            try:
                url = stack.enter_context(temporary_postgres())
            except ServerUnavailable as error:
                print(error, file=sys.stderr)
                return 1
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            sound = [pool.submit(passes, mutants, folder, url, on_postgres=kind) for kind in (True, False)]
            outcomes = list(pool.map(partial(attempt, folder=folder, url=url), mutants))
    for outcome in outcomes:
        print(f"{'caught' if outcome.caught else 'MISSED'}  {outcome.mutant.title}")
        print(f"        {outcome.by} ({outcome.seconds:.0f} s)")
    caught = sum(outcome.caught for outcome in outcomes)
    print(f"\n{caught} of {len(outcomes)} caught")
    if broken := [text for check in sound if (text := check.result())]:
        print("Without any bug these tests must pass, and do not:", *broken, sep="\n", file=sys.stderr)
    return 0 if outcomes and caught == len(outcomes) and not broken else 1


def check(patches: Collection[Path], project: Path = PROJECT) -> int:
    """Print which patches no longer apply to a project, which is not changed, and return the exit status."""
    stale = [(patch, fault) for patch in patches if (fault := apply(patch, project, "--check"))]
    for patch, fault in stale:
        print(f"{patch.name}: {fault}")
    print(f"{len(patches) - len(stale)} of {len(patches)} patches apply")
    return 1 if stale or not patches else 0


def apply(patch: Path, project: Path, *options: str) -> str:
    """Apply a patch to a project; return why it does not apply, nothing where it does."""
    command = ["git", "apply", NEIGHBOURS, *options, str(patch)]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(project.parent)}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.stderr.strip() if done.returncode else ""


def passes(mutants: Collection[Mutant], folder: Path, url: str, *, on_postgres: bool) -> str:
    """Run the tests of all mutants on the code as it is; give what they say if they fail."""
    tests = sorted({test for mutant in mutants if mutant.on_postgres == on_postgres for test in mutant.tests})
    if not tests:
        return ""
    name = f"sound_{on_postgres}".lower()
    copy_project(folder / name)
    status, output = run(tests, folder / name, url if on_postgres else "", name)
    return output if status else ""


def attempt(mutant: Mutant, *, folder: Path, url: str) -> Outcome:
    """Put one bug into a copy and run its tests there."""
    start, copy = time.monotonic(), folder / mutant.name
    copy_project(copy)
    if fault := apply(FOLDER / f"{mutant.name}.patch", copy):
        return Outcome(mutant, False, f"the patch no longer applies: {fault}", 0)
    status, output = run(mutant.tests, copy, url if mutant.on_postgres else "", mutant.name)
    failed = FAILED_TEST.search(output)
    shutil.rmtree(copy)
    seconds = time.monotonic() - start
    if status and failed and not failed[1].startswith(NOT_LOADED):
        return Outcome(mutant, True, failed[1], seconds)
    why = f"the tests did not run: {output.strip()[-300:]}" if status else f"no test failed of {' '.join(mutant.tests)}"
    return Outcome(mutant, False, why, seconds)


def copy_project(copy: Path) -> None:
    """Copy the project as it stands in the working folder, without what git ignores."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, copy / name)


def run(tests: Collection[str], folder: Path, url: str, name: str) -> tuple[int, str]:
    """Run tests in a folder, with a database of that name; give exit status and output."""
    if url:
        url = urlsplit(url)._replace(path=f"/{name.replace('-', '_')}").geturl()
    command = [sys.executable, "manage.py", "test", "--noinput", "--failfast", *tests]
    environment = {**os.environ, "TEST_DATABASE_URL": url, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    environment.pop("BUDGET_SOAK", None)  # a bug must show in the everyday dose
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return 1, f"no answer within {PATIENCE} seconds"
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
