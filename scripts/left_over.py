"""What a run has started, found by a mark that only it has: a variable of the environment, which children inherit.

    python -m scripts.left_over NAME=VALUE

interrupts and then ends whatever carries the mark. So a run that was killed leaves nothing, and no stranger's process
is ever taken for one of its own, whatever number or name it has.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import psutil

PATIENCE = 8.0
"""Seconds that a process has to end by itself before it is killed."""


def marked(mark: str) -> list[psutil.Process]:
    """Find the processes that carry this mark, but for ourselves and those above us."""
    name, _, value = mark.partition("=")
    ourselves = psutil.Process()
    above = {ourselves, *ourselves.parents()}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it has ended, or is another user's
            if process.environ().get(name) == value and process not in above:
                found.append(process)
    return found


def end(mark: str, *, patience: float = PATIENCE) -> int:
    """End what carries this mark, each with its children in peace where they let it; return how many there were."""
    found = marked(mark)
    for process in found:
        with suppress(psutil.Error):
            if process.parent() not in found:  # a parent ends its children in its own way
                process.terminate()
    psutil.wait_procs(found, timeout=patience)
    while left := marked(mark):
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)
    return len(found)


def interrupt(mark: str) -> None:
    """Let what carries this mark end by itself, as Ctrl-C would, but for those that have a session of their own."""
    found = [process for process in marked(mark) if _session(process.pid) == _session(0)]
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGINT)
    psutil.wait_procs(found, timeout=PATIENCE / 2)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


def main(arguments: Sequence[str]) -> int:
    """End what carries the mark; return the exit status."""
    if len(arguments) != 1 or not arguments[0].partition("=")[2]:
        print("Usage: python -m scripts.left_over NAME=VALUE", file=sys.stderr)
        return 2
    interrupt(arguments[0])
    end(arguments[0], patience=PATIENCE / 2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
