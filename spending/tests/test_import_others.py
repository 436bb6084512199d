"""A report meets entries that did not come by a report: it asks, and then replaces them or is added to them."""

from decimal import Decimal

from django.core.management import CommandError
from django.test import tag

from brands.models import Change, ChangeAction
from campaigns.models import PauseReason
from spending.models import Import, ReplacedEntry, ReportChoice, Spend, SpendType
from spending.recording.services import change_spend, record
from spending.tests.test_admin_imports import ImportingTestCase
from spending.tests.test_import_basics import TODAY, FolderTestCase
from spending.tests.test_import_undo import UndoTestCase
from tests.support import ALICE

REPORT = f"11,{TODAY},80000000"


@tag("both_databases")
class OtherEntriesTests(UndoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.spend("36.15", external_id="mine")

    def amounts(self) -> list[tuple[str, str]]:
        return [(row.external_id, str(row.amount)) for row in Spend.objects.order_by("external_id")]

    def test_it_stops_and_shows_the_days_whole_ledger(self) -> None:
        refusal = self.refused(self.rows(REPORT), "--force")

        self.assertIn("1 entry that did not come by a report, 36.15 in all, on 1 day that it changes", refusal)
        self.assertIn("36.15 before, 80.00 if replaced, 116.15 if added", refusal)
        self.assertIn("with --other-entries replace or --other-entries add", refusal)
        self.assertEqual(self.amounts(), [("mine", "36.15")])
        self.assertFalse(Import.objects.exists() or ReportChoice.objects.exists())

    def test_a_dry_run_says_that_it_would_stop(self) -> None:
        self.assertIn("nothing was changed; 1 entry that did not", self.load(self.rows(REPORT), "--dry-run"))

    def test_it_is_added(self) -> None:
        out = self.load(self.rows(REPORT), "--other-entries", "add")

        self.assertIn("the report is added to them", out)
        self.assertEqual(self.amounts(), [("mine", "36.15"), (f"report:google:{TODAY}", "80.00")])
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.assertClean()

    def test_it_replaces_them_and_undoing_brings_them_back(self) -> None:
        before = self.state()
        self.load(self.rows(REPORT), "--other-entries", "replace")

        self.assertEqual(self.amounts(), [(f"report:google:{TODAY}", "80.00")])
        voided = Change.objects.get(object_id=self.other.pk, action=ChangeAction.DELETED)
        self.assertEqual(voided.before["amount"], "36.15")
        self.assertRuns()
        self.assertClean()

        self.undo(self.last())
        self.assertEqual(self.state(), before)
        self.assertEqual(Change.objects.filter(object_id=self.other.pk, action=ChangeAction.RESTORED).count(), 1)
        self.assertClean()

    def test_a_day_of_nothing_and_a_day_that_says_the_same_are_replaced_too(self) -> None:
        self.load(self.rows(REPORT), "--other-entries", "add")
        out = self.load(self.rows(REPORT, "11,2026-03-10,0"), "--other-entries", "replace", "--force")
        self.assertEqual(self.amounts(), [(f"report:google:{TODAY}", "80.00")])
        self.assertIn("0 new, 1 restated, 0 voided, 1 unchanged", out)

        self.undo(self.last())
        self.load(self.rows(f"11,{TODAY},0"), "--force")
        self.assertEqual(self.amounts(), [])
        self.undo(self.last())
        self.assertEqual(self.amounts(), [("mine", "36.15"), (f"report:google:{TODAY}", "80.00")])
        self.assertClean()

    def test_nothing_is_asked_where_the_day_changes_nothing(self) -> None:
        Spend.objects.all().delete()
        self.load(self.rows(REPORT))
        self.spend("5.00")

        self.assertIn("1 unchanged", self.load(self.rows(REPORT)))

    def test_monthly_fees_and_other_days_are_no_part_of_it(self) -> None:
        change_spend(spend_id=self.other.pk, values={"spend_type": SpendType.MONTHLY}, now=self.now, by=ALICE)
        self.spend("9.00", days=-1)
        self.load(self.rows(REPORT))

        self.assertEqual(Spend.objects.count(), 3)

    def test_the_choice_is_kept_for_the_brand_and_platform(self) -> None:
        self.load(self.rows(REPORT), "--other-entries", "replace")
        record(campaign_id=self.campaign.pk, amount=Decimal(3), now=self.now, by=ALICE)
        self.load(self.rows(f"11,{TODAY},81000000"), "--force")

        self.assertEqual(self.amounts(), [(f"report:google:{TODAY}", "81.00")])
        record(campaign_id=self.campaign.pk, amount=Decimal(4), now=self.now, by=ALICE)
        self.assertIn("with --other-entries", self.refused(self.rows(f"11,{TODAY},82000000"), "--usual"))

    def test_undoing_is_refused_where_an_entry_that_would_come_back_was_booked_anew(self) -> None:
        self.load(self.rows(REPORT), "--other-entries", "replace")
        self.spend("1.00", external_id="mine")

        self.assertIn("has an entry with the external_id “mine” again", self.refused_undo(self.last()))


class FolderOtherEntriesTests(FolderTestCase):
    def test_a_folder_says_it_or_the_file_fails(self) -> None:
        self.spend("5.00")
        self.put("Acme/google/one.csv", self.rows(REPORT))
        with self.assertRaisesRegex(CommandError, "1 of the reports failed"):
            self.imported()
        message = (self.folder / "inbox/failed/Acme/google/one.csv.report").read_text()
        self.assertIn("with --other-entries replace or --other-entries add.\n", message)

        self.load(self.rows(REPORT), "--other-entries", "replace")
        self.spend("6.00")
        self.put("Acme/google/two.csv", self.rows(f"11,{TODAY},90000000"))
        self.imported()
        self.assertEqual([row[1] for row in self.ledger()], ["90.00"])


class AdminOtherEntriesTests(ImportingTestCase):
    def test_the_plan_asks_and_the_answer_goes_with_it(self) -> None:
        self.spend("5.00")
        text = f"campaign_id,date,cost_micros\n{REPORT}\n"
        page = self.post(text)
        self.assertContains(page, "Other entries stand on these days")
        self.assertContains(page, "5.00 before, 80.00 if replaced, 85.00 if added")
        form = {**dict(page.context["hidden"]), "digest": page.context["digest"]}

        again = self.go(form)
        self.assertContains(again, "Choose below what becomes of the other entries")
        self.assertFalse(Import.objects.exists())

        self.assertRedirects(self.go(form, other_entries="replace"), self.page_of(Import.objects.get()))
        self.assertEqual([row[1] for row in self.ledger()], ["80.00"])
        self.assertEqual(ReplacedEntry.objects.count(), 1)
