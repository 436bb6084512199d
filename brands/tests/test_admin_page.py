"""A brand's page as it is read: state, budgets, charts, campaigns, events; and its history."""

import json
from datetime import timedelta
from decimal import Decimal
from html import unescape
from re import findall

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brands.admin.panels.state import CampaignCounts, campaign_counts, state_pill
from brands.models import Brand, Membership, Role
from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import Campaign
from campaigns.services import pause_campaign
from spending.enforcement.resets import reset
from spending.models import Period
from tests.browsing import AdminTestCase
from tests.support import ALICE


class BrandPageTestCase(AdminTestCase):
    def page(self, brand: Brand | None = None, page: str = "change") -> str:
        answer = self.client.get(self.page_of(brand or self.brand, page))
        self.assertEqual(answer.status_code, 200)
        return " ".join(unescape(answer.content.decode()).split())

    def log_in(self, role: Role, *brands: Brand) -> None:
        user = User.objects.create_user("vi")
        for brand in brands:
            Membership.objects.create(user=user, brand=brand, role=role)
        self.client.force_login(user)


class BrandStateTests(BrandPageTestCase):
    def test_is_running_paused_or_held(self) -> None:
        self.make_campaign("Other")
        self.assertIn("running: 2 of 2", self.page())

        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertIn("running: 1 of 2", self.page())
        self.assertIn("1 paused by a person", self.page())

        self.spend("100.00")
        self.assertIn("paused: all 2", self.page())

        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertIn(">held<", self.page())
        self.assertNotIn("not held", self.page())

    def test_a_brand_without_campaigns_leads_to_the_first(self) -> None:
        page = self.page(self.make_brand("New"))

        for text in ("no campaigns yet", "Add its first campaign", "Nothing is booked this month yet"):
            self.assertIn(text, page)
        self.assertIn("Import a platform's report", page)
        self.assertNotIn("<canvas", page)

    def test_says_who_holds_it_since_when_and_why(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Europe/Berlin"}, now=self.now, by=ALICE)
        self.send(self.url(self.brand, "hold_one", self.brand.pk), {"confirmed": "yes", "note": "unpaid <invoice>"})

        page = self.page()

        self.assertIn("Held by ana since Wed 11 Mar 2026, 13:00 (Europe/Berlin): unpaid <invoice>", page)

    def test_has_the_colour_of_its_campaigns(self) -> None:
        listed = self.url(Campaign, "changelist")
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertIn('bs-grey" title="">held<', self.page())
        self.assertContains(self.client.get(listed), 'bs-grey" title="">Paused: its brand is held<')
        self.assertContains(self.client.get("/admin/"), 'bs-grey" title="">held<')

        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.spend("100.00")
        self.assertIn('bs-red" title="">paused: its only campaign<', self.page())
        self.assertContains(self.client.get(listed), 'bs-red" title="">Paused: daily budget used up<')

    def test_a_released_brand_is_not_said_to_be_held(self) -> None:
        hold_brand(brand_id=self.brand.pk, note="unpaid", now=self.now, by=ALICE)
        release_brand(brand_id=self.brand.pk, note="paid", now=self.now, by=ALICE)

        self.assertNotIn("Held by", self.page())

    def test_counts_only_campaigns_that_are_not_archived_in_one_query(self) -> None:
        other = self.make_brand("Other")
        with self.assertNumQueries(1):
            counts = campaign_counts([self.brand, other])
        self.assertEqual(counts, {self.brand.pk: CampaignCounts(running=1), other.pk: CampaignCounts()})
        self.assertIn("bs-grey", state_pill(other, counts[other.pk]))


class BrandPanelTests(BrandPageTestCase):
    def test_says_of_each_campaign_why_it_is_paused_when_it_runs_again_and_what_binds_it(self) -> None:
        self.make_campaign("Capped", daily="5.00")
        self.spend("100.00")

        page = self.page()

        self.assertIn("Resumes Thu 00:00", page)
        self.assertIn("the brand's daily budget", page)
        self.assertIn("daily budget used up", page)

    def test_draws_the_month_and_the_last_days_exactly(self) -> None:
        self.spend("60.10", days=-1)
        self.spend("80.20")

        month, days = (json.loads(unescape(found)) for found in findall(r'data-value="([^"]*)"', self._raw()))

        lines = {line["label"]: line["data"] for line in month["datasets"]}
        self.assertEqual(set(lines), {"Spent", "Plan", "Projected at this rate"})  # no 7 days yet
        self.assertEqual(lines["Spent"][9:12], ["60.10", "140.30", None])
        self.assertEqual(lines["Plan"][30], "2000.00")
        columns = {column["label"]: column["data"] for column in days["datasets"]}
        self.assertEqual(columns["Within the budget"][-2:], ["60.10", "80.20"])
        self.assertEqual(columns["Daily budget"][-1], "100.00")

    def test_what_the_charts_show_stands_in_tables_beside_them(self) -> None:
        self.spend("120.00")

        page = self.page()

        self.assertEqual(page.count("The same as a table"), 2)
        self.assertIn('<th scope="row">Wed 11 Mar</th><td>120.00</td><td>100.00</td><td>20.00</td>', page)

    def test_no_script_stands_in_the_page(self) -> None:
        self.spend("1.00")

        for attribute in ("onclick=", "onload=", "onchange="):
            self.assertNotIn(attribute, self.page())

    def test_links_to_what_belongs_to_it(self) -> None:
        page = self.page()
        for address in (
            f"/spending/spend/?campaign__brand__id__exact={self.brand.pk}",
            f"/campaigns/statusevent/?brand__id__exact={self.brand.pk}",
            f"/spending/import/?brand__id__exact={self.brand.pk}",
            self.page_of(self.brand, "history"),
        ):
            self.assertIn(address, page)
            if "?" in address:
                self.assertEqual(self.client.get(f"/admin{address}").status_code, 200)

    def test_its_number_of_queries_does_not_grow(self) -> None:
        self.spend("1.00")
        pause_campaign(campaign_id=self.make_campaign("Paused").pk, now=self.now, by=ALICE)
        few = self._queries()
        for number in range(12):
            campaign = self.make_campaign(f"Sale {number}", daily="5.00")
            self.window(9 + number % 3, 18, campaign=campaign)
            self.spend("5.00", campaign)
            self.spend("1.00", campaign, days=-number)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        release_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)

        self.assertEqual(self._queries(), few)
        self.assertLessEqual(few, 27)

    def test_what_came_back_with_errors_stands_first(self) -> None:
        answer = self.change(self.brand, daily_budget="nonsense")

        page = answer.content.decode()
        self.assertLess(page.index('id="brand_form"'), page.index("bs-page-head"))
        whole = self._raw()
        self.assertGreater(whole.index('id="brand_form"'), whole.index("bs-page-head"))

    def test_one_who_may_only_look_is_offered_nothing_that_is_refused(self) -> None:
        other = self.make_brand("Other")
        self.log_in(Role.VIEWER, self.brand)
        Membership.objects.create(user=User.objects.get(username="vi"), brand=other, role=Role.MANAGER)

        page = self.page()

        for offered in ("Hold…", "Release…", "Import a report", "Change its settings"):
            self.assertNotIn(offered, page)
        self.assertIn("Hold…", self.page(other))

    def _raw(self) -> str:
        return self.client.get(self.page_of(self.brand)).content.decode()

    def _queries(self) -> int:
        self.page()  # the first looks content types up
        with CaptureQueriesContext(connection) as queries:
            self.page()
        return len(queries)


class BrandHistoryTests(BrandPageTestCase):
    def test_tells_of_holds_with_their_notes_and_of_resets_on_the_brands_clock(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Asia/Tokyo"}, now=self.now, by=ALICE)
        self.spend("10.00")
        hold_brand(brand_id=self.brand.pk, note="unpaid", now=self.now + timedelta(hours=1), by=ALICE)
        values = {"daily_budget": Decimal("70.00")}
        change_brand(brand_id=self.brand.pk, values=values, now=self.now + timedelta(hours=2), by=ALICE)  # type: ignore[arg-type]  # one of its values
        reset(
            periods=[Period.DAY],
            brand_ids=[self.brand.pk],
            note="test",
            now=self.now + timedelta(hours=2, minutes=30),
            by=ALICE,
        )

        page = self.page(page="history")

        self.assertIn("All times are on the clock of Asia/Tokyo.", page)
        for text in (
            "brand held",
            "unpaid",
            "Wed 11 Mar 2026, 22:00",
            "100.00 → 70.00",
            "10.00 USD of Wed 11 Mar 2026",
        ):
            self.assertIn(text, page)
        self.assertNotIn("is held", page)  # its event says so already

    def test_is_named_in_its_breadcrumbs_once(self) -> None:
        header = self.page().split('<h1 class="overflow-hidden')[1].split("</h1>")[0]

        self.assertEqual(header.count("Brands"), 1)
        self.assertIn("Acme", header)
        self.assertIn("<title> Acme | Brand | Budget system</title>", self.page())
        self.assertIn(
            "<title> Brands |", " ".join(self.client.get(self.url(Brand, "changelist")).content.decode().split())
        )
