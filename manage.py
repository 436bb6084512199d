#!/usr/bin/env python
"""Django's command line for the budget system."""

import os
import sys
from pathlib import Path

from budget_system.command_line import run
from budget_system.files import keep_new_files_private, tighten

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
    keep_new_files_private()
    for sentence in tighten([Path(__file__).resolve().parent / ".env"]):
        print(f"WARNING {sentence}", file=sys.stderr)
    run(sys.argv)
