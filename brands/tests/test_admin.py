"""Brands in the admin."""

from decimal import Decimal
from unittest.mock import patch

from django.contrib.auth.models import User

from brands.admin import BrandAdmin
from brands.models import Brand, Membership, Role
from brands.services import change_brand, hold_brand, remove_brand
from budget_system.admin import pagination
from campaigns.models import Campaign, PauseReason, StatusEvent
from spending.models import CampaignTotal, Reset, Spend
from tests.browsing import AdminTestCase
from tests.support import ALICE


class BrandFormTests(AdminTestCase):
    def test_creates_a_brand(self) -> None:
        url = self.url(Brand, "add")
        typed = {"name": " Zoë ", "monthly_budget": "0.00", "timezone": "Asia/Tokyo", "currency": "EUR"}

        answer = self.send(url, {**self.open(url, "brand"), **typed, "daily_budget_no_limit": "on"})

        brand = Brand.objects.get(name="Zoë")
        self.assertRedirects(answer, self.url(Brand, "changelist"))
        self.assertEqual((brand.daily_budget, brand.monthly_budget, brand.currency), (None, Decimal("0.00"), "EUR"))
        self.assertEqual(brand.timezone, "Asia/Tokyo")

    def test_an_empty_budget_of_a_new_brand_is_no_answer(self) -> None:
        url = self.url(Brand, "add")
        form = {**self.open(url, "brand"), "name": "Zoë", "daily_budget": "1,500.00"}

        errors = self.errors(self.send(url, form))

        self.assertEqual(errors, {"monthly_budget": ["Type an amount, or tick “No limit”."]})
        self.send(url, {**form, "monthly_budget": "40 000"})
        brand = Brand.objects.get(name="Zoë")
        self.assertEqual((brand.daily_budget, brand.monthly_budget), (Decimal("1500.00"), Decimal("40000.00")))

    def test_no_limit_stands_beside_an_empty_budget_and_says_so(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        url = self.page_of(self.brand)

        form = self.open(url, "brand")

        self.assertEqual((form["daily_budget"], form["daily_budget_no_limit"]), ("", "on"))
        self.assertEqual(form["monthly_budget"], "2,000.00")
        self.assertNotIn("monthly_budget_no_limit", form)
        self.assertContains(self.client.get(url), 'placeholder="no limit"', 1)
        both = self.client.post(url, {**form, "daily_budget": "90"})
        self.assertIn("choose one of them", self.errors(both)["daily_budget"][0])

    def test_shows_a_refusal_at_its_field_and_keeps_what_was_typed(self) -> None:
        other = self.make_brand("Other")

        answer = self.change(other, name="ACME", daily_budget="77.00")

        self.assertIn("already a brand named", self.errors(answer)["name"][0])
        self.assertContains(answer, 'value="77.00"')
        other.refresh_from_db()
        self.assertEqual(other.daily_budget, Decimal("100.00"))

    def test_lets_in_only_what_every_way_in_lets_in(self) -> None:
        form = self.open(self.page_of(self.brand), "brand")
        amounts = ["1e3", "1_000", "+5", "-1", "1.005", "１２", "5,00"]
        wrong = {"name": ["\u200bAcme", "  "], "daily_budget": amounts, "timezone": ["utc"], "currency": ["KWD"]}
        for field, values in wrong.items():
            for value in values:
                with self.subTest(field=field, value=value):
                    answer = self.send(self.page_of(self.brand), {**form, field: value})
                    self.assertIn(field, self.errors(answer))

    def test_a_raised_budget_wakes_at_once(self) -> None:
        self.spend("100.00")
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

        self.change(self.brand, daily_budget="100.01")

        self.assertRuns()
        self.assertEqual(self.events()[-1].by, "user ana")

    def test_a_form_that_was_open_while_the_row_changed_puts_nothing_back(self) -> None:
        form = self.open(self.page_of(self.brand), "brand")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("900.00")}, now=self.now, by=ALICE)

        refused = self.send(self.page_of(self.brand), {**form, "name": "Acme Ltd"})
        self.send(self.page_of(self.brand), self.read_form(refused.content.decode(), "brand"))

        self.assertContains(refused, "the API saved 900.00, today 12:00 (UTC); you had not changed it.")
        self.brand.refresh_from_db()
        self.assertEqual((self.brand.name, self.brand.daily_budget), ("Acme Ltd", Decimal("900.00")))

    def test_saving_without_a_change_writes_nothing(self) -> None:
        before = self.brand.updated_at

        self.assertEqual(self.change(self.brand).status_code, 302)

        self.brand.refresh_from_db()
        self.assertEqual(self.brand.updated_at, before)
        self.assertEqual(self.events(), [])

    def test_a_brand_that_is_gone_leads_back_to_the_list(self) -> None:
        form = self.open(self.page_of(self.brand), "brand")
        url = self.page_of(self.brand)
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        answer = self.send(url, {**form, "name": "Late"})

        self.assertEqual(answer.status_code, 302)
        self.assertIn("Acme", form["name"])

    def test_the_currency_of_a_brand_with_spends_is_refused_at_its_field(self) -> None:
        self.spend("1.00")

        self.assertIn("has spends in USD", self.errors(self.change(self.brand, currency="EUR"))["currency"][0])


class BrandDeletionTests(AdminTestCase):
    def test_deletes_what_never_had_spends(self) -> None:
        answer = self.send(self.page_of(self.brand, "delete"), {"post": "yes"})

        self.assertIn("deleted", self.messages_in(answer))
        self.assertFalse(Brand.everything.exists())

    def test_archives_what_has_spends_and_says_so(self) -> None:
        self.spend("1.00")
        page = self.client.get(self.page_of(self.brand, "delete"))
        self.assertContains(page, "it will be archived")

        answer = self.send(self.page_of(self.brand, "delete"), {"post": "yes"})

        self.assertIn("archived, not deleted", self.messages_in(answer))
        self.assertFalse(Brand.objects.exists())
        self.assertEqual(Spend.objects.count(), 1)

    def test_deletes_in_bulk_each_in_its_way(self) -> None:
        self.spend("1.00")
        other = self.make_brand("Other")
        self.assertContains(self.act("delete_selected", self.brand, other), "it will be archived")
        self.assertEqual(Brand.objects.count(), 2)

        answer = self.act("delete_selected", self.brand, other, post="yes")

        self.assertEqual(self.messages_in(answer), "1 deleted.\n1 archived: what has spends is kept.")
        self.assertEqual([brand.name for brand in Brand.everything.all()], ["Acme"])

    def test_a_superuser_finds_and_restores_what_is_archived(self) -> None:
        self.spend("100.00")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertNotContains(self.client.get(self.url(Brand, "changelist")), "Acme")
        self.assertContains(self.client.get(self.url(Brand, "changelist") + "?archived=yes"), "Acme")
        page = self.client.get(self.page_of(self.brand))
        self.assertContains(page, "archived")
        self.assertNotContains(page, self.url(self.brand, "this_month", self.brand.pk))

        url = self.url(Brand, "changelist") + "?archived=yes"
        answer = self.send(url, {"action": "restore", "_selected_action": [str(self.brand.pk)]})

        self.assertIn("is restored", self.messages_in(answer))
        self.assertTrue(Brand.objects.filter(pk=self.brand.pk).exists())

    def test_a_restore_is_refused_while_the_name_is_taken(self) -> None:
        self.spend("1.00")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.make_brand("acme")

        url = self.url(Brand, "changelist") + "?archived=yes"
        answer = self.send(url, {"action": "restore", "_selected_action": [str(self.brand.pk)]})

        self.assertIn("already a brand named", self.messages_in(answer))
        self.assertFalse(Brand.objects.filter(pk=self.brand.pk).exists())

    def test_others_do_not_see_what_is_archived(self) -> None:
        self.spend("1.00")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        manager = User.objects.create_user("bo")
        Membership.objects.create(user=manager, brand=self.brand, role=Role.MANAGER)
        self.client.force_login(manager)

        page = self.client.get(self.url(Brand, "changelist") + "?archived=yes", follow=True)
        self.assertNotContains(page, "Acme")
        self.assertEqual(self.client.get(self.page_of(self.brand)).status_code, 302)


class BrandOrderTests(AdminTestCase):
    def test_holds_and_releases(self) -> None:
        self.assertContains(self.act("hold", self.brand), "held: 1 campaign pauses")
        self.assertRuns()
        self.assertIn("1 brand: 1 held.", self.messages_in(self.act("hold", self.brand, confirmed="yes")))
        self.assertPaused(PauseReason.MANUAL)

        self.assertIn("1 brand: 1 released.", self.messages_in(self.act("release", self.brand, confirmed="yes")))
        self.assertRuns()

    def test_holds_with_a_note_from_its_page(self) -> None:
        url = self.url(self.brand, "hold_one", self.brand.pk)
        self.assertContains(self.client.get(url), "Note")
        self.assertRuns()

        self.send(url, {"confirmed": "yes", "note": "unpaid invoice"})

        self.assertPaused(PauseReason.MANUAL)
        self.assertEqual(StatusEvent.objects.get(campaign=None).note, "unpaid invoice")

    def test_enforces_budgets_from_the_ledger(self) -> None:
        self.spend("100.00")
        CampaignTotal.objects.update(amount=Decimal("1.00"))
        Campaign.objects.update(status="ACTIVE", pause_reason=None, blocked=0)

        answer = self.act("enforce_budgets", self.brand)

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        self.assertIn("checked 1, paused daily 1", self.messages_in(answer))

    def test_enforces_dayparting(self) -> None:
        self.window(13, 14)
        Campaign.objects.update(status="ACTIVE", pause_reason=None, blocked=0, next_transition_at=None)

        answer = self.act("enforce_dayparting", self.brand)

        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)
        self.assertIn("paused 1", self.messages_in(answer))

    def test_a_reset_shows_what_would_be_cleared_and_clears_only_when_confirmed(self) -> None:
        self.spend("100.00")

        page = self.act("reset_both", self.brand)

        self.assertContains(page, "day of 2026-03-11")
        self.assertContains(page, "month of 2026-03-01")
        self.assertContains(page, "100.00 USD", count=2)
        self.assertFalse(Reset.objects.exists())

        answer = self.act("reset_daily", self.brand, confirmed="yes", note="test day")

        self.assertIn("daily reset 1, monthly reset 0, reactivated 1, errors 0", self.messages_in(answer))
        self.assertEqual(
            [(row.period, row.note, row.by) for row in Reset.objects.all()], [("D", "test day", "user ana")]
        )
        self.assertRuns()

    def test_orders_need_the_right_to_change(self) -> None:
        viewer = User.objects.create_user("vi")
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        self.client.force_login(viewer)

        self.act("hold", self.brand)
        answer = self.send(self.url(self.brand, "hold_one", self.brand.pk), {"confirmed": "yes", "note": ""})

        self.assertEqual(answer.status_code, 403)
        self.assertRuns()
        self.assertEqual(self.client.get(self.page_of(self.brand)).status_code, 200)


class BrandListTests(AdminTestCase):
    def test_needs_no_query_per_row(self) -> None:
        for number in range(4):
            self.make_campaign("Sale", self.make_brand(f"Brand {number}"))
        few = self.queries_of_list(Brand)
        for number in range(4, 49):
            self.spend("1.00", self.make_campaign("Sale", self.make_brand(f"Brand {number}")))

        self.assertEqual(self.queries_of_list(Brand), few)

    def test_turns_to_so_many_rows_as_are_counted_and_says_so(self) -> None:
        for number in range(4):
            self.make_brand(f"Brand {number}")
        with patch.object(pagination, "COUNT_LIMIT", 3), patch.object(BrandAdmin, "list_per_page", 2):
            page = self.client.get(self.url(Brand, "changelist"))
            second = self.client.get(f"{self.url(Brand, 'changelist')}?p=2")
        self.assertContains(page, "the first 3 brands; search or filter to see the others")
        self.assertEqual(len(second.context["cl"].result_list), 1)
        self.assertNotContains(self.client.get(self.url(Brand, "changelist")), "search or filter to see the others")

    def test_says_in_words_what_the_colours_say(self) -> None:
        self.make_brand("Free", daily=None, monthly=None)
        self.make_brand("Zero", daily="0.00", monthly="1.00")
        self.spend("80.00")

        page = self.client.get(self.url(Brand, "changelist"))

        for word in ("near", "within", "no limit", "used up", "80 %"):
            self.assertContains(page, word)

    def test_searches_without_regard_to_case_in_any_script(self) -> None:
        self.make_brand("Ελλάς")

        page = self.client.get(self.url(Brand, "changelist"), {"q": "ΕΛΛΆΣ"})

        self.assertContains(page, "Ελλάς")
        self.assertNotContains(page, "Acme")

    def test_its_page_links_to_its_campaigns(self) -> None:
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        page = self.client.get(self.page_of(self.brand))

        self.assertContains(page, self.page_of(self.campaign))
        self.assertContains(page, "its brand is held")
