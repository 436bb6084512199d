"""How near `POST /api/spends/` comes to the smallest view of the framework that sends the same statements.

    python -m benchmarks.post_spend
    TEST_DATABASE_URL=postgres://… python -m benchmarks.post_spend

Starts the web server as `run_all.sh` does, with both served in the same processes, and POSTs spends with a token, to
one and the other in turns, over one connection and over eight. Prints both rates and their ratio, on SQLite and, where
TEST_DATABASE_URL is given, on PostgreSQL; each on a database of its own that is removed afterwards.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database

if TYPE_CHECKING:
    from benchmarks.post_rates import Rates

ROW = "{:<12}{:>8}{:>12}{:>12}{:>12}{:>8}"
AT_ONCE = (1, 8)
HERE = "--here"


def main() -> int:
    """Measure each database in a process of its own: Django is set up once in each."""
    if HERE in sys.argv[1:]:
        with scratch_database() as vendor:
            # What is measured has models, which can be imported only now.
            measure: Callable[[tuple[int, ...]], Iterator[Rates]] = import_string("benchmarks.post_rates.measure")
            for at_once, rates in zip(AT_ONCE, measure(AT_ONCE), strict=True):
                pace = [f"{rates.ours:.0f} /s", f"{rates.small:.0f} /s", f"{rates.ours / rates.small:.0%}"]
                print(ROW.format(vendor, at_once, rates.statements, *pace), flush=True)
        return 0
    print(ROW.format("database", "at once", "statements", "ours", "smallest", "ratio"), flush=True)
    status = 0
    for url in dict.fromkeys(["", os.environ.get("TEST_DATABASE_URL", "")]):
        command = [sys.executable, "-m", "benchmarks.post_spend", HERE]
        status |= subprocess.call(command, env={**os.environ, "TEST_DATABASE_URL": url})
    return status


if __name__ == "__main__":
    sys.exit(main())
