"""How the sweeps and a brand's orders grow with what is there, beside raw SQL of the same work in the same run.

    python -m benchmarks.scale [--campaigns 10000] [--due 100] [--wake 100] [--large 10000] [--only NAME …] [--profile]

On an empty database: SQLite, or PostgreSQL where TEST_DATABASE_URL is given. It is filled by SQL: 100 campaigns to a
brand, each with a window on each weekday, every second brand in UTC and the others in many zones, one campaign in a
hundred capped; `--due` campaigns whose windows open at the instant at which dayparting is measured, `--wake` whose own
cap was used up until midnight; and a brand of `--large` campaigns. Before each round the rows are put back to what they
were, and after each way it is checked what stands in them. What "the same work" is, `RawSweeps` says.
"""

import argparse
import sys
from collections.abc import Callable, Sequence

from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measures sweeps and orders beside raw SQL.")
    parser.add_argument("--campaigns", type=int, default=10_000)
    parser.add_argument("--due", type=int, default=100)
    parser.add_argument("--wake", type=int, default=100)
    parser.add_argument("--large", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="paths whose name has this in it")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with scratch_database() as vendor:
        # What is measured has models, which can be imported only now.
        measure: Callable[[str, Sequence[int], int, list[str], bool], None] = import_string(
            "benchmarks.scale_paths.measure"
        )
        size = (options.campaigns, options.due, options.wake, options.large)
        measure(vendor, size, options.rounds, options.only, options.profile)
    return 0


if __name__ == "__main__":
    sys.exit(main())
