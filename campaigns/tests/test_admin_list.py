"""The admin's list of campaigns, and what holds of every list: files, empty lists, orders for many."""

import csv
import io
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import models
from django.test import tag
from openpyxl import load_workbook

from brands.models import Brand, Membership, Role
from brands.services import hold_brand
from campaigns.admin.pausing import would_activate, would_pause
from campaigns.models import Campaign, CampaignStatus, StatusEvent
from campaigns.services import activate_campaign, pause_campaign
from spending.models import Spend
from tests.browsing import AdminTestCase
from tests.support import ALICE


class ListTestCase(AdminTestCase):
    def names(self, model: type[models.Model] = Campaign, **asked: str) -> list[str]:
        page = self.client.get(self.url(model, "changelist"), asked)
        self.assertEqual(page.status_code, 200)
        return [str(row) for row in page.context["cl"].result_list]

    def file(self, model: type[models.Model], kind: str = "csv", **asked: str) -> bytes:
        answer: Any = self.client.get(self.url(model, "changelist"), {"export": kind, **asked})
        self.assertEqual(answer.status_code, 200, model)
        return b"".join(answer.streaming_content)

    def lines(self, model: type[models.Model], **asked: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.file(model, **asked).decode())))


@tag("both_databases")
class CampaignListTests(ListTestCase):
    def test_says_what_binds_and_when_it_resumes(self) -> None:
        Campaign.objects.filter(pk=self.campaign.pk).update(external_id="9903109026", platform="google")
        self.spend("100.00")

        page = self.client.get(self.url(Campaign, "changelist"))

        for text in ("9903109026", "Paused: daily budget used up", "Resumes Thu 00:00 (UTC)", "brand’s day"):
            self.assertContains(page, text)
        self.assertNotContains(page, "no limit")

    def test_the_link_of_a_figure_leads_to_the_entries_behind_it(self) -> None:
        self.spend("60.00")
        self.spend("5.00", days=-1)
        page = self.client.get(self.url(Campaign, "changelist")).content.decode()
        address = page.split('<div class="bs-figures"><a href="')[1].split('"')[0].replace("&amp;", "&")

        self.assertEqual([spend.amount for spend in self.client.get(address).context["cl"].result_list], [60])

    def test_is_sorted_by_use_and_by_pace(self) -> None:
        for name, cap, spent in (("Low", "100.00", "1.00"), ("High", "10.00", "9.00"), ("Mid", "20.00", "9.00")):
            self.spend(spent, self.make_campaign(name, self.make_brand(name, None, None), monthly=cap))
        for name, budget in (("Nothing allowed", "0.00"), ("No limit", None)):
            self.make_campaign(name, self.make_brand(name, None, budget))

        page = self.client.get(self.url(Campaign, "changelist"))
        sorts = {label: address for address, label, _ in page.context["sorts"]}

        def sorted_by(label: str) -> list[str]:
            rows = self.client.get(self.url(Campaign, "changelist") + sorts[label]).context["cl"].result_list
            return [str(row) for row in rows if str(row) != "Spring sale"]

        without_pace = ["No limit", "Nothing allowed"]
        self.assertEqual(sorted_by("Most used first"), ["Nothing allowed", "High", "Mid", "Low", "No limit"])
        self.assertEqual(sorted_by("Furthest under plan first"), ["Low", "Mid", "High", *without_pace])
        self.assertEqual(sorted_by("Furthest over plan first"), ["High", "Mid", "Low", *without_pace])
        self.assertEqual(self.names(budget="near"), ["High", "Nothing allowed"])
        self.assertEqual(self.names(budget="under"), ["Low"])

    def test_filters_by_every_reason_that_holds(self) -> None:
        held = self.make_brand("Held")
        self.make_campaign("On hold", held)
        hold_brand(brand_id=held.pk, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.make_campaign("By hand").pk, now=self.now, by=ALICE)
        self.make_campaign("Broke", daily="0.00")
        for why, names in (
            ("PERSON", ["By hand"]),
            ("HELD", ["On hold"]),
            ("DAILY_BUDGET_EXCEEDED", ["Broke"]),
            ("OUTSIDE_SCHEDULE", []),
        ):
            self.assertEqual(self.names(pause_reason__exact=why), names, why)

    def test_finds_campaigns_and_brands_without_spend_for_three_days(self) -> None:
        silent = self.make_campaign("Silent", self.make_brand("Quiet"))
        self.spend("1.00", silent, days=-4)
        self.spend("1.00", days=-3)

        self.assertEqual(self.names(silent="3"), ["Silent"])
        self.assertEqual(self.names(Brand, silent="3"), ["Quiet"])

    def test_needs_no_query_per_row_however_it_is_sorted(self) -> None:
        def queries() -> list[int]:
            return [self.queries_of_list(model) for model in (Campaign, Brand, Spend)]

        self.make_campaign("Capped", daily="5.00", monthly="9.00")
        self.spend("1.00")
        few = queries()
        for number in range(30):
            self.spend("1.00", self.make_campaign(f"Sale {number}", self.make_brand(f"Brand {number}"), daily="9.00"))

        self.assertEqual(queries(), few)


class OrdersForManyTests(ListTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.window(20, 22, campaign=self.make_campaign("Evenings"))
        self.make_campaign("Broke", daily="0.00")
        pause_campaign(campaign_id=self.make_campaign("By hand").pk, now=self.now, by=ALICE)
        self.campaigns = list(Campaign.objects.select_related("brand"))

    def test_the_page_says_what_will_happen_and_asks_for_a_note(self) -> None:
        page = self.act("pause", *self.campaigns)

        self.assertContains(page, "Pause 4 campaigns?")
        self.assertContains(page, ">Pause 4 campaigns</button>")
        self.assertContains(page, "no change: a person has paused it already")
        self.assertContains(page, 'name="note"')
        self.assertRuns()

    def test_it_says_of_which_one_may_only_read(self) -> None:
        reader = User.objects.create_user("rita", is_staff=True)
        Membership.objects.create(user=reader, brand=self.brand, role=Role.MANAGER)
        other = self.make_campaign("Theirs", self.make_brand("Other"))
        Membership.objects.create(user=reader, brand=other.brand, role=Role.VIEWER)
        self.client.force_login(reader)

        page = self.act("pause", self.campaign, other)

        self.assertContains(page, "paused by a person", count=1)
        self.assertContains(page, "you may only read it", count=1)

    def test_what_is_told_is_what_happens(self) -> None:
        for told, give in ((would_activate, activate_campaign), (would_pause, pause_campaign)):
            before = list(Campaign.objects.select_related("brand"))
            words = {row.name: outcome.text for row, outcome in zip(before, told(before, self.now), strict=True)}
            for row in before:
                after = give(campaign_id=row.pk, now=self.now, by=ALICE)
                runs = after.status == CampaignStatus.ACTIVE
                self.assertEqual(runs, "run" in words[row.name], words)
            if give == activate_campaign:
                self.assertIn("outside its hours. Resumes today 20:00", words["Evenings"])
                self.assertEqual(words["By hand"], "runs at once")

    def test_one_message_sums_up_and_keeps_the_note(self) -> None:
        answer = self.act("pause", *self.campaigns, confirmed="yes", note="crisis")

        self.assertEqual(self.messages_in(answer).count("bs-results"), 1)
        self.assertIn("4 campaigns: ", self.messages_in(answer))
        self.assertIn("1 unchanged", self.messages_in(answer))
        self.assertEqual(StatusEvent.objects.filter(note="crisis").count(), 4)

    def test_who_only_reads_is_offered_no_action(self) -> None:
        viewer = User.objects.create_user("vera", is_staff=True)
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        self.client.force_login(viewer)

        page = self.client.get(self.url(Campaign, "changelist"))

        self.assertNotContains(page, 'class="bs-act"')
        self.assertEqual(len(self.lines(Campaign)), 5)


@tag("both_databases")
class FileTests(ListTestCase):
    def test_holds_what_is_filtered_in_the_lists_order(self) -> None:
        self.make_campaign("Zebra", daily="0.00")
        self.make_campaign("Aster", daily="0.00")

        names = [line[2] for line in self.lines(Campaign, pause_reason__exact="DAILY_BUDGET_EXCEEDED", o="-1")]

        self.assertEqual(names[1:], ["Zebra", "Aster"])

    def test_every_list_has_files(self) -> None:
        self.spend("1.00")
        page = self.client.get("/admin/")
        self.assertEqual(page.status_code, 200)
        for model in (Brand, Campaign, Spend, StatusEvent, User):
            page = self.client.get(self.url(model, "changelist"))
            self.assertContains(page, "export=csv")
            rows = len(page.context["cl"].result_list)
            self.assertEqual(len(self.lines(model)), rows + 1, model)
            sheet: Any = load_workbook(io.BytesIO(self.file(model, "xlsx"))).active
            self.assertEqual(sheet.max_row, rows + 1)

    def test_a_formula_is_defused_and_no_secret_goes_out(self) -> None:
        self.admin.first_name = "=1+1"
        self.admin.save()

        text = self.file(User).decode()

        self.assertIn("'=1+1", text)
        self.assertNotIn(self.admin.password, text)

    def test_too_many_rows_for_a_workbook_are_refused_in_words(self) -> None:
        self.make_campaign("Two")
        with patch("budget_system.admin.exporting.MAX_ROWS", 1):
            answer = self.client.get(self.url(Campaign, "changelist"), {"export": "xlsx"})

        self.assertRedirects(answer, f"{self.url(Campaign, 'changelist')}?", fetch_redirect_response=False)
        self.assertIn("filter the list, or take CSV", self.messages_in(answer))

    def test_sums_of_spends_stand_under_what_is_filtered_one_for_each_currency(self) -> None:
        self.spend("60.00")
        self.spend("5.50", days=-1)
        yen = self.make_brand("Yen", None, None)
        Brand.objects.filter(pk=yen.pk).update(currency="JPY")
        self.spend("1200.00", self.make_campaign("Tokyo", yen))
        address = self.url(Spend, "changelist")

        self.assertContains(self.client.get(address), "Total of 3 entries: 1,200 JPY · 65.50 USD")
        asked = {"campaign__id__exact": str(self.campaign.pk), "spend_date_from": str(self.now.date())}
        self.assertContains(self.client.get(address, asked), "Total of 1 entry: 60.00 USD")

    def test_more_entries_are_summed_up_where_a_filter_or_a_search_asked_for_them(self) -> None:
        for days in range(3):
            self.spend("5.50", days=-days)
        address = self.url(Spend, "changelist")

        with patch("spending.admin.spends.MAX_UNASKED", 2):
            opened = self.client.get(address)
            asked = [{"q": self.campaign.name}, {"spend_type__exact": "DAILY"}]
            found = [self.client.get(address, query) for query in asked]
        with patch("spending.admin.spends.MAX_ROWS", 2):
            too_many = self.client.get(address, asked[1])

        self.assertContains(opened, "More than 2 entries: filter the list to see a total.")
        for page in found:
            self.assertContains(page, "Total of 3 entries: 16.50 USD")
        self.assertContains(too_many, "More than 2 entries: filter the list to see a total.")


class HeadingTests(ListTestCase):
    def test_offers_to_show_all_where_something_is_left_out(self) -> None:
        self.make_campaign("Winter")
        address = self.url(Campaign, "changelist")

        self.assertNotContains(self.client.get(address), "Show all")
        for query in ({"q": "winter"}, {"status__exact": "PAUSED"}):
            self.assertContains(self.client.get(address, query), ">Show all<")


class KeyboardTests(ListTestCase):
    def test_filters_and_the_account_are_buttons(self) -> None:
        page = self.client.get(self.url(Campaign, "changelist")).content.decode()

        for controls in ("changelist-filter", "account-links"):
            before = page.split(f'aria-controls="{controls}"')[0]
            self.assertTrue(before[before.rindex("<") :].startswith("<button"), controls)


class EmptyListTests(ListTestCase):
    def test_is_shown_to_who_sees_no_brand(self) -> None:
        self.client.force_login(User.objects.create_user("nora", is_staff=True))

        for model in (Brand, Campaign, Spend):
            self.assertEqual(self.names(model), [])
        for asked in ({"budget": "near"}, {"silent": "3"}):
            self.assertEqual(self.names(Campaign, **asked), [])

    def test_says_what_to_do_next(self) -> None:
        address = self.url(Campaign, "changelist")
        self.assertContains(self.client.get(address, {"q": "nothing"}), "Show all campaigns")
        Campaign.objects.all().delete()

        page = self.client.get(address)

        self.assertContains(page, "No campaigns yet")
        self.assertContains(page, "Add the first campaign")
        self.assertNotContains(page, "Select campaign")
