"""What the costs of a report are in: never guessed from the numbers."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Final

from budget_system.core.text import excerpt
from campaigns.models import Platform
from spending.imports.cells.costs import parse_cost
from spending.imports.cells.parsing import EXACT_CONTEXT, BadCell
from spending.imports.files.reading import FileForm, read_lines
from spending.imports.platforms import Unit
from spending.imports.refusals import Unreadable
from spending.imports.requests import Request

MICRO: Final = Decimal("0.000001")


def unit_of(request: Request, form: FileForm, currency: str) -> Unit:
    """Return the unit of the costs: as a person says, else as the column's name does, else as the platform is known to.

    Raise `Unreadable` where none of them does; the refusal shows the first cells in both readings.
    """
    unit = request.unit or form.columns.unit
    if unit is not None:
        return unit
    named = form.columns.named(form.columns.cost)
    readings = "; ".join(_both(cell) for cell in islice(_costs(request, form, currency), 3)) or "there is none"
    raise Unreadable(
        f"The unit of the column “{excerpt(named)}” of {Platform(request.platform).label} is not known; its first "
        f"cells in both readings: {readings}; say which is right",
        "unit",
    )


def _costs(request: Request, form: FileForm, currency: str) -> Iterator[tuple[str, Decimal]]:
    for _, cells in read_lines(request.path, form):
        if len(cells) == len(form.columns.header):
            cell = cells[form.columns.cost]
            try:
                amount = parse_cost(cell, currency).amount
            except BadCell:
                continue
            if amount is not None:
                yield cell.strip(), amount


def _both(cell: tuple[str, Decimal]) -> str:
    text, number = cell
    return f"{excerpt(text)} is {number:f} as units, {EXACT_CONTEXT.multiply(number, MICRO):f} as micros"
