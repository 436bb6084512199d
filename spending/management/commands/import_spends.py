"""`import_spends`: import a platform's report into the ledger, or undo an import."""

from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TextIO
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.utils import timezone
from fasteners import InterProcessLock

from brands.management.brand_commands import find_brand
from budget_system.core.actors import Actor
from budget_system.core.errors import ServiceError
from budget_system.core.text import counted
from budget_system.core.validation import parse_uuid
from budget_system.operations.garbage import freeze_loaded
from budget_system.operations.service_command import ServiceCommand
from spending.imports import folders, messages
from spending.imports.apply.apply import ChoiceRequired, carry_out
from spending.imports.apply.status_preview import preview_statuses
from spending.imports.jobs import record_refusal
from spending.imports.plan.planning import planning
from spending.imports.platforms import Unit
from spending.imports.refusals import Unreadable
from spending.imports.requests import Request, storable_name
from spending.imports.undo.preview import preview_undo
from spending.imports.undo.undo import undo, undoable
from spending.management.import_options import FOLDER_HINTS, OPTION_HINTS, add_options, choice_of, request_of
from spending.management.progress_bars import progress_bars

ACTOR = Actor.command("import_spends")
CREATE = "--create-campaigns"
PROGRESS_BYTES = 5_000_000
"""Files from this size on get a progress bar."""


class Command(ServiceCommand):
    """Import a report, a folder of reports, or undo an import."""

    help = (
        "Reads a platform's report and books each campaign's day: a day given before is replaced, 0.00 voids it. "
        "Shows what it does; stops before it writes where the figures look wrong. Columns and the other choices "
        "below are kept for the brand and platform, and used for the next report."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file and how to read it, the folder, and what to undo."""
        add_options(parser)

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
        request = request_of(
            path, str(options["brand"]), str(options["platform"]), choice_of(Unit, options["unit"]), options
        )
        try:
            self._import(request, self.stdout.write, dry_run=bool(options["dry_run"]), show_progress=True)
        except Unreadable as refusal:
            raise CommandError(refusal.with_hint(OPTION_HINTS)) from refusal
        except ChoiceRequired as refusal:
            raise CommandError(f"{refusal.message}, {OPTION_HINTS['other_entries']}.") from refusal
        except ServiceError as refusal:
            raise CommandError(refusal.message) from refusal

    def _import(
        self,
        request: Request,
        write: Callable[[str], object],
        *,
        dry_run: bool = False,
        show_progress: bool = False,
    ) -> int:
        """Print the plan, carry it out, and return how many lines were bad. Raise what refuses it."""
        long = show_progress and request.path.is_file() and request.path.stat().st_size >= PROGRESS_BYTES
        with (
            progress_bars(long) as add_bar,
            planning(request, now=timezone.now(), by=ACTOR, progress=add_bar("reading")) as plan,
        ):
            for line in messages.plan_lines(plan):
                write(line)
            if dry_run:
                for line in messages.status_change_lines(preview_statuses(plan, now=timezone.now(), by=ACTOR)):
                    write(line)
                undecided = f"{plan.undecided}, {OPTION_HINTS['other_entries']}." if plan.undecided else None
                refusal = undecided or plan.refusal or messages.why_nothing_to_import(plan, CREATE)
                write(f"INFO Dry run: nothing was changed{f'; {refusal}' if refusal else ''}")
                return plan.bad_lines
            if plan.refusal is None and (pointless := messages.why_nothing_to_import(plan, CREATE)) is not None:
                raise Unreadable(pointless)
            report = carry_out(plan, clock=timezone.now, by=ACTOR, progress=add_bar("booking"))
        write(f"INFO Import {report.pk} completed: {messages.import_counts(report)}")
        return report.bad_lines

    def _undo(self, text: str, *, dry_run: bool) -> None:
        try:
            if dry_run:
                report = undoable(_uuid(text), ACTOR)
                undoing = preview_undo(report, now=timezone.now(), by=ACTOR)
                for line in messages.undo_lines(undoing, report.brand.currency):
                    self.stdout.write(line)
                self.stdout.write(
                    f"INFO Dry run: nothing was changed{f'; {undoing.refusal}' if undoing.refusal else ''}"
                )
                return
            with progress_bars(True) as add_bar:
                report = undo(import_id=_uuid(text), clock=timezone.now, by=ACTOR, progress=add_bar("putting back"))
        except ServiceError as refusal:
            raise CommandError(refusal.message) from refusal
        self.stdout.write(f"INFO Import {report.pk} undone: {report} is as if it had not been imported")

    def _folder(self, reports: Path, options: dict[str, object]) -> None:
        if not reports.is_dir():
            raise CommandError(f"“{reports}” is no folder.")

        def work(found: folders.FoundReport, output: TextIO) -> int:
            try:
                request = request_of(found.path, found.brand, found.platform, found.unit, options)
            except CommandError as error:
                raise folders.Misplaced(str(error)) from error
            try:
                dry_run = bool(options["dry_run"])
                return self._import(request, lambda line: output.write(f"{line}\n"), dry_run=dry_run)
            except ChoiceRequired as refusal:
                raise folders.Misplaced(f"{refusal.message}, {OPTION_HINTS['other_entries']}.") from refusal
            except Unreadable as refusal:
                raise folders.Misplaced(refusal.with_hint(FOLDER_HINTS)) from refusal

        if options["dry_run"]:
            for one in folders.process_reports(reports, work):
                self.stdout.write(f"{one.path.relative_to(reports)}\n{one.message}")
            return

        lock = InterProcessLock(str(reports / ".import.lock"))
        try:
            if not lock.acquire(blocking=False):
                raise CommandError(f"Another run is importing “{reports}”; nothing was done.")
            try:
                outcomes = list(
                    folders.import_folder(
                        reports, work, note_refusal=partial(_note_refusal, reports), clock=timezone.now
                    )
                )
            finally:
                lock.release()
        except OSError as error:
            raise CommandError(
                f"“{error.filename}” cannot be written to ({error.strerror}), but reports are moved from "
                f"“{reports}” to its {folders.DONE} or {folders.FAILED}; make it yours to write, and run this again."
            ) from error
        self._print_outcomes(reports, outcomes)

    def _print_outcomes(self, reports: Path, outcomes: Sequence[folders.FileOutcome]) -> None:
        for one in outcomes:
            if one.bad_lines:
                place = one.path.relative_to(reports)
                lines = counted(one.bad_lines, "line", "lines")
                self.stdout.write(f"look: {lines} of {place} not booked; see beside it in {reports / folders.DONE}")
        failed = sum(not one.imported for one in outcomes)
        self.stdout.write(f"INFO Folder import completed: {{'done': {len(outcomes) - failed}, 'failed': {failed}}}")
        if failed:
            raise CommandError(f"{failed} of the reports failed; see beside them in {reports / folders.FAILED}.")


def _note_refusal(reports: Path, outcome: folders.FileOutcome) -> None:
    brand, platform = folders.named_owner(outcome.path, reports)
    if (brand_id := find_brand(brand)) is not None:  # else it is nobody's, and told by the command alone
        record_refusal(
            brand_id=brand_id,
            platform=platform,
            file_name=storable_name(outcome.path.name),
            reason=outcome.refusal,
            now=timezone.now(),
        )


def _uuid(text: str) -> UUID:
    try:
        return parse_uuid(text)
    except ValidationError as error:
        raise CommandError(error.messages[0]) from error
