"""How many rows a second go in by bulk and by import, beside raw SQL of the same work in the same run.

    python -m benchmarks.feeds [--rows 50000] [--profile]

On an empty database: SQLite, or PostgreSQL where TEST_DATABASE_URL is given. What "the same work" is, `RawLedger` says.
An import is measured with a campaign-day in every row of the report, which is the dearest case, and with ten rows to
each, the usual one (a platform's report is split by ad group, device or hour); then the same file again, of which
nothing is new, and with every figure restated. Bulk is measured in calls of 1,000 rows: the service alone beside the
SQL, and the whole HTTP request, from the bytes that come to the bytes that go, beside the SQL between `json.loads` and
`json.dumps`. With `--profile` it says after each where its time went.
"""

import argparse
import sys
from collections.abc import Callable

from django.core.management import call_command
from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measures bulk and import beside raw SQL.")
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    with scratch_database() as vendor:
        # What is measured has models, which can be imported only now.
        measure: Callable[[str, int, bool], None] = import_string("benchmarks.feed_rates.measure")
        measure(vendor, options.rows, options.profile)
        call_command("check_totals", stdout=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
