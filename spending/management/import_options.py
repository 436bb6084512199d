"""The options of `import_spends`: how they are given, and what is asked with them."""

from argparse import ArgumentParser
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from brands.management.brand_commands import chosen_brands
from campaigns.models import Platform
from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.platforms import Unit
from spending.imports.requests import ChosenColumns, MatchBy, OtherEntries, Request

Choice = TypeVar("Choice", bound=StrEnum)

OPTION_HINTS: Final = {
    "campaign": "with --campaign-column",
    "campaign_or_name": "with --campaign-column, or match them by name with --match-by name",
    "date": "with --date-column",
    "cost": "with --cost-column",
    "unit": "with --unit units or --unit micros",
    "dates": "with --dates day-first or --dates month-first",
    "decimal": "with --decimal point or --decimal comma",
    "other_entries": "with --other-entries replace or --other-entries add",
}
"""How a missing option is given on the command line."""
FOLDER_HINTS: Final = {**OPTION_HINTS, "unit": "in the name of its folder, with .units or .micros at the end"}


def add_options(parser: ArgumentParser) -> None:
    """Add the file and how to read it, the folder, and what to undo."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("file", nargs="?", type=Path, metavar="FILE", help="the report: CSV, or an Excel workbook")
    what.add_argument("--folder", type=Path, metavar="DIR", help="import all of DIR/<brand>/<platform>/")
    what.add_argument("--undo", metavar="IMPORT", help="put back what stood before an import, named by its id")
    parser.add_argument("--brand", metavar="NAME|UUID", help="whose report it is")
    parser.add_argument("--platform", choices=Platform.values, help="which platform wrote it")
    parser.add_argument("--unit", choices=[str(unit) for unit in Unit], help="what the costs are in")
    for name in ("campaign", "date", "cost"):
        parser.add_argument(f"--{name}-column", metavar="NAME", help=f"the column with the {name}")
    _add_choice(parser, "--match-by", MatchBy, "what campaigns are found by, if not by their id")
    _add_choice(parser, "--dates", DateOrder, "how a date like 05/11/2026 is meant, where the file does not show it")
    _add_choice(parser, "--decimal", DecimalSign, "the decimal sign, where the file does not show it")
    _add_choice(parser, "--other-entries", OtherEntries, "what becomes of entries of its days that no report booked")
    parser.add_argument(
        "--usual", action="store_true", help="read it in the platform's usual way, whatever was chosen before"
    )
    parser.add_argument("--create-campaigns", action="store_true", help="create campaigns that are not known")
    parser.add_argument("--strict", action="store_true", help="book nothing if one line is bad")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, and do nothing")
    parser.add_argument("--force", action="store_true", help="go on where the figures look wrong")


def _add_choice(parser: ArgumentParser, name: str, kind: type[StrEnum], text: str) -> None:
    parser.add_argument(name, choices=[str(choice) for choice in kind], help=text)


def request_of(path: Path, brand: str, platform: str, unit: Unit | None, options: Mapping[str, object]) -> Request:
    """Return what is asked with the options. Raise `CommandError` where the brand is unknown."""
    (brand_id,) = chosen_brands([brand]) or []
    return Request(
        path=path,
        brand_id=brand_id,
        platform=platform,
        unit=unit,
        columns=ChosenColumns(*(_text(options[f"{name}_column"]) for name in ("campaign", "date", "cost"))),
        match_by=choice_of(MatchBy, options["match_by"]),
        dates=choice_of(DateOrder, options["dates"]),
        decimal=choice_of(DecimalSign, options["decimal"]),
        other_entries=choice_of(OtherEntries, options["other_entries"]),
        usual=bool(options["usual"]),
        create_campaigns=bool(options["create_campaigns"]),
        strict=bool(options["strict"]),
        force=bool(options["force"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def choice_of(kind: type[Choice], value: object) -> Choice | None:
    """Return the choice that an option holds; `None` where it was not given."""
    return None if value is None else kind(str(value))
