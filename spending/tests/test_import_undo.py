"""An import is taken back: the ledger and the totals are as they were, or nothing is changed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from unittest.mock import patch

from django.core.management import CommandError, call_command
from django.test import tag

from brands.models import Change
from brands.services import change_brand
from budget_system.core.actors import Actor, BrandAccess
from campaigns.models import Campaign, PauseReason, StatusEvent
from campaigns.services import CampaignValues, change_campaign, pause_campaign
from spending.imports.apply import apply as carry_out
from spending.imports.plan.plan import Plan
from spending.imports.undo import preview, reversals, undo
from spending.models import BrandTotal, CampaignTotal, Import, ImportedDay, Spend
from spending.recording.services import change_spend, record, remove_spend
from spending.tests.test_import_basics import ImportTestCase
from tests.support import ALICE


def without_counts(campaign: Mapping[str, object]) -> dict[str, object]:
    """Leave out how often its status has changed, and when last: that it went and came back has happened."""
    return {name: value for name, value in campaign.items() if name not in ("generation", "status_changed_at")}


class UndoTestCase(ImportTestCase):
    def undo(self, report: Import) -> None:
        call_command("import_spends", "--undo", str(report.pk), stdout=StringIO())

    def refused_undo(self, report: Import) -> str:
        with self.assertRaises(CommandError) as caught:
            self.undo(report)
        return str(caught.exception)

    def state(self) -> list[object]:
        """Return the ledger, the totals and the campaigns, every column and every row of them."""
        return [
            list(Spend.objects.order_by("pk").values()),
            list(CampaignTotal.objects.order_by("campaign", "period", "start").values()),
            list(BrandTotal.objects.order_by("brand", "period", "start").values()),
            [without_counts(row) for row in Campaign.everything.order_by("pk").values()],
        ]


@tag("both_databases")
class UndoTests(UndoTestCase):
    def test_undo_puts_back_what_stood_before(self) -> None:
        self.load(self.rows("11,2026-03-09,20000000", "11,2026-03-10,30000000"))
        before = self.state()
        self.load(self.rows("11,2026-03-09,0", "11,2026-03-10,31000000", "11,2026-03-08,100000000"))
        report = self.last()
        self.undo(report)

        self.assertEqual(self.state(), before)
        self.assertClean()
        self.assertIn("undone already", self.refused_undo(report))

    def test_a_dry_run_says_what_it_would_do_and_does_nothing(self) -> None:
        self.load(self.rows("11,2026-03-10,30000000"))
        self.load(self.rows("11,2026-03-10,31000000", "11,2026-03-08,5000000"))
        before = self.state()
        outputs = []
        for report in (self.last(), Import.objects.earliest("pk")):
            out = StringIO()
            call_command("import_spends", "--undo", str(report.pk), "--dry-run", stdout=out)
            outputs.append(out.getvalue())

        self.assertIn("1 lose their entry, 1 get their former amount", outputs[0])
        self.assertIn("money: 36.00 becomes 30.00", outputs[0])
        self.assertIn("nothing was changed; A later import has changed", outputs[1])
        self.assertEqual((self.state(), self.last().state), (before, "done"))

    def test_verdicts_follow(self) -> None:
        self.load(self.rows("11,2026-03-11,100000000"))
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.undo(self.last())

        self.assertRuns()

    def test_nothing_is_left_of_a_chain_of_imports_in_one_month(self) -> None:
        before = self.state()
        self.load(self.rows("11,2026-03-01,20000000", "11,2026-03-02,5000000"))
        first = self.last()
        self.load(self.rows("11,2026-03-03,20000000"))
        self.load(self.rows("11,2026-03-02,0"), "--force")
        third = self.last()
        for report in (third, first, Import.objects.order_by("pk")[1]):
            self.undo(report)

        self.assertEqual(self.state(), before)

    def test_a_total_that_was_nothing_before_stays_a_row(self) -> None:
        self.load(self.rows("11,2026-03-09,20000000"))
        self.load(self.rows("11,2026-03-09,0"), "--force")
        before = self.state()
        self.load(self.rows("11,2026-03-09,20000000"))
        self.undo(self.last())

        self.assertEqual(self.state(), before)
        self.assertTrue(CampaignTotal.objects.filter(amount=0).exists())

    def test_a_total_that_anybody_else_has_moved_stays_a_row(self) -> None:
        self.load(self.rows("11,2026-03-11,20000000"))
        spend = self.spend("1.00")
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)
        self.undo(self.last())

        self.assertEqual(set(CampaignTotal.objects.values_list("amount", flat=True)), {Decimal("0.00")})
        self.assertClean()

    def test_refuses_where_a_later_import_or_a_person_changed_a_day(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        first = self.last()
        self.load(self.rows("11,2026-03-10,30000000"))
        second = self.last()
        self.assertEqual(
            self.refused_undo(first),
            "A later import has changed “Spring sale” on 2026-03-10; undo that one first. Nothing was undone.",
        )
        entry = Spend.objects.get()
        change_spend(spend_id=entry.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
        self.assertEqual(
            self.refused_undo(second),
            "“Spring sale” on 2026-03-10 was corrected after the import, which left 30.00, to 7.00 on 2026-03-10; put "
            "that back by hand first. Nothing was undone.",
        )
        change_spend(spend_id=entry.pk, values={"amount": Decimal("30.00")}, now=self.now, by=ALICE)
        self.undo(second)
        self.undo(first)
        self.assertFalse(Spend.objects.exists())
        self.assertClean()

    def test_refuses_to_bring_amounts_back_in_another_currency(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        self.load(self.rows("11,2026-03-10,0"), "--force")
        voiding, later = self.last(), self.now + timedelta(hours=1)
        change_brand(brand_id=self.brand.pk, values={"currency": "EUR"}, now=later, by=ALICE)
        self.assertEqual(
            self.refused_undo(voiding),
            "It voided amounts in USD, and the brand spends EUR now; they cannot come back. Nothing was undone.",
        )
        self.assertFalse(Spend.objects.exists())
        change_brand(brand_id=self.brand.pk, values={"currency": "USD"}, now=later + timedelta(hours=1), by=ALICE)
        self.undo(voiding)
        self.assertEqual([row[1] for row in self.ledger()], ["20.00"])

    def test_a_campaign_whose_hours_have_begun_meanwhile_is_decided(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        self.window(13, 15)
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)

        undo.undo(import_id=self.last().pk, clock=lambda: self.now + timedelta(hours=2), by=ALICE)

        self.assertRuns()

    def test_a_campaign_that_has_moved_is_named_only_to_who_sees_it(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        self.load(self.rows("11,2026-03-10,0"), "--force")
        values = CampaignValues(brand_id=self.make_brand("Globex").pk, name="Kilimanjaro")
        change_campaign(campaign_id=self.campaign.pk, values=values, now=self.now, by=ALICE)

        brands = frozenset({self.brand.pk})
        mara = Actor.api(BrandAccess(reads=brands, writes=brands, administrator=False))
        for by, named in ((mara, "a campaign that moved away"), (ALICE, "“Kilimanjaro”")):
            refusal = preview.preview_undo(self.last(), now=self.now, by=by).refusal
            self.assertEqual(
                refusal, f"It booked on {named}, which belongs to another brand now; that cannot come back."
            )
            first = Import.objects.order_by("pk")[0]
            refusal = preview.preview_undo(first, now=self.now, by=by).refusal
            self.assertEqual(refusal, f"A later import has changed {named} on 2026-03-10; undo that one first.")

    def test_keeps_what_a_person_has_written_beside_the_money(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        self.load(self.rows("11,2026-03-10,30000000"))
        values = {"description": "as agreed", "spend_type": "MONTHLY"}
        change_spend(spend_id=Spend.objects.get().pk, values=values, now=self.now, by=ALICE)  # type: ignore[arg-type]
        self.undo(self.last())

        entry = Spend.objects.get()
        self.assertEqual((entry.amount, entry.description, entry.spend_type), (Decimal("20.00"), *values.values()))
        self.assertClean()

    def test_refuses_where_a_person_deleted_an_entry_and_booked_it_anew(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        for again in (self.rows("11,2026-03-10,30000000"), self.rows("11,2026-03-09,30000000")):
            self.load(again)
            entry = self.last().imported_days.get()
            spend = Spend.objects.get(spend_date=entry.day)
            remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)
            record(
                campaign_id=self.campaign.pk,
                amount=spend.amount,
                spend_date=spend.spend_date,
                external_id=spend.external_id,
                now=self.now,
                by=ALICE,
            )
            before = self.state()
            self.assertIn("was deleted after the import and booked again", self.refused_undo(self.last()))
            self.assertEqual(self.state(), before)
        self.assertClean()

    def test_refuses_to_bring_a_day_back_to_a_campaign_that_has_moved_to_another_brand(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        self.load(self.rows("11,2026-03-10,0"), "--force")
        values = CampaignValues(brand_id=self.make_brand("Globex").pk)
        change_campaign(campaign_id=self.campaign.pk, values=values, now=self.now, by=ALICE)

        self.assertIn("“Spring sale”, which belongs to another brand now", self.refused_undo(self.last()))
        self.assertFalse(Spend.objects.exists())
        self.assertClean()


@tag("both_databases")
class NewcomerTests(UndoTestCase):
    TEXT = "campaign_id,date,cost_micros\n21,2026-03-10,20000000\n22,2026-03-11,200000000\n"

    def test_campaigns_that_only_the_import_has_made_go_with_it(self) -> None:
        before = self.state()
        self.load(self.TEXT, "--create-campaigns")
        self.assertEqual(Campaign.objects.count(), 3)
        self.undo(self.last())

        self.assertEqual(self.state(), before)
        self.assertEqual(StatusEvent.objects.exclude(campaign=self.campaign).count(), 0)
        self.assertEqual(Change.objects.filter(kind="campaign", action="DELETED").count(), 2)
        self.load(self.TEXT, "--create-campaigns")
        self.assertEqual(Spend.objects.count(), 2)

    def test_those_that_somebody_has_touched_or_spent_on_stay(self) -> None:
        for number, touch in (
            ("901", lambda one: change_campaign(campaign_id=one, values={"name": "X"}, now=self.now, by=ALICE)),
            ("902", lambda one: pause_campaign(campaign_id=one, now=self.now, by=ALICE)),
            ("903", lambda one: record(campaign_id=one, amount=Decimal(1), now=self.now, by=ALICE)),
        ):
            with self.subTest(number):
                Spend.objects.all().delete()
                self.load(self.rows(f"{number},2026-03-10,1000000"), "--create-campaigns")
                campaign = Campaign.objects.get(external_id=number)
                touch(campaign.pk)
                self.undo(self.last())
                self.assertTrue(Campaign.objects.filter(pk=campaign.pk).exists())

    def test_those_that_another_import_still_spends_on_go_with_that_one(self) -> None:
        before = self.state()
        self.load(self.TEXT, "--create-campaigns")
        first = self.last()
        self.load(self.rows("21,2026-03-09,1000000"))
        self.undo(first)
        self.assertEqual(set(Campaign.objects.values_list("external_id", flat=True)), {"11", "21"})
        self.undo(self.last())

        self.assertEqual(self.state(), before)


@tag("both_databases")
class BatchTests(UndoTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load(self.rows(*(f"11,2026-02-0{day},{day}000000" for day in range(1, 6))))
        for module in (undo, reversals):
            patcher = patch.object(module, "BATCH_SIZE", 2)
            patcher.start()
            self.addCleanup(patcher.stop)

    def test_a_day_of_the_last_batch_that_a_person_corrected_leaves_all_as_it_was(self) -> None:
        entry = Spend.objects.get(spend_date="2026-02-05")
        change_spend(spend_id=entry.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
        before = self.state()

        self.assertIn("Nothing was undone", self.refused_undo(self.last()))
        self.assertEqual(self.state(), before)
        self.assertEqual((self.last().state, ImportedDay.objects.filter(undone=True).count()), ("done", 0))

    def test_stopped_in_the_middle_it_says_so_and_goes_on(self) -> None:
        entry = Spend.objects.get(spend_date="2026-02-05")

        def meanwhile(*args: object, **kwargs: object) -> object:
            if ImportedDay.objects.filter(undone=True).count() == 4:
                change_spend(spend_id=entry.pk, values={"amount": Decimal("7.00")}, now=self.now, by=ALICE)
            return put_back(*args, **kwargs)  # type: ignore[arg-type]

        put_back = undo._put_back
        with patch.object(undo, "_put_back", meanwhile):
            self.assertIn("4 of 5 days are put back", self.refused_undo(self.last()))
        self.assertEqual((self.last().state, len(self.ledger())), ("half undone", 1))
        self.assertClean()
        out = self.load(self.rows("11,2026-02-05,7000000"))
        self.assertNotIn("goes on with", out)
        Import.objects.filter(pk=self.last().pk).delete()

        change_spend(spend_id=entry.pk, values={"amount": Decimal("5.00")}, now=self.now, by=ALICE)
        self.undo(self.last())
        self.assertEqual((self.last().state, self.ledger()), ("undone", []))
        self.assertFalse(CampaignTotal.objects.filter(made_by=self.last().pk).exists())

    def test_what_is_being_undone_is_not_imported_on(self) -> None:
        def begun(plan: Plan, now: datetime, by: Actor, progress: None) -> Import:
            report = begin(plan, now, by, progress)
            Import.objects.filter(pk=report.pk).update(undo_began_at=now)
            return report

        begin = carry_out._begun
        with patch.object(carry_out, "_begun", begun):
            self.assertIn("begun to undo", self.refused(self.rows("11,2026-02-06,6000000")))
        self.assertEqual(len(self.ledger()), 5)


class LeftTests(UndoTestCase):
    def test_a_batch_is_found_without_sorting_all_that_is_left(self) -> None:
        self.load(self.rows("11,2026-02-06,6000000"))
        plan = reversals.days_to_undo(self.last())[:10].explain()
        self.assertIn("imported_day_left", plan)
        self.assertNotIn("TEMP B-TREE", plan)
