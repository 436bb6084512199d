"""Make the brands, campaigns and accounts of `benchmarks.deliveries`, in the database of the environment.

    python -m benchmarks.delivery_setup SANDBOX STEADY MANY

prints the ids of the campaigns as JSON: the steady ones, then one of the many.
"""

import json
import os
import sys

import django
from django.utils import timezone


def main() -> int:
    """Make them, and print the ids."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
    django.setup()
    from benchmarks.delivery_rows import make_rows  # noqa: PLC0415  # models can be imported only now

    address, steady, many = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(json.dumps(make_rows(address, steady, many, now=timezone.now())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
