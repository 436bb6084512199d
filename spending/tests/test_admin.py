"""The ledger in the admin."""

from datetime import timedelta
from decimal import Decimal
from unittest.mock import patch

from brands.services import remove_brand
from budget_system.admin import lookup_guard as careful
from campaigns.models import PauseReason
from campaigns.services import remove_campaign
from spending.enforcement.resets import reset
from spending.models import Period, Reset, Spend
from spending.reports.figures import brand_figures
from tests.browsing import AdminTestCase
from tests.support import ALICE


class SpendFormTests(AdminTestCase):
    def add(self, **typed: str) -> Spend:
        url = self.url(Spend, "add")
        answer = self.send(url, {**self.open(url, "spend"), "campaign": str(self.campaign.pk), **typed})
        self.assertEqual(answer.status_code, 302)
        return Spend.objects.get()

    def spent(self) -> tuple[Decimal, Decimal]:
        figures = brand_figures([self.brand], now=self.now)[self.brand.pk]
        return figures.daily_spend, figures.monthly_spend

    def test_books_a_spend_today_where_no_date_is_given(self) -> None:
        spend = self.add(amount="100", description="a\r\nb")

        self.assertEqual((spend.spend_date, spend.description), (self.now.date(), "a\nb"))
        self.assertEqual(self.spent(), (Decimal("100.00"), Decimal("100.00")))
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

    def test_refuses_at_the_field(self) -> None:
        url = self.url(Spend, "add")
        empty = {**self.open(url, "spend"), "campaign": str(self.campaign.pk), "amount": "1.00"}
        tomorrow = self.now.date() + timedelta(days=2)
        for typed, field in (
            ({"amount": "0.00"}, "amount"),
            ({"amount": "1e2"}, "amount"),
            ({"amount": ""}, "amount"),
            ({"spend_date": str(tomorrow)}, "spend_date"),
            ({"spend_date": "1999-12-31"}, "spend_date"),
            ({"spend_date": "20260311"}, "spend_date"),
            ({"campaign": ""}, "campaign"),
            ({"campaign": "x"}, "campaign"),
            ({"external_id": "a\u200bb"}, "external_id"),
        ):
            with self.subTest(typed=typed):
                self.assertIn(field, self.errors(self.send(url, {**empty, **typed})))
        self.assertFalse(Spend.objects.exists())

    def test_an_id_that_is_known_is_refused_rather_than_replaced(self) -> None:
        self.spend("5.00", external_id="A1")
        url = self.url(Spend, "add")
        form = {**self.open(url, "spend"), "campaign": str(self.campaign.pk), "amount": "9.00", "external_id": "A1"}

        self.assertIn("external_id", self.errors(self.send(url, form)))
        self.assertEqual(Spend.objects.get().amount, Decimal("5.00"))

    def test_a_correction_moves_the_counters_by_the_difference(self) -> None:
        spend = self.spend("100.00")

        self.change(spend, amount="99.99")

        self.assertEqual(self.spent(), (Decimal("99.99"), Decimal("99.99")))
        self.assertRuns()

    def test_a_form_that_was_open_while_the_row_changed_puts_nothing_back(self) -> None:
        spend = self.spend("5.00")
        form = self.open(self.page_of(spend), "spend")
        self.change(spend, amount="7.00")

        refused = self.send(self.page_of(spend), {**form, "description": "checked"})
        self.send(self.page_of(spend), self.read_form(refused.content.decode(), "spend"))

        self.assertContains(refused, "you saved 7.00, today 12:00 (UTC); you had not changed it.")
        spend.refresh_from_db()
        self.assertEqual((spend.amount, spend.description), (Decimal("7.00"), "checked"))

    def test_deletions_give_it_back(self) -> None:
        first, second = self.spend("60.00"), self.spend("40.00")
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

        self.send(self.page_of(first, "delete"), {"post": "yes"})
        self.assertEqual(self.spent(), (Decimal("40.00"), Decimal("40.00")))
        self.assertRuns()

        self.act("delete_selected", second, post="yes")
        self.assertEqual(self.spent(), (Decimal("0.00"), Decimal("0.00")))

    def test_an_archived_campaigns_entries_may_be_corrected_but_get_no_new_ones(self) -> None:
        spend = self.spend("5.00")
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        url = self.url(Spend, "add")
        form = {**self.open(url, "spend"), "campaign": str(self.campaign.pk), "amount": "1.00"}

        self.assertIn("is archived", self.errors(self.send(url, form))["campaign"][0])
        self.change(spend, amount="6.00")
        self.assertEqual(self.spent(), (Decimal("6.00"), Decimal("6.00")))


class SpendListTests(AdminTestCase):
    def test_shows_each_entrys_share_of_the_tightest_budget(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00")
        free = self.make_campaign("Free", self.make_brand("Free", daily=None, monthly=None))
        self.spend("8.00", capped)
        self.spend("50.00")
        self.spend("1.00", days=-40)
        self.spend("3.00", free)

        page = self.client.get(self.url(Spend, "changelist"))

        for words in (
            "of 10.00, campaign&#x27;s day",
            "80\N{NO-BREAK SPACE}%",
            "of 100.00, brand&#x27;s day",
            "history",
            "no limit",
        ):
            self.assertContains(page, words)

    def test_needs_no_query_per_row(self) -> None:
        for _ in range(5):
            self.spend("1.00")
        few = self.queries_of_list(Spend)
        for number in range(45):
            self.spend("1.00", self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}")))

        self.assertEqual(self.queries_of_list(Spend), few)

    def test_filters_and_searches(self) -> None:
        self.spend("1.00")
        other = self.spend("2.00", self.make_campaign("Other", self.make_brand("Broke")), external_id="Z9", days=-40)
        for query in (
            f"campaign__id__exact={other.campaign_id}",
            f"campaign__brand__id__exact={other.campaign.brand_id}",
            f"spend_date_from={other.spend_date}&spend_date_to={other.spend_date}",
            "q=z9",
            "q=BROKE",
        ):
            with self.subTest(query=query):
                page = self.client.get(f"{self.url(Spend, 'changelist')}?{query}")
                self.assertEqual([row.pk for row in page.context["cl"].result_list], [other.pk])

    def test_an_action_takes_so_many_rows_as_can_be_waited_for_and_no_more(self) -> None:
        rows = [self.spend("1.00", external_id=f"z{number}") for number in range(3)]
        with patch.object(careful, "MAX_ROWS", 2):
            for more in ({}, {"select_across": "1", "_selected_action": [str(rows[0].pk)]}):
                answer = self.act("delete_selected", *rows, post="yes", **more)
                self.assertIn("3 rows are chosen; choose at most 2 at a time", self.messages_in(answer))
                self.assertEqual(Spend.objects.count(), 3)
            self.act("delete_selected", *rows[:2], post="yes")
        self.assertEqual(Spend.objects.count(), 1)

    def test_leaves_out_what_belongs_to_an_archived_brand(self) -> None:
        spend = self.spend("1.00")
        reset(periods=[Period.DAY], now=self.now, by=ALICE)
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertEqual(self.client.get(self.url(Spend, "changelist")).context["cl"].result_list, [])
        self.assertEqual(self.client.get(self.url(Reset, "changelist")).context["cl"].result_list, [])
        self.assertEqual(self.client.get(self.page_of(spend)).status_code, 302)

    def test_resets_can_be_read_and_not_edited(self) -> None:
        self.spend("1.00")
        reset(periods=[Period.DAY], note="why not", now=self.now, by=ALICE)

        self.assertContains(self.client.get(self.url(Reset, "changelist")), "why not")
        self.assertContains(self.client.get(self.page_of(Reset.objects.get())), "1.00 USD")
        self.assertEqual(self.client.get(self.url(Reset, "add")).status_code, 403)
