"""Every benchmark, one after the other: ours beside raw SQL of the same work, in one run each.

    python -m benchmarks [--size 10k|100k|1m] [--only record post feeds sweeps lists pages deliveries]
    python -m scripts.postgres python -m benchmarks

On SQLite, and on PostgreSQL where TEST_DATABASE_URL is given. Each is a module of its own here, whose first lines say
what it measures and which options it takes beside; what came of it stands in docs/performance.md.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

SIZES: Final = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}
"""Campaigns."""

BENCHMARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "record": ("single_spend", "--campaigns", "{campaigns}"),
    "post": ("post_spend",),
    "feeds": ("feeds",),
    "sweeps": ("scale", "--campaigns", "{campaigns}"),
    "lists": ("lists", "--campaigns", "{campaigns}"),
    "pages": ("pages", "--campaigns", "{campaigns}"),
    "deliveries": ("deliveries",),
}
"""The module of each, and its arguments."""


def main() -> int:
    """Run them; return 1 where one failed."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measures everything beside raw SQL.")
    parser.add_argument("--size", choices=SIZES, default="10k", help="how many campaigns there are")
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    options = parser.parse_args()
    failed = []
    for name in options.only:
        module, *arguments = (part.format(campaigns=SIZES[options.size]) for part in BENCHMARKS[name])
        print(f"\n== {name}: python -m benchmarks.{' '.join([module, *arguments])}\n", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{module}", *arguments]).returncode:
            failed.append(name)
    if failed:
        print(f"\nFailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
