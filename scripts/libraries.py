"""One sentence where a library is missing, or the Python too old, instead of a traceback.

Called before anything else is imported, so it needs nothing itself, and an older Python can read it too.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType

FOLDER = Path(__file__).resolve().parent.parent


def explain_missing() -> None:
    """Print, from here on, how to get a library that is missing; `--traceback` shows everything."""
    if sys.version_info < (3, 11):  # noqa: UP036 # asked of whatever Python somebody has typed
        sys.exit(f"ERROR Python 3.11 or newer is needed, and this is {sys.version.split()[0]}; {_way()}")
    sys.excepthook = _explain


def _explain(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    missing = _missing(error)
    if missing and "--traceback" not in sys.argv:
        print(f"ERROR The library {missing} is not installed; {_way()}", file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, traceback)


def _missing(error: BaseException | None) -> str:
    """Return the missing library that caused an error; `None` where it has another cause."""
    while error is not None:
        name = ((isinstance(error, ModuleNotFoundError) and error.name) or "").partition(".")[0]
        if name and not (FOLDER / name).exists() and not (FOLDER / f"{name}.py").exists():
            return name
        error = error.__cause__
    return ""


def _way() -> str:
    """Return how to get the libraries: where they are already, by making them, or by installing what is missing."""
    made = FOLDER / "venv"
    if Path(sys.prefix).resolve() == made.resolve() or sys.prefix != sys.base_prefix:
        return f"run {sys.executable} -m pip install -r requirements.txt, then this again."
    if (made / "bin" / "python").exists():
        return "run this with venv/bin/python, where all libraries are."
    return "run ./run_all.sh, which installs all libraries into venv/, and this with venv/bin/python then."
