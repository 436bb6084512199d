"""A campaign's page as it is read: why, which budget, when again; and one history of all that happened to it."""

from datetime import time, timedelta
from decimal import Decimal
from html import unescape

from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from brands.models import Membership, Role
from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from scheduling.services import change_schedule, remove_schedule
from tests.browsing import AdminTestCase
from tests.support import ALICE


class CampaignPageTestCase(AdminTestCase):
    def page(self, campaign: Campaign | None = None, page: str = "change") -> str:
        answer = self.client.get(self.page_of(campaign or self.campaign, page))
        self.assertEqual(answer.status_code, 200)
        return " ".join(unescape(answer.content.decode()).split())


class CampaignPanelTests(CampaignPageTestCase):
    def test_says_of_each_reason_the_figures_who_and_when_it_clears(self) -> None:
        self.window(14, 18)
        self.spend("124.50")

        page = self.page()

        self.assertIn("Its brand's daily budget: used up", page)
        self.assertIn("124.50 of 100.00 USD, over by 24.50", page)
        self.assertIn("Since today 12:00, by the API", page)
        self.assertIn("Clears Thu 00:00 (UTC), in 12 h; sooner with a higher budget, a reset of the day", page)
        self.assertIn("Opens today 14:00 (UTC), in 2 h", page)
        self.assertIn("Its own daily budget</dt><dd>no limit; 124.50 USD spent", page)

    def test_names_the_budget_that_binds_and_draws_no_bar_without_a_limit(self) -> None:
        capped = self.make_campaign("Capped", daily="5.00")
        self.spend("4.00", capped)

        page, other = self.page(capped), self.page()

        self.assertIn('<p class="bs-budget">Its own daily budget</p>', page)
        self.assertIn("No limit: its own monthly budget.", page)
        self.assertIn("No limit: its own daily budget, its own monthly budget.", other)
        self.assertIn("Daily budget of its brand, Acme", other)
        self.assertEqual(other.count('class="bs-track"'), 2)

    def test_without_any_budget_it_says_so(self) -> None:
        free = self.make_campaign("Free", self.make_brand("Free", daily=None, monthly=None))

        self.assertIn("No budget limits it, its own or its brand's.", self.page(free))

    def test_shows_its_id_on_the_platform(self) -> None:
        change_campaign(campaign_id=self.campaign.pk, values={"external_id": "4711"}, now=self.now, by=ALICE)

        self.assertIn("ID <code>4711</code>", self.page())

    def test_its_number_of_queries_does_not_grow(self) -> None:
        self.spend("1.00")
        self.window(9, 18)
        few = self._queries()
        for number in range(8):
            self.window(9, 10 + number, day=number % 7)
            self.spend("1.00", days=-number)
            pause_campaign(campaign_id=self.campaign.pk, note="crisis", now=self.now, by=ALICE)
            activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        self.assertEqual(self._queries(), few)
        self.assertLessEqual(few, 30)

    def _queries(self) -> int:
        self.page()  # the first looks content types up
        with CaptureQueriesContext(connection) as queries:
            self.page()
        return len(queries)


class CampaignHistoryTests(CampaignPageTestCase):
    def at(self, hours: int) -> timedelta:
        return timedelta(hours=hours)

    def test_tells_of_its_windows_also_of_those_that_are_gone(self) -> None:
        kept, gone = self.window(9, 18), self.window(20, 22)
        later = self.now + self.at(1)
        change_schedule(schedule_id=kept.pk, values={"end_time": time(19)}, now=later, by=ALICE)
        remove_schedule(schedule_id=gone.pk, now=later + self.at(1), by=ALICE)

        page = self.page(page="history")

        for text in ("2 windows created", "Wednesday 20:00 – 22:00", "window deleted", "window changed"):
            self.assertIn(text, page)
        self.assertIn("Window, now: Wednesday 09:00 – 19:00", page)
        self.assertIn("18:00 → 19:00", page)

    def test_tells_of_its_brands_hold_with_the_note_once(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, note="crisis", now=self.now, by=ALICE)
        hold_brand(brand_id=self.brand.pk, note="unpaid", now=self.now + self.at(1), by=ALICE)
        release_brand(brand_id=self.brand.pk, note="paid", now=self.now + self.at(2), by=ALICE)

        page = self.page(page="history")

        self.assertIn("crisis", page)
        self.assertIn("brand held", page)
        self.assertEqual((page.count("unpaid"), page.count(">paid<")), (1, 1))

    def test_a_hold_that_pauses_it_is_one_entry(self) -> None:
        hold_brand(brand_id=self.brand.pk, note="unpaid", now=self.now + self.at(1), by=ALICE)

        page = self.page(page="history")

        self.assertEqual(page.count("unpaid"), 1)
        self.assertIn("its brand is held", page)

    def test_saving_and_what_follows_from_it_are_one_entry_with_the_figures(self) -> None:
        self.spend("50.00")
        values = {"daily_budget": Decimal("20.00")}
        change_campaign(campaign_id=self.campaign.pk, values=values, now=self.now + self.at(1), by=ALICE)  # type: ignore[arg-type]  # one of its values

        rows = self.page(page="history").split("<tbody>")[1].split("<tr>")

        self.assertIn("active → paused", rows[1])
        self.assertIn("its own day: 50.00 of 20.00 USD, over by 30.00", rows[1])
        self.assertIn("none → 20.00", rows[1])

    def test_is_told_on_the_brands_clock_whose_zone_is_named(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Asia/Tokyo"}, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

        for page in (self.page(page="history"), self.page()):
            self.assertIn("Wed 11 Mar 2026, 21:00", page)
            self.assertIn("Asia/Tokyo", page)

    def test_pages_do_not_overlap(self) -> None:
        for number in range(30):
            pause_campaign(campaign_id=self.campaign.pk, note=f"n{number:02}", now=self.now + self.at(number), by=ALICE)
            activate_campaign(campaign_id=self.campaign.pk, now=self.now + self.at(number), by=ALICE)

        pages, address = "", "?p=1"
        while address:
            page = self.client.get(self.page_of(self.campaign, "history") + address).content.decode()
            address = next((f"?p={number}" for number in range(9) if f'"?p={number}">Older' in page), "")
            pages += page

        self.assertEqual([pages.count(f"n{number:02}") for number in range(30)], [1] * 30)

    def test_shows_nothing_of_a_brand_that_one_does_not_see(self) -> None:
        other = self.make_brand("Secret")
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": other.pk}, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, note="hidden there", now=self.now, by=ALICE)
        change_campaign(campaign_id=self.campaign.pk, values={"brand_id": self.brand.pk}, now=self.now, by=ALICE)
        viewer = User.objects.create_user("vi")
        Membership.objects.create(user=viewer, brand=self.brand, role=Role.VIEWER)
        self.client.force_login(viewer)

        page = self.page(page="history")

        self.assertNotIn("hidden there", page)
        self.assertNotIn("Secret", page)
