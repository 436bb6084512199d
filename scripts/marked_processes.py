"""Finding what a run has started, by a mark that only it has: a variable of the environment, which children inherit.

    python -m scripts.marked_processes NAME=VALUE

interrupts and then ends every process with the mark. So a run that was killed leaves nothing, and no other process is
ever taken for one of its own, whatever number or name it has.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import psutil

TIMEOUT = 8.0
"""Seconds that a process has to end by itself before it is killed."""


def find_processes(mark: str) -> list[psutil.Process]:
    """Return the processes with this mark, except this one and its parents."""
    name, _, value = mark.partition("=")
    ourselves = psutil.Process()
    above = {ourselves, *ourselves.parents()}
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):  # it has ended, or is another user's
            if process.environ().get(name) == value and process not in above:
                found.append(process)
    return found


def end_processes(mark: str, *, patience: float = TIMEOUT) -> int:
    """End the processes with this mark, gracefully where possible; return how many there were."""
    found = find_processes(mark)
    for process in found:
        with suppress(psutil.Error):
            if process.parent() not in found:  # a parent ends its children in its own way
                process.terminate()
    psutil.wait_procs(found, timeout=patience)
    while left := find_processes(mark):
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(left, timeout=1)
    return len(found)


def interrupt_processes(mark: str) -> None:
    """Interrupt the processes with this mark, as Ctrl-C would, except those with a session of their own."""
    found = [process for process in find_processes(mark) if _session(process.pid) == _session(0)]
    for process in found:
        with suppress(psutil.Error):
            process.send_signal(signal.SIGINT)
    psutil.wait_procs(found, timeout=TIMEOUT / 2)


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


def main(arguments: Sequence[str]) -> int:
    """End the processes with the mark; return the exit status."""
    if len(arguments) != 1 or not arguments[0].partition("=")[2]:
        print("Usage: python -m scripts.marked_processes NAME=VALUE", file=sys.stderr)
        return 2
    interrupt_processes(arguments[0])
    end_processes(arguments[0], patience=TIMEOUT / 2)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
