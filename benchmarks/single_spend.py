"""How near one spend after the other comes to what the database can do.

    python -m benchmarks.single_spend [--campaigns 1000000]
    TEST_DATABASE_URL=postgres://… python -m benchmarks.single_spend

Books spends, one transaction each, by `spending.recording.services.record`, in turns with the same statements sent by
the database's driver alone: the same SQL, the same commit, nothing around it. Prints both rates and their ratio, on
SQLite and, where TEST_DATABASE_URL is given, on PostgreSQL; each on a database of its own that is removed afterwards.
With `--campaigns` there are so many others before, with up to a million spends: the rate should be the same.

By one process, by four with a brand each, and by eight that share one campaign. That none is lost is checked.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database

if TYPE_CHECKING:
    from benchmarks.spend_rates import Rates

ROW = "{:<12}{:>8}{:>8}{:>12}{:>16}{:>16}{:>8}"
CASES = ((1, 1), (4, 4), (8, 1))
"""How many processes, and how many brands they share."""
HERE = "--here"


def main() -> int:
    """Measure each database in a process of its own: Django is set up once in each."""
    parser = argparse.ArgumentParser(description="Measures spends, one after the other.")
    parser.add_argument("--campaigns", type=int, default=0, help="others that are there already, in hundreds")
    parser.add_argument(HERE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.here:
        measure_here(options.campaigns)
        return 0
    print(ROW.format("database", "at once", "brands", "statements", "record()", "driver alone", "ratio"), flush=True)
    status = 0
    for url in dict.fromkeys(["", os.environ.get("TEST_DATABASE_URL", "")]):
        command = [sys.executable, "-m", "benchmarks.single_spend", HERE, "--campaigns", str(options.campaigns)]
        status |= subprocess.call(command, env={**os.environ, "TEST_DATABASE_URL": url})
    return status


def measure_here(campaigns: int) -> None:
    """Measure the database of the environment, and print a line for each case."""
    with scratch_database() as vendor:
        # What is measured has models, which can be imported only now.
        measure: Callable[..., Rates] = import_string("benchmarks.spend_rates.measure")
        fill: Callable[..., object] = import_string("benchmarks.scale_data.fill")
        if campaigns:
            fill(campaigns, due=0, wake=0, large=1)
        for at_once, brands in CASES:
            rates = measure(at_once=at_once, brands=brands)
            pace = [f"{rates.service:.0f} /s", f"{rates.raw:.0f} /s", f"{rates.service / rates.raw:.0%}"]
            print(ROW.format(vendor, at_once, brands, rates.statements, *pace), flush=True)


if __name__ == "__main__":
    sys.exit(main())
