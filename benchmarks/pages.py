"""How long the admin's pages take, and how many queries, as the system grows: the same number at ten times the rows.

    python -m benchmarks.pages [--campaigns 100000] [--rounds 7] [--only NAME …] [--profile]

On databases of its own: SQLite, or PostgreSQL where TEST_DATABASE_URL is given (`python -m scripts.postgres python -m
benchmarks.pages`), filled with a tenth of the campaigns first, then with all of them: 100 to a brand, up to a million
spends. Each page is asked for through the whole of Django, by an administrator with a session. Printed are the queries
of both sizes and the median of the rounds. It fails where a page takes more queries in the larger system, or its median
is above 300 ms.
"""

import argparse
import sys
from collections.abc import Callable
from typing import Final

from django.utils.module_loading import import_string

from benchmarks.scratch import scratch_database

Figures = dict[str, tuple[int, float]]
"""Of each page: queries, and milliseconds."""

MOST_MILLISECONDS: Final = 300
ROW: Final = "| {:<34} | {:>9} | {:>9} | {:>9} |"


def main() -> int:
    """Measure both sizes, and print a table; return the exit status."""
    parser = argparse.ArgumentParser(description="Measures pages of the admin.")
    parser.add_argument("--campaigns", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="pages whose name has this in it")
    parser.add_argument("--profile", action="store_true", help="print where the time of each page goes")
    options = parser.parse_args()
    few = _measured(options.campaigns // 10, 1, options.only, False)
    many = _measured(options.campaigns, options.rounds, options.only, options.profile)
    print(ROW.format("page", "queries", "of a 10th", "ms"))
    print(ROW.format("---", "---", "---", "---"))
    for name, (queries, milliseconds) in many.items():
        print(ROW.format(name, queries, few[name][0], f"{milliseconds:.0f}"))
    failed = [
        name
        for name, (queries, milliseconds) in many.items()
        if queries > few[name][0] or milliseconds > MOST_MILLISECONDS
    ]
    if failed:
        print(f"More queries in the larger system, or above {MOST_MILLISECONDS} ms: {', '.join(failed)}")
    return int(bool(failed))


def _measured(campaigns: int, rounds: int, only: list[str], profile: bool) -> Figures:
    with scratch_database():
        # What is measured has models, which can be imported only now.
        measure: Callable[[int, int, list[str], bool], Figures] = import_string("benchmarks.admin_pages.measure")
        return measure(campaigns, rounds, only, profile)


if __name__ == "__main__":
    sys.exit(main())
