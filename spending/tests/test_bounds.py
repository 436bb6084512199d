"""No total comes above 9,999,999,999,999,999.99: what would take one there is refused by name, on both databases."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client, tag
from uuid_utils.compat import uuid7

from brands.purging import contents_of
from spending.imports.apply.apply import carry_out
from spending.ledger.bulk_inserts import CentsColumn, ConstantColumn, load_columns
from spending.models import BrandTotal, CampaignTotal, Spend
from spending.recording.services import change_spend, record, remove_spend
from spending.tests.test_import_plans import PlanTestCase
from spending.tests.test_import_undo import UndoTestCase
from tests.browsing import AdminTestCase
from tests.support import ALICE, AgencyTestCase

LARGEST = Decimal("999999999999.99")
BOUND = "9,999,999,999,999,999.99"


class FullMonth(AgencyTestCase):
    """10,000 entries of the largest amount on the 2nd: the month takes 99.99 more."""

    def book(self, entries: int) -> None:
        columns: dict[str, Sequence[object] | ConstantColumn | CentsColumn] = {
            "id": [uuid7() for _ in range(entries)],
            "campaign_id": ConstantColumn(self.campaign.pk),
            "amount": ConstantColumn(LARGEST),
            "spend_date": ConstantColumn(self.now.date().replace(day=2)),
            "spend_type": ConstantColumn("DAILY"),
            "description": ConstantColumn(""),
            "external_id": ConstantColumn(""),
            "created_by": ConstantColumn(""),
            "created_at": ConstantColumn(self.now),
            "updated_at": ConstantColumn(self.now),
        }
        load_columns(Spend, columns)

    def fill(self) -> None:
        self.book(10_000)
        call_command("check_totals", "--repair", stdout=StringIO())

    def assertDriftFree(self) -> None:  # noqa: N802  # unittest's way
        call_command("check_totals", stdout=StringIO())


@tag("both_databases")
class BoundTests(FullMonth):
    def setUp(self) -> None:
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        super().setUp()
        self.fill()

    def test_an_entry_that_takes_a_total_above_it_is_refused_and_what_fits_is_taken(self) -> None:
        answer = Client().post(
            "/api/spends/", {"campaign": str(self.campaign.pk), "amount": "100.00"}, "application/json"
        )
        self.assertEqual(answer.status_code, 400, answer.content)
        (sentence,) = answer.json()["amount"]
        self.assertIn("“Acme” would come to 10,000,000,000,000,000.00 in the month 2026-03-01", sentence)
        self.assertIn(BOUND, sentence)
        self.assertEqual(Spend.objects.count(), 10_000)
        self.spend("99.99")
        self.assertEqual(str(BrandTotal.objects.get(period="M").amount), BOUND.replace(",", ""))
        self.assertDriftFree()

    def test_a_correction_is_refused_too_and_lowering_goes_through(self) -> None:
        small = self.spend("99.99")
        with self.assertRaisesRegex(ValidationError, BOUND):
            change_spend(spend_id=small.pk, values={"amount": Decimal("100.00")}, now=self.now, by=ALICE)
        with self.assertRaisesRegex(ValidationError, BOUND):
            self.spend("0.01", self.make_campaign("Other"))
        change_spend(spend_id=small.pk, values={"amount": Decimal("99.98")}, now=self.now, by=ALICE)
        self.spend("0.01", self.make_campaign("Third"))
        self.assertDriftFree()

    def test_in_bulk_the_rows_are_named_that_come_above_it(self) -> None:
        rows = [{"campaign": str(self.campaign.pk), "amount": amount} for amount in ("60.00", "50.00", "39.99", "0.01")]
        answer = Client().post("/api/spends/bulk/", rows, "application/json")
        self.assertEqual(answer.status_code, 400, answer.content)
        self.assertEqual(list(answer.json()), ["1", "3"])
        self.assertIn(BOUND, str(answer.json()["1"]["amount"]))
        self.assertEqual(Spend.objects.count(), 10_000)

    def test_in_bulk_a_row_that_lowers_makes_room(self) -> None:
        self.spend("99.99", external_id="a")
        campaign = str(self.campaign.pk)
        rows = [
            {"campaign": campaign, "amount": "0.99", "external_id": "a"},
            {"campaign": campaign, "amount": "99.00"},
            {"campaign": campaign, "amount": "0.01"},
        ]
        answer = Client().post("/api/spends/bulk/", rows, "application/json")
        self.assertEqual(list(answer.json()), ["2"])
        self.assertEqual(Client().post("/api/spends/bulk/", rows[:2], "application/json").status_code, 200)
        self.assertDriftFree()


@tag("both_databases")
class BoundInFormTests(FullMonth, AdminTestCase):
    def test_the_form_says_it_at_the_amount(self) -> None:
        self.fill()
        url = self.url(Spend, "add")
        form = {**self.open(url, "spend"), "campaign": str(self.campaign.pk), "amount": "100.00"}
        self.assertIn(BOUND, str(self.errors(self.send(url, form))["amount"]))
        self.assertEqual(Spend.objects.count(), 10_000)


@tag("both_databases")
class BoundOfReportTests(FullMonth, UndoTestCase, PlanTestCase):
    def test_a_line_that_comes_above_it_is_bad_and_the_others_are_booked(self) -> None:
        self.fill()
        out = self.load(self.rows("11,2026-03-09,60000000", "11,2026-03-10,50000000", "11,2026-03-11,39990000"))
        self.assertIn(BOUND, out)
        self.assertIn("line 3", out)
        self.assertEqual([row[:2] for row in self.ledger()[-2:]], [("2026-03-09", "60.00"), ("2026-03-11", "39.99")])
        self.assertClean()

    def test_what_was_booked_while_the_report_was_read_counts_too(self) -> None:
        self.fill()
        with self.plan(self.request(self.rows("11,2026-03-09,60000000"))) as plan:
            self.spend("50.00", days=-3)
            report = carry_out(plan, clock=lambda: self.now, by=ALICE)
        ((_, cell, reason),) = report.first_bad_lines
        self.assertEqual(cell, "11")
        self.assertIn(BOUND, reason)
        self.assertClean()

    def test_an_undo_that_comes_above_it_is_refused_and_changes_nothing(self) -> None:
        self.load(self.rows("11,2026-03-09,60000000"))
        self.load(self.rows("11,2026-03-09,1000000"), "--force")
        report = self.last()
        self.fill()
        self.spend("90.00")
        before = self.state()
        message = self.refused_undo(report)
        self.assertIn(BOUND, message)
        self.assertIn("Nothing was undone", message)
        self.assertEqual(self.state(), before)


@tag("both_databases")
class LeftoverTests(FullMonth):
    """What older versions let in: a total above the bound, on SQLite an inexact REAL in the column."""

    def test_a_total_above_it_is_found_corrected_and_can_still_fall(self) -> None:
        spend = self.spend("5.00")
        above = 9_300_000_000_000_000_000.5 if connection.vendor == "sqlite" else 2**63 - 1
        with connection.cursor() as cursor:
            for model in (BrandTotal, CampaignTotal):
                cursor.execute(f"UPDATE {model._meta.db_table} SET amount = %s", [above])
        with self.assertRaisesRegex(ValidationError, BOUND):
            self.spend("1.00")
        remove_spend(spend_id=spend.pk, now=self.now, by=ALICE)
        record(
            campaign_id=self.campaign.pk,
            amount=Decimal("2.00"),
            spend_date=(self.now - timedelta(days=60)).date(),
            now=self.now,
            by=ALICE,
        )
        with self.assertRaisesRegex(CommandError, "4 totals drifted"):
            call_command("check_totals", stdout=StringIO())
        out = StringIO()
        call_command("check_totals", "--repair", stdout=out)
        self.assertIn("4 corrected", out.getvalue())
        self.assertDriftFree()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT amount FROM {BrandTotal._meta.db_table} ORDER BY amount")
            amounts = [amount for (amount,) in cursor.fetchall()]
        self.assertEqual([(type(amount), amount) for amount in amounts], [(int, 0), (int, 0), (int, 200), (int, 200)])

    def test_a_ledger_that_no_total_holds_is_named_and_the_rest_is_corrected(self) -> None:
        other = self.make_campaign("Other", self.make_brand("Globex"))
        self.spend("1.00", other)
        CampaignTotal.objects.filter(campaign=other).update(amount=Decimal("3.00"))
        out = StringIO()
        self.book(92_240)
        with self.assertRaisesRegex(CommandError, "cannot be corrected"):
            call_command("check_totals", "--repair", stdout=out)
        self.assertIn("the ledger 92239999999999077.60, more than a total holds", out.getvalue())
        self.assertEqual({str(row.amount) for row in CampaignTotal.objects.filter(campaign=other)}, {"1.00"})
        self.assertEqual(contents_of(self.brand).spent, {"USD": "92239999999999077.60"})
