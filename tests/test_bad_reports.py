"""What a report must not bring in: each gets its answer, by command and on the upload page, and nothing changes."""

import csv
import tempfile
from collections.abc import Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from budget_system.core.text import excerpt
from campaigns.models import Campaign
from campaigns.services import change_campaign
from tests.bad_inputs.addresses import NOBODY
from tests.bad_inputs.dumps import dump
from tests.bad_inputs.reports import BAD_CELLS, BAD_FIGURES, BAD_LINES, BAD_REPORTS, BAD_UPLOADS, GOOD, HEADER
from tests.browsing import AdminTestCase
from tests.support import ALICE
from tests.worker import WorkerTestCase

Line = tuple[int, str, str]
HANDED_OVER = ("spending.Upload", "spending.ReportJob")


def report_of_bad_lines() -> tuple[str, list[Line]]:
    """Return a report with one good line and every bad one; and of each bad one number, cell and reason."""
    columns, text, bad = HEADER.split(","), StringIO(), list[Line]()
    text.write(f"{HEADER}\n{GOOD}\n")
    for number, (column, cell, reason) in enumerate(BAD_CELLS, 3):
        cells = [cell if name == column else good for name, good in zip(columns, GOOD.split(","), strict=True)]
        csv.writer(text, lineterminator="\n").writerow(cells)
        bad.append((number, excerpt(cell.strip()), reason))
    for number, (line, reason) in enumerate(BAD_LINES, 3 + len(BAD_CELLS)):
        text.write(f"{line}\n")
        bad.append((number, "", reason))
    return text.getvalue(), bad


class BadReportTests(WorkerTestCase, AdminTestCase):
    """Campaign 11 of Acme has 20.00 of the day before; 12 is a campaign of another brand."""

    def setUp(self) -> None:
        super().setUp()
        self.page = reverse("admin:spending_import_import_report")
        other = self.make_brand("Zephyr")
        self.known("11", self.campaign)
        self.known("12", self.make_campaign("Theirs", other))
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "report.csv"
        self.load(f"{HEADER}\n{GOOD.replace('2.50', '20.00')}\n", {})
        self.before = dump(but=HANDED_OVER)

    def known(self, external_id: str, campaign: Campaign) -> None:
        values = {"platform": "microsoft", "external_id": external_id}
        change_campaign(campaign_id=campaign.pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]

    def assert_nothing_changed(self) -> None:
        """See that all is as it was; what the upload page keeps for its sender's yes is no part of it."""
        self.assertEqual(dump(but=HANDED_OVER), self.before)

    def load(self, content: str | bytes, chosen: Mapping[str, str], *options: str) -> str:
        """Import by command; give what it says on its output."""
        self.path.write_bytes(content.encode() if isinstance(content, str) else content)
        words = [word for name, value in chosen.items() for word in (f"--{name.replace('_', '-')}", value)]
        platform = [] if "platform" in chosen else ["--platform", "microsoft"]
        out = StringIO()
        try:
            call_command("import_spends", str(self.path), "--brand", "Acme", *platform, *words, *options, stdout=out)
        except CommandError as refusal:
            refusal.add_note(out.getvalue())
            raise
        return out.getvalue()

    def refused(self, content: str | bytes, chosen: Mapping[str, str], *options: str) -> tuple[str, str]:
        """Import by command; give in which one sentence it is refused, and what was said before."""
        with self.assertRaises(CommandError) as caught:
            self.load(content, chosen, *options)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        return message, caught.exception.__notes__[0]

    def upload(self, content: str | bytes | None, chosen: Mapping[str, str], **more: str) -> Any:
        """Send a report to the upload page, or go on with one that it keeps."""
        form: dict[str, Any] = {"brand": str(self.brand.pk), "platform": "microsoft", "step": "plan", **chosen, **more}
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            form["file"] = SimpleUploadedFile("report.csv", data)
        answer = self.client.post(self.page, form, follow=True)
        self.assertEqual(answer.status_code, 200)
        return answer

    def faults(self, answer: Any) -> dict[str, str]:
        """Return what the form, shown again, says is wrong."""
        self.assertTemplateUsed(answer, "admin/budget/import_form.html")
        return {name: " ".join(texts) for name, texts in answer.context["form"].errors.items()}

    def carry_out(self, plan: Any, **more: str) -> Any:
        """Return yes to a plan that was shown, though the page offers no button for it."""
        self.assertTemplateUsed(plan, "admin/budget/import_plan.html")
        chosen = {**dict(plan.context["hidden"]), "digest": plan.context["digest"], **more}
        return self.upload(None, chosen, step="carry_out")

    def test_a_good_report_would_go_in(self) -> None:
        plan = self.upload(f"{HEADER}\n{GOOD}\n", {})
        chosen = {**dict(plan.context["hidden"]), "digest": plan.context["digest"], "step": "carry_out", "force": "on"}
        self.client.post(self.page, chosen)
        self.assertNotEqual(dump(but=HANDED_OVER), self.before)

    def test_there_are_many_of_them(self) -> None:
        self.assertGreater(len(BAD_REPORTS) + len(BAD_CELLS) + len(BAD_LINES) + len(BAD_UPLOADS), 150)

    def test_what_is_no_report_is_refused_in_one_sentence_by_the_command(self) -> None:
        for bad in BAD_REPORTS:
            with self.subTest(says=bad.says, content=bad.content[:60], chosen=bad.chosen):
                self.assertIn(bad.says, self.refused(bad.content, bad.chosen, "--force")[0])
        self.assert_nothing_changed()

    def test_what_is_no_report_is_refused_at_its_field_on_the_upload_page(self) -> None:
        for bad in BAD_REPORTS:
            with self.subTest(says=bad.says, content=bad.content[:60], chosen=bad.chosen):
                faults = self.faults(self.upload(bad.content, bad.chosen))
                self.assertEqual(list(faults), bad.field.split())
                self.assertIn(bad.says, next(iter(faults.values())))
        self.assert_nothing_changed()

    def assert_all_listed(self, bad_lines: Mapping[int, tuple[str, str]], bad: list[Line]) -> None:
        for number, cell, reason in bad:
            with self.subTest(line=number, cell=cell):
                self.assertIn(reason, bad_lines[number][1])
                self.assertIn(cell, bad_lines[number][0])
        self.assertEqual(sorted(bad_lines), [number for number, _, _ in bad], "each of these, and no other")

    def test_every_bad_line_is_listed_with_its_reason_by_the_command(self) -> None:
        text, bad = report_of_bad_lines()
        refusal, output = self.refused(text, {}, "--strict", "--force")

        self.assertIn(f"{len(bad)} lines are bad, and with --strict nothing is booked", refusal)
        self.assert_all_listed(dict(self.bad_lines(output)), bad)
        self.assert_nothing_changed()

    def bad_lines(self, output: str) -> Iterator[tuple[int, tuple[str, str]]]:
        """Read the list of bad lines."""
        for line in output.split("\n"):
            if line.startswith("bad line "):
                number, cell, reason = line.removeprefix("bad line ").split(": ", 2)
                yield int(number), (cell, reason)

    def test_every_bad_line_is_listed_with_its_reason_on_the_upload_page(self) -> None:
        text, bad = report_of_bad_lines()
        plan = self.upload(text, {"strict": "on"})
        answer = self.carry_out(plan, force="on")

        for page in (plan, answer):
            self.assert_all_listed({one.number: (one.cell, one.reason) for one in page.context["plan"].bad}, bad)
        self.assertNotContains(plan, 'value="carry_out"')
        self.assertIn("nothing is booked", str(answer.context["refusal"]))
        self.assert_nothing_changed()

    def test_figures_that_look_wrong_stop_the_command_before_it_writes(self) -> None:
        for content, chosen, says in BAD_FIGURES:
            with self.subTest(says=says, content=content):
                refusal, _ = self.refused(content, chosen)
                self.assertIn(says, refusal)
                self.assertIn("Nothing was written", refusal)
        self.assert_nothing_changed()

    def test_figures_that_look_wrong_stop_the_upload_page_before_it_writes(self) -> None:
        for content, chosen, says in BAD_FIGURES:
            with self.subTest(says=says, content=content):
                plan = self.upload(content, chosen)
                self.assertIn(says, " ".join(plan.context["plan"].concerns))
                self.assertIn("tick the box", self.carry_out(plan).context["refusal"])
        self.assert_nothing_changed()

    def test_a_form_that_says_nonsense_with_a_good_report_is_shown_again(self) -> None:
        good = f"{HEADER}\n{GOOD}\n"
        for chosen, field, says in BAD_UPLOADS:
            with self.subTest(chosen=chosen):
                faults = self.faults(self.upload(good, chosen, step="carry_out"))
                self.assertEqual(list(faults), [field])
                self.assertIn(says, faults[field])
        self.assertIn("no longer here", self.faults(self.upload(None, {"kept": NOBODY}))["file"])
        self.assertEqual(self.faults(self.upload(None, {})), {"file": "Choose a file."})
        self.assert_nothing_changed()

    def test_a_yes_to_another_plan_than_was_shown_carries_nothing_out(self) -> None:
        plan = self.upload(f"{HEADER}\n{GOOD}\n", {})
        for digest in ("", "x", "\0", NOBODY, plan.context["digest"].upper()):
            with self.subTest(digest=digest):
                self.assertIn("has changed", self.carry_out(plan, digest=digest, force="on").context["refusal"])
        self.assert_nothing_changed()
