"""Reports of brands whose currency has no decimals: what a day comes to is rounded to whole units, once."""

from decimal import Decimal
from io import StringIO

from django.core.management import call_command
from django.test import SimpleTestCase, tag

from brands.services import change_brand
from budget_system.core.errors import Conflict
from spending.imports.apply.apply import carry_out
from spending.imports.cells.costs import parse_cost
from spending.imports.cells.parsing import BadCell, add, rounded_cents
from spending.imports.plan.planning import planning
from spending.imports.requests import Request
from spending.models import Spend
from spending.recording.services import change_spend
from spending.tests.test_admin_imports import ImportingTestCase
from spending.tests.test_import_undo import UndoTestCase
from tests.support import ALICE


class CellTests(SimpleTestCase):
    def test_a_day_is_rounded_half_up_to_the_decimals_of_its_currency(self) -> None:
        for amount, dollars, yen in (
            ("1234.56", 123456, 123500),
            ("0.5", 50, 100),
            ("0.49999999999999999999999999999", 50, 0),
            ("0.005", 1, 0),
            ("2.5", 250, 300),
            ("999999999999.5", 99999999999950, 100000000000000),
        ):
            self.assertEqual(rounded_cents(Decimal(amount), "USD"), dollars, amount)
            self.assertEqual(rounded_cents(Decimal(amount), "JPY"), yen, amount)
        self.assertEqual(rounded_cents(add([Decimal("0.4")] * 4), "KRW"), 200)

    def test_their_signs_are_known(self) -> None:
        for cell, currencies in (
            ("¥1500", "JPY CNY"),
            ("￥1500", "JPY CNY"),
            ("JP¥1500", "JPY"),
            ("CN¥1500", "CNY"),
            ("₩1500", "KRW"),
            ("￦ 1500", "KRW"),
            ("1500 ₫", "VND"),
            ("₲ 1500", "PYG"),
            ("$1500", "CLP"),
            ("1500 kr", "ISK"),
            ("1500 FCFA", "XAF XOF"),
            ("1500 F CFA", "XOF XAF"),
            ("1500\u00a0F\u202fCFA", "XOF"),
            ("1500 CFPF", "XPF"),
            ("1500 FBu", "BIF"),
            ("USh 1500", "UGX"),
            ("JPY 1500", "JPY"),
            ("1500xof", "XOF"),
        ):
            for currency in currencies.split():
                self.assertEqual(parse_cost(cell, currency).amount, Decimal(1500), cell)
            with self.subTest(cell), self.assertRaisesMessage(BadCell, "the currency is not CHF"):
                parse_cost(cell, "CHF")
        for cell in ("1500 F  CFA", "FC FA 1500", "KWD 5", "1500 BURGER"):
            with self.subTest(cell), self.assertRaisesMessage(BadCell, "this is no cost"):
                parse_cost(cell, "JPY")


class WholeThousandsTests(UndoTestCase):
    def test_without_decimals_a_sign_can_only_part_thousands(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "JPY"}, now=self.now, by=ALICE)
        text = self.rows('11,2026-03-09,"1,234"', "11,2026-03-10,1.500", header="campaign_id,date,cost")
        self.load(text, "--force")
        self.assertEqual([row[1] for row in self.ledger()], ["1234.00", "1500.00"])

    def test_other_entries_are_told_in_whole_amounts(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "JPY"}, now=self.now, by=ALICE)
        self.spend("361.00")
        refusal = self.refused(self.rows("11,2026-03-11,900", header="campaign_id,date,cost"), "--force")
        self.assertIn("361 in all", refusal)
        self.assertIn("361 before, 900 if replaced, 1261 if added", refusal)


class ChangedCurrencyTests(UndoTestCase):
    def test_a_brand_whose_currency_changed_while_a_report_was_read_gets_none_of_it(self) -> None:
        text = self.rows("11,2026-03-10,20550000")
        request = Request(path=self.file(text), brand_id=self.brand.pk, platform="google")
        with planning(request, now=self.now, by=ALICE) as plan:
            change_brand(brand_id=self.brand.pk, values={"currency": "ISK"}, now=self.now, by=ALICE)
            with self.assertRaisesMessage(Conflict, "spends ISK since the report was read; import it again"):
                carry_out(plan, clock=lambda: self.now, by=ALICE)
        self.assertFalse(Spend.objects.exists())
        self.load(text)
        self.assertEqual(self.ledger(), [("2026-03-10", "21.00", "report:google:2026-03-10")])
        report = self.last()
        self.assertEqual((report.money_booked, Decimal(report.rounding)), (Decimal(21), Decimal("-0.45")))


class InYen(UndoTestCase):
    def setUp(self) -> None:
        super().setUp()
        change_brand(brand_id=self.brand.pk, values={"currency": "JPY"}, now=self.now, by=ALICE)


@tag("both_databases")
class BookingTests(InYen):
    def test_a_days_lines_are_added_exactly_and_rounded_once(self) -> None:
        header = "campaign_id,date,spend"
        lines = ("11,2026-03-10,10.4", "11,2026-03-10,10.4", "11,2026-03-10,¥10.2", "11,2026-03-09,0.4")
        out = self.load(self.rows(*lines, header=header), "--unit", "units", "--cost-column", "spend")

        self.assertEqual(self.ledger(), [("2026-03-10", "31.00", "report:google:2026-03-10")])
        self.assertIn("money in 31.4 = money booked 31 + rounding 0.4", out)
        report = self.last()
        self.assertEqual(Decimal(report.money_in), report.money_booked + Decimal(report.rounding))
        self.assertClean()

    def test_micros_are_millionths_of_the_whole_unit(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000", "11,2026-03-10,500000", "11,2026-03-09,499999"))

        self.assertEqual(self.ledger(), [("2026-03-10", "21.00", "report:google:2026-03-10")])

    def test_a_sum_that_rounds_to_nothing_voids_the_day(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        out = self.load(self.rows("11,2026-03-10,400000"), "--force")

        self.assertIn("1 voided", out)
        self.assertFalse(Spend.objects.exists())

    def test_another_currency_in_a_column_or_beside_the_number_is_refused(self) -> None:
        header = "campaign_id,date,spend,currency"
        lines = ("11,2026-03-10,5,USD", "11,2026-03-10,$5,JPY", "11,2026-03-10,5,jpy")
        out = self.load(self.rows(*lines, header=header), "--unit", "units", "--cost-column", "spend")

        self.assertIn("bad line 2: “USD”: the currency is not JPY", out)
        self.assertIn("bad line 3: “$5”: the currency is not JPY", out)
        self.assertEqual(len(self.ledger()), 1)

    def test_what_looks_wrong_is_told_in_whole_amounts(self) -> None:
        self.assertIn("(11 on 2026-03-10: 301, budget 100)", self.refused(self.rows("11,2026-03-10,300500000")))
        self.load(self.rows("11,2026-03-10,90000000"))
        self.assertIn("from 90 to 30.", self.refused(self.rows("11,2026-03-10,30000000")))

    def test_undoing_is_told_in_whole_amounts(self) -> None:
        self.load(self.rows("11,2026-03-10,30000000"))
        self.load(self.rows("11,2026-03-10,31000000"))
        out = StringIO()
        call_command("import_spends", "--undo", str(self.last().pk), "--dry-run", stdout=out)
        self.assertIn("money: 31 becomes 30\n2026-03-10 “Spring sale”: 31 becomes 30\n", out.getvalue())
        change_spend(spend_id=Spend.objects.get().pk, values={"amount": Decimal(32)}, now=self.now, by=ALICE)
        self.assertIn("which left 31, to 32 on 2026-03-10", self.refused_undo(self.last()))


class AdminTests(InYen, ImportingTestCase):
    def test_the_plan_the_import_and_its_undoing_show_whole_amounts(self) -> None:
        text = self.rows("11,2026-03-10,1234500000", "11,2026-03-09,10000000")
        page = self.post(text)
        self.assertContains(page, "1,244.500000 in the report = 1,245 JPY booked + -0.500000 rounding")
        self.assertContains(page, '<td class="bs-number bs-right" data-label="after">1,235</td>')

        form = self.plan(text)
        done = self.go(form, force="on")
        report = self.last()
        self.assertRedirects(done, self.page_of(report))
        self.assertContains(self.client.get(self.page_of(report)), "1,245 JPY")
        undoing = self.client.get(self.page_of(report).replace("/change/", "/undo/"), follow=True)
        self.assertContains(undoing, "1,245 JPY become 0 JPY")
        self.assertContains(undoing, "1,235 JPY")
