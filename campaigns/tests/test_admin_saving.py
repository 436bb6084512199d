"""What a save would do is said before, and what it did after; a form that is out of date is refused."""

from datetime import timedelta
from decimal import Decimal

import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brands.models import Brand, Membership, Role
from brands.services import change_brand, hold_brand
from campaigns.models import Campaign, PauseReason
from campaigns.services import CampaignValues, change_campaign
from spending.models import Spend
from tests.browsing import AdminTestCase, Form
from tests.support import ALICE


class SavingTestCase(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.spend("60.00")

    def asked(self, url: str, form: Form) -> str:
        """Send a form, and return the yes to what is asked."""
        yes: str = self.send(url, form).context["question"].answer
        return yes

    def filled(self, row: Brand | Campaign, **values: str) -> Form:
        boxes = {f"{name}_no_limit": "on" for name, value in values.items() if value == ""}
        return {**self.open(self.page_of(row), str(row._meta.model_name)), **boxes, **values}

    def budget(self) -> Decimal | None:
        return Brand.objects.get(pk=self.brand.pk).daily_budget


class AskingTests(SavingTestCase):
    def test_a_budget_that_would_pause_is_asked_about_and_nothing_is_saved(self) -> None:
        self.make_campaign("Autumn")

        answer = self.send(self.page_of(self.brand), self.filled(self.brand, daily_budget="50"))

        self.assertContains(answer, "Daily budget: 100.00 → 50.00; 60.00 USD spent today")
        self.assertContains(answer, "2 campaigns would pause now (daily budget used up): Autumn, Spring sale.")
        self.assertEqual(self.budget(), Decimal("100.00"))
        self.assertRuns()
        self.assertEqual(len(self.events()), 0)

    def test_a_yes_saves_and_says_by_name_what_happened(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="50")

        answer = self.send(url, {**form, "answer": self.asked(url, form)})

        self.assertEqual(answer.status_code, 302)
        self.assertIn("Paused (daily budget used up): Spring sale.", self.messages_in(answer))
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

    def test_a_yes_to_something_else_is_no_yes(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="50")
        yes = self.asked(url, form)
        self.make_campaign("Autumn")

        answer = self.send(url, {**form, "answer": yes})

        self.assertContains(answer, "2 campaigns would pause now")
        self.assertEqual(self.budget(), Decimal("100.00"))

    def test_all_that_was_typed_goes_along_and_comes_back(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="50", name="Acme & Sons")
        self.assertContains(self.send(url, form), 'name="name" value="Acme &amp; Sons"')

        back = self.send(url, {**form, "answer": "x", "_go_back": ""})

        self.assertContains(back, "Nothing is saved yet.")
        self.assertContains(back, 'value="Acme &amp; Sons"')
        self.assertContains(back, 'value="50"')
        self.assertEqual(self.budget(), Decimal("100.00"))

    def test_what_wakes_and_what_stays_asleep_and_until_when(self) -> None:
        sleeping = self.make_campaign("Nights")
        self.window(20, 22, campaign=sleeping)
        self.make_campaign("Autumn")
        self.change(self.brand, daily_budget="50")
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED, PauseReason.OUTSIDE_SCHEDULE, campaign=sleeping)

        answer = self.send(self.page_of(self.brand), self.filled(self.brand, daily_budget="5,000"))

        self.assertContains(answer, "2 campaigns wake now: Autumn, Spring sale.")
        self.assertContains(answer, "1 campaign stays paused: outside its hours until today 20:00 (UTC).")

    def test_a_limit_that_ends_is_asked_about(self) -> None:
        answer = self.send(self.page_of(self.brand), self.filled(self.brand, monthly_budget=""))

        self.assertContains(answer, "Monthly budget: 2,000.00 → no limit")
        self.assertContains(answer, "no limit any more")

    def test_what_nobody_feels_is_saved_straight_away(self) -> None:
        for values in ({"daily_budget": "60.01"}, {"name": "Acme Ltd"}, {"timezone": "Europe/Berlin"}):
            with self.subTest(values):
                answer = self.send(self.page_of(self.brand), self.filled(self.brand, **values))
                self.assertEqual(answer.status_code, 302)

    def test_a_cap_of_a_campaign_is_asked_about_too(self) -> None:
        answer = self.send(self.page_of(self.campaign), self.filled(self.campaign, daily_budget="60"))

        self.assertContains(answer, "Daily budget: no budget of its own → 60.00; 60.00 USD spent today")
        self.assertContains(answer, "1 campaign would pause now (daily budget used up): Spring sale.")

    def capped(self, **values: str) -> tuple[str, Form]:
        """Use up a cap of the campaign; fill in its form."""
        cap: CampaignValues = {"daily_budget": Decimal(60)}
        change_campaign(campaign_id=self.campaign.pk, values=cap, now=self.now, by=ALICE)
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        return self.page_of(self.campaign), self.filled(self.campaign, **values)

    def test_all_that_a_save_changes_is_named(self) -> None:
        answer = self.send(*self.capped(daily_budget="90", week="Daily 9–18", platform="google"))

        for text in (
            "Daily budget: 60.00 → 90.00; 60.00 USD spent today",
            "Hours: Always → Daily 09:00–18:00",
            "Platform: nothing → Google Ads",
            "1 campaign wakes now: Spring sale.",
        ):
            self.assertContains(answer, text)

    def test_what_counts_is_what_comes_of_it_in_the_end(self) -> None:
        answer = self.send(*self.capped(daily_budget="90", week="Daily 20–22"))

        self.assertEqual(answer.status_code, 302)
        self.assertPaused(PauseReason.OUTSIDE_SCHEDULE)
        self.assertIn("It stays paused: outside its hours; resumes today 20:00", self.messages_in(answer))
        self.assertNotIn("Woke", self.messages_in(answer))

    def test_members_that_a_save_changes_are_named(self) -> None:
        Membership.objects.create(user=self.admin, brand=self.brand, role=Role.VIEWER)
        form = self.filled(self.brand, daily_budget="50") | {"memberships-0-role": "MANAGER"}

        self.assertContains(self.send(self.page_of(self.brand), form), "Memberships: 1 changed")

    def test_of_many_campaigns_some_are_named(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="50")
        with CaptureQueriesContext(connection) as of_one:
            self.send(url, form)
        for number in range(20):
            self.make_campaign(f"Number {number:02}")

        with self.assertNumQueries(len(of_one)):
            answer = self.send(url, form)

        self.assertContains(answer, "21 campaigns would pause now")
        self.assertContains(answer, "Number 07 and 13 more.")


class StaleTests(SavingTestCase):
    def test_a_form_that_was_open_while_somebody_saved_is_refused_with_both_values(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="90", name="Acme Ltd")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal(120)}, now=self.now, by=ALICE)

        answer = self.send(url, form)

        self.assertContains(answer, "this was changed after you had opened it")
        self.assertContains(answer, "you typed 90.00; the API saved 120.00, today 12:00 (UTC).")
        self.assertContains(answer, 'value="Acme Ltd"')
        self.assertEqual(self.budget(), Decimal("120.00"))

    def test_saving_once_more_goes_on_from_what_stands(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, daily_budget="90")
        change_brand(
            brand_id=self.brand.pk,
            values={"daily_budget": Decimal(120), "monthly_budget": None},
            now=self.now,
            by=ALICE,
        )
        refused = self.send(url, form)
        self.assertContains(refused, "saved no limit, today 12:00 (UTC); you had not changed it.")

        answer = self.send(url, self.read_form(refused.content.decode(), "brand"))

        self.assertEqual(answer.status_code, 302)
        brand = Brand.objects.get(pk=self.brand.pk)
        self.assertEqual((brand.daily_budget, brand.monthly_budget), (Decimal("90.00"), None))

    def test_a_hold_meanwhile_is_told_too(self) -> None:
        url, form = self.page_of(self.brand), self.filled(self.brand, name="Acme Ltd")
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        answer = self.send(url, form)

        self.assertContains(answer, "Last saved")
        self.assertContains(answer, "by the API, today 12:00 (UTC)")

    def test_what_the_rules_did_meanwhile_is_no_reason_to_refuse(self) -> None:
        url, form = self.page_of(self.campaign), self.filled(self.campaign, name="Winter sale")
        self.spend("40.00")
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

        self.assertEqual(self.send(url, form).status_code, 302)

    def test_a_campaign_a_window_and_a_spend_are_refused_too(self) -> None:
        spend, window = self.spend("5.00"), self.window(9, 18)
        for row, typed, saved in (
            (self.campaign, {"name": "Mine"}, {"name": "Theirs"}),
            (spend, {"amount": "6"}, {"amount": "7"}),
            (window, {"end_time": "19"}, {"end_time": "20:00"}),
        ):
            with self.subTest(row):
                url, kind = self.page_of(row), str(row._meta.model_name)
                form = {**self.open(url, kind), **typed}
                self.assertEqual(self.send(url, {**self.open(url, kind), **saved}).status_code, 302)
                answer = self.send(url, form)
                self.assertContains(answer, "this was changed after you had opened it")
                self.assertContains(answer, "you saved")

    def test_the_wish_to_run_is_told_as_what_somebody_decided(self) -> None:
        url = self.page_of(self.campaign)
        form = self.filled(self.campaign, name="Winter sale")
        change_campaign(campaign_id=self.campaign.pk, values={"platform": "google"}, now=self.now, by=ALICE)

        self.assertContains(self.send(url, form), "the API saved Google")


class OrderTests(SavingTestCase):
    def test_a_hold_and_a_release_say_by_name_what_they_did(self) -> None:
        asleep = self.make_campaign("Nights")
        self.window(20, 22, campaign=asleep)

        held = self.send(self.page_of(self.brand, "hold_one"), {"confirmed": "yes", "note": "unpaid"})
        self.assertIn("“Acme” is held", self.messages_in(held))
        self.assertIn("Paused: Spring sale. 1 stays paused: its brand is held.", self.messages_in(held))

        with time_machine.travel(self.now + timedelta(hours=1), tick=False):
            released = self.send(self.page_of(self.brand, "release_one"), {"confirmed": "yes", "note": ""})
            self.assertIn("Woke: Spring sale.", self.messages_in(released))
            self.assertIn("1 stays paused: outside its hours until today 20:00 (UTC).", self.messages_in(released))

    def test_a_spend_says_what_it_has_paused(self) -> None:
        url = self.url(Spend, "add")
        form = {**self.open(url, "spend"), "campaign": str(self.campaign.pk), "amount": "1'000"}

        answer = self.send(url, form)

        self.assertIn("Paused (daily budget used up): Spring sale.", self.messages_in(answer))
