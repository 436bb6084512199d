#!/usr/bin/env python
"""Django's command line for the budget system."""

import gc
import logging
import os
import sys
from pathlib import Path

from scripts.libraries import explain_missing

gc.set_threshold(20_000)  # what is imported stays: looking for garbage in it took a twelfth of a start
explain_missing()  # first of all: what is imported next may be missing

from budget_system.operations.command_line import run  # noqa: E402
from budget_system.operations.file_permissions import keep_new_files_private, restrict_permissions  # noqa: E402
from budget_system.operations.log_lines import format_line  # noqa: E402

if __name__ == "__main__":
    if sys.argv[1:2] == ["test"]:
        os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # whatever the shell says: never those of production
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budget_system.settings")
    keep_new_files_private()
    for sentence in restrict_permissions([Path(__file__).resolve().parent / ".env"]):
        print(format_line(logging.WARNING, sentence), file=sys.stderr)
    run(sys.argv)
