"""What the garbage collector need not check."""

import gc


def freeze_loaded() -> None:
    """Exclude everything loaded so far from garbage collection, once a process has loaded all it needs.

    Checking it again and again would take a fifth of the time of an import or a bulk call.
    """
    gc.freeze()
