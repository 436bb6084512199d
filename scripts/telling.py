"""What `run_all.sh` itself says: sentences for who started it, or JSON objects for a collector."""

import logging
import sys

from budget_system.log_lines import JSON, chosen_form, line


def collected() -> bool:
    """Say whether a collector reads along, and what it keeps."""
    return chosen_form() == JSON


def say(sentence: str, level: int = logging.INFO) -> None:
    """Tell who started it."""
    text = line(level, " ".join(sentence.split()), service="manager") if collected() else sentence
    print(text, file=sys.stderr if level >= logging.ERROR else sys.stdout, flush=True)
