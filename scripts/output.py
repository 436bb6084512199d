"""The output of `run_all.sh`, its own and relayed: lines for the terminal, or JSON objects for a log collector."""

import json
import logging
import re
import sys
from collections.abc import Iterable
from contextlib import suppress

from budget_system.operations.log_lines import JSON, env_log_format, format_line

# `4321:M 11 Mar 2026 12:00:00.000 * Ready to accept connections unix`, and what its marks mean.
_OF_REDIS = re.compile(r"\d+:\w \d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} ([.*#-]) (.*)")
_LEVELS = {".": logging.DEBUG, "-": logging.INFO, "*": logging.INFO, "#": logging.WARNING}
_COLOURS = {"web": 36, "worker": 33, "beat": 35, "broker": 32}


def log_collector() -> bool:
    """Return whether a log collector reads the output, and what it keeps."""
    return env_log_format() == JSON


def announce(sentence: str, level: int = logging.INFO) -> None:
    """Print a line for the person who started it."""
    text = format_line(level, " ".join(sentence.split()), service="manager") if log_collector() else sentence
    print(text, file=sys.stderr if level >= logging.ERROR else sys.stdout, flush=True)


def relay_lines(name: str, output: Iterable[bytes] | None) -> None:
    """Write each line of a process's output, with its name, until it ends."""
    prefix = f"{name:<6} | "
    if sys.stdout.isatty():
        prefix = f"\033[{_COLOURS[name]}m{prefix}\033[0m"
    for line in output or ():
        text = line.decode(errors="replace").rstrip("\n")
        if not log_collector():
            write(prefix + text)
        elif text.strip():
            write(as_object(name, text))


def as_object(name: str, text: str) -> str:
    """Return a line of a process as one JSON object that names the process, whatever wrote it."""
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return json.dumps({"service": name, **fields})
    of_broker = _OF_REDIS.fullmatch(text)
    level = _LEVELS[of_broker[1]] if of_broker else logging.INFO
    return format_line(level, of_broker[2] if of_broker else text, form=JSON, service=name)


def write(text: str) -> None:
    """Write a line; a closed terminal must not keep us from ending what we started."""
    with suppress(OSError):
        print(text, flush=True)
