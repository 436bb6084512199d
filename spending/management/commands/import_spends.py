"""`import_spends`: import a platform's report into the ledger, or undo an import."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TextIO, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from fasteners import InterProcessLock
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from brands.management.brand_commands import chosen_brands
from budget_system.core.actors import Actor
from budget_system.core.errors import ServiceError
from budget_system.core.text import counted
from budget_system.core.validation import parse_uuid
from budget_system.operations.garbage import freeze_loaded
from campaigns.models import Platform
from spending.imports import folders as folder
from spending.imports import messages as words
from spending.imports.apply.apply import ChoiceRequired, carry_out
from spending.imports.apply.status_preview import preview_statuses
from spending.imports.cells.costs import DecimalSign
from spending.imports.cells.dates import DateOrder
from spending.imports.plan.plan import Plan
from spending.imports.plan.planning import planning
from spending.imports.platforms import Unit
from spending.imports.refusals import Unreadable
from spending.imports.requests import ChosenColumns, MatchBy, OtherEntries, Request
from spending.imports.requests import Progress as Told
from spending.imports.undo.reversals import preview_undo
from spending.imports.undo.undo import undo, undoable

Choice = TypeVar("Choice", bound=StrEnum)

ACTOR = Actor.command("import_spends")
OPTION_HINTS = {
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
FOLDER_HINTS = {**OPTION_HINTS, "unit": "in the name of its folder, with .units or .micros at the end"}
CREATE = "--create-campaigns"
PROGRESS_BYTES = 5_000_000
"""Files from this size on get a progress bar."""


class Command(BaseCommand):
    """Import a report, a folder of reports, or undo an import."""

    help = (
        "Reads a platform's report and books each campaign's day: a day given before is replaced, 0.00 voids it. "
        "Shows what it does; stops before it writes where the figures look wrong. Columns and the other choices "
        "below are kept for the brand and platform, and used for the next report."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
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
        add_choice(parser, "--match-by", MatchBy, "what campaigns are found by, if not by their id")
        add_choice(parser, "--dates", DateOrder, "how a date like 05/11/2026 is meant, where the file does not show it")
        add_choice(parser, "--decimal", DecimalSign, "the decimal sign, where the file does not show it")
        add_choice(parser, "--other-entries", OtherEntries, "what becomes of entries of its days that no report booked")
        parser.add_argument(
            "--usual", action="store_true", help="read it in the platform's usual way, whatever was chosen before"
        )
        parser.add_argument("--create-campaigns", action="store_true", help="create campaigns that are not known")
        parser.add_argument("--strict", action="store_true", help="book nothing if one line is bad")
        parser.add_argument("--dry-run", action="store_true", help="show the plan, and do nothing")
        parser.add_argument("--force", action="store_true", help="go on where the figures look wrong")

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command as a process of its own."""
        freeze_loaded()
        super().run_from_argv(argv)

    def handle(self, *args: object, **options: object) -> None:
        """Run the command."""
        if options["file"] is None and any(options[name] for name in ("brand", "platform", "unit")):
            raise CommandError(
                "--brand, --platform and --unit go with a FILE; in a folder the places of the files say it."
            )
        if (import_id := options["undo"]) is not None:
            self._undo(str(import_id), dry_run=bool(options["dry_run"]))
        elif isinstance(reports := options["folder"], Path):
            self._folder(reports, options)
        else:
            self._file(options)

    def _file(self, options: dict[str, object]) -> None:
        if options["brand"] is None or options["platform"] is None:
            raise CommandError("Say whose report it is, and which platform wrote it: --brand and --platform.")
        path = options["file"]
        assert isinstance(path, Path)
        request = _request(
            path, str(options["brand"]), str(options["platform"]), _choice(Unit, options["unit"]), options
        )
        try:
            self._import(request, self.stdout.write, dry_run=bool(options["dry_run"]), bar=self.stderr)
        except Unreadable as refusal:
            raise CommandError(refusal.with_hint(OPTION_HINTS)) from refusal
        except ChoiceRequired as refusal:
            raise CommandError(f"{refusal.message}, {OPTION_HINTS['other_entries']}.") from refusal
        except ServiceError as refusal:
            raise CommandError(refusal.message) from refusal

    def _import(
        self,
        request: Request,
        say: Callable[[str], object],
        *,
        dry_run: bool = False,
        bar: object = None,
    ) -> int:
        """Print the plan, carry it out, and return how many lines were bad. Raise what refuses it."""
        long = bar is not None and request.path.is_file() and request.path.stat().st_size >= PROGRESS_BYTES
        with progress_bars(long) as shown, self._plan(request, shown("reading")) as plan:
            for line in words.plan_lines(plan):
                say(line)
            if dry_run:
                for line in words.status_change_lines(preview_statuses(plan, now=timezone.now(), by=ACTOR)):
                    say(line)
                undecided = f"{plan.undecided}, {OPTION_HINTS['other_entries']}." if plan.undecided else None
                refusal = undecided or plan.refusal or words.why_nothing_to_import(plan, CREATE)
                say(f"INFO Dry run: nothing was changed{f'; {refusal}' if refusal else ''}")
                return plan.bad_lines
            if plan.refusal is None and (pointless := words.why_nothing_to_import(plan, CREATE)) is not None:
                raise Unreadable(pointless)
            report = carry_out(plan, clock=timezone.now, by=ACTOR, progress=shown("booking"))
        say(f"INFO Import {report.pk} completed: {words.import_counts(report)}")
        return report.bad_lines

    def _plan(self, request: Request, progress: Told | None) -> AbstractContextManager[Plan]:
        return planning(request, now=timezone.now(), by=ACTOR, progress=progress)

    def _undo(self, text: str, *, dry_run: bool) -> None:
        try:
            if dry_run:
                report = undoable(_uuid(text), ACTOR)
                undoing = preview_undo(report, now=timezone.now(), by=ACTOR)
                for line in words.undo_lines(undoing, report.brand.currency):
                    self.stdout.write(line)
                self.stdout.write(
                    f"INFO Dry run: nothing was changed{f'; {undoing.refusal}' if undoing.refusal else ''}"
                )
                return
            with progress_bars(True) as shown:
                report = undo(import_id=_uuid(text), clock=timezone.now, by=ACTOR, progress=shown("putting back"))
        except ServiceError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"INFO Import {report.pk} undone: {report} is as if it had not been imported")

    def _folder(self, reports: Path, options: dict[str, object]) -> None:
        if not reports.is_dir():
            raise CommandError(f"“{reports}” is no folder.")

        def work(found: folder.FoundReport, said: TextIO) -> int:
            try:
                request = _request(found.path, found.brand, found.platform, found.unit, options)
            except CommandError as error:
                raise folder.Misplaced(str(error)) from error
            try:
                dry_run = bool(options["dry_run"])
                return self._import(request, lambda line: said.write(f"{line}\n"), dry_run=dry_run)
            except ChoiceRequired as refusal:
                raise folder.Misplaced(f"{refusal.message}, {OPTION_HINTS['other_entries']}.") from refusal
            except Unreadable as refusal:
                raise folder.Misplaced(refusal.with_hint(FOLDER_HINTS)) from refusal

        if options["dry_run"]:
            for one in folder.process_reports(reports, work):
                self.stdout.write(f"{one.path.relative_to(reports)}\n{one.message}")
            return
        lock = InterProcessLock(str(reports / ".import.lock"))
        try:
            if not lock.acquire(blocking=False):
                raise CommandError(f"Another run is importing “{reports}”; nothing was done.")
            try:
                outcomes = list(folder.import_folder(reports, work, now=timezone.now()))
            finally:
                lock.release()
        except OSError as error:
            raise CommandError(
                f"“{error.filename}” cannot be written to ({error.strerror}), but reports are moved from "
                f"“{reports}” to its {folder.DONE} or {folder.FAILED}; make it yours to write, and run this again."
            ) from error
        self._tell(reports, outcomes)

    def _tell(self, reports: Path, outcomes: Sequence[folder.FileOutcome]) -> None:
        for one in outcomes:
            if one.bad_lines:
                place = one.path.relative_to(reports)
                lines = counted(one.bad_lines, "line", "lines")
                self.stdout.write(f"look: {lines} of {place} not booked; see beside it in {reports / folder.DONE}")
        failed = sum(not one.imported for one in outcomes)
        self.stdout.write(f"INFO Folder import completed: {{'done': {len(outcomes) - failed}, 'failed': {failed}}}")
        if failed:
            raise CommandError(f"{failed} of the reports failed; see beside them in {reports / folder.FAILED}.")


def _request(path: Path, brand: str, platform: str, unit: Unit | None, options: dict[str, object]) -> Request:
    (brand_id,) = chosen_brands([brand]) or []
    return Request(
        path=path,
        brand_id=brand_id,
        platform=platform,
        unit=unit,
        columns=ChosenColumns(*(_text(options[f"{name}_column"]) for name in ("campaign", "date", "cost"))),
        match_by=_choice(MatchBy, options["match_by"]),
        dates=_choice(DateOrder, options["dates"]),
        decimal=_choice(DecimalSign, options["decimal"]),
        other_entries=_choice(OtherEntries, options["other_entries"]),
        usual=bool(options["usual"]),
        create_campaigns=bool(options["create_campaigns"]),
        strict=bool(options["strict"]),
        force=bool(options["force"]),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def add_choice(parser: ArgumentParser, name: str, kind: type[StrEnum], text: str) -> None:
    """Add an option that takes a value of an enumeration."""
    parser.add_argument(name, choices=[str(choice) for choice in kind], help=text)


def _choice(kind: type[Choice], value: object) -> Choice | None:
    return None if value is None else kind(str(value))


def _uuid(text: str) -> UUID:
    try:
        return parse_uuid(text)
    except ValidationError as error:
        raise CommandError(error.messages[0]) from error


@contextmanager
def progress_bars(wanted: bool) -> Iterator[Callable[[str], Told | None]]:
    """Show a bar for each part of the work, on standard error if that is a terminal."""
    if not wanted:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    console = Console(stderr=True)
    with Progress(*columns, TimeRemainingColumn(), console=console, disable=not console.is_terminal) as bars:

        def shown(what: str) -> Told:
            task = bars.add_task(what, total=None)
            return lambda done, total: bars.update(task, completed=done, total=total)

        yield shown
