"""Bars that show on a terminal how far an import or undo is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as rich_progress
from rich.console import Console

from spending.imports.requests import Progress


@contextmanager
def progress_bars(wanted: bool) -> Iterator[Callable[[str], Progress | None]]:
    """Yield a function that adds a bar for a part of the work, on standard error if that is a terminal."""
    if not wanted:
        yield lambda _: None
        return
    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TextColumn("{task.percentage:>3.0f}%"),
    )
    console = Console(stderr=True)
    with rich_progress.Progress(
        *columns, rich_progress.TimeRemainingColumn(), console=console, disable=not console.is_terminal
    ) as bars:

        def add_bar(what: str) -> Progress:
            task = bars.add_task(what, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield add_bar
