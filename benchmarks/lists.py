"""How long a page of a list takes, and how many queries, as the system grows.

    python -m benchmarks.lists [--campaigns 10000] [--rounds 7] [--only NAME …]

On a database of its own: SQLite, or PostgreSQL where TEST_DATABASE_URL is given, filled with campaigns (100 to a brand,
seven windows each) and up to a million spends. Each page is asked for through the whole of Django, with a token as a
program does, or with a session as a browser does; printed are the median of the rounds, and the queries, of which the
first few are for who asks (`/api/` itself: what they alone take). A page by key is the one behind half of the rows.
"""

import argparse
import sys
from collections.abc import Callable

from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database


def main() -> int:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measures pages of lists.")
    parser.add_argument("--campaigns", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="pages whose name has this in it")
    options = parser.parse_args()
    with scratch_database() as vendor:
        # What is measured has models, which can be imported only now.
        measure: Callable[[str, int, int, list[str]], None] = import_string("benchmarks.list_pages.measure")
        measure(vendor, options.campaigns, options.rounds, options.only)
    return 0


if __name__ == "__main__":
    sys.exit(main())
