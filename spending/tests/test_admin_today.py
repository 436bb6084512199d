"""The admin's first page: what needs a person, what happened, the first steps, and the search that every page has."""

import re
from datetime import timedelta
from html import unescape

import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import tag
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from brands.models import Brand, Membership, Role
from brands.services import change_brand, hold_brand, release_brand
from campaigns.models import Campaign
from campaigns.services import change_campaign, pause_campaign
from spending.admin.charts import SPENT
from spending.admin.today.charts import MOST
from spending.enforcement.resets import reset
from spending.models import Period, Spend, Visit
from spending.recording.services import change_spend
from spending.reports.today.matter import SHOWN_OF_A_KIND
from tasks.heartbeats import TICK_PERIODS, record_heartbeat
from tests.browsing import AdminTestCase
from tests.support import ALICE


class TodayTestCase(AdminTestCase):
    def setUp(self) -> None:
        super().setUp()
        for name in TICK_PERIODS:
            record_heartbeat(name, at=self.now)

    def page(self, query: str = "") -> str:
        answer = self.client.get(f"{reverse('admin:index')}{query}")
        self.assertEqual(answer.status_code, 200)
        return unescape(answer.content.decode())

    def log_in(self, role: Role | None, brand: Brand | None = None) -> User:
        user = User.objects.create_user(f"member {role}")
        if role is not None:
            Membership.objects.create(user=user, brand=brand or self.brand, role=role)
        self.client.force_login(user)
        return user

    def later(self, **span: int) -> None:
        clock = time_machine.travel(self.now + timedelta(**span), tick=False)
        clock.start()
        self.addCleanup(clock.stop)


class NeedsTests(TodayTestCase):
    def put_away(self, page: str, address: str = "put_away") -> None:
        form = page[page.index(f'action="{reverse(f"admin:{address}")}"') :]
        found = re.search(r'name="key" value="([^"]*)".*?name="fingerprint" value="([^"]*)"', form, re.DOTALL)
        assert found is not None
        sent = self.send(reverse(f"admin:{address}"), {"key": found[1], "fingerprint": found[2]})
        self.assertEqual(sent.status_code, 302)

    def test_a_line_says_what_it_is_what_to_do_and_leads_there(self) -> None:
        self.spend("112.50")

        page = self.page()

        self.assertIn("Today’s budget of 100.00 USD is used up: 112.50 USD spent, 12.50 USD over (112\xa0%).", page)
        self.assertIn("Raise it, or leave it paused until tomorrow.", page)
        self.assertIn(f'href="{self.page_of(self.brand)}" aria-label="Raise the budget: Acme"', page)

    def test_the_first_tab_stop_of_any_page_leads_past_the_menu(self) -> None:
        apps = reverse("admin:app_list", args=["brands"])
        for address in (reverse("admin:index"), apps, self.page_of(self.brand)):
            with self.subTest(address=address):
                links = re.findall(r'<a [^>]*href="([^"]*)"', self.client.get(address).content.decode())
                self.assertEqual(links[0], "#content")

    def test_dates_read_as_on_every_page(self) -> None:
        for back in (2, 3, 4, 5, 6):
            self.spend("1.00", days=-back)
        Spend.objects.update(updated_at=self.now - timedelta(days=2))

        self.assertIn("Its last spend is of Mon 9 Mar 2026.", self.page())

        idle = self.make_campaign("Idle")
        self.spend("1.00", idle, days=-17)
        pause_campaign(campaign_id=idle.pk, now=self.now - timedelta(days=16), by=ALICE)
        self.assertIn("Paused by a person on Mon 23 Feb 2026, 16 days ago", self.page())

    def test_a_line_is_put_away_and_brought_back(self) -> None:
        self.book_and_calm()
        self.put_away(self.page())
        page = self.page()
        self.assertNotIn("is used up", page)
        self.assertIn("Show 1 put away", page)
        self.assertIn("Nothing needs you", page)
        shown = self.page("?put_away=1")
        self.assertIn("is used up", shown)
        self.put_away(shown, "bring_back")
        self.assertIn("is used up", self.page())

    def test_what_was_put_away_comes_back_once_it_says_something_else(self) -> None:
        self.book_and_calm()
        self.put_away(self.page())
        self.spend("50.00")
        self.assertIn("is used up", self.page())

    def book_and_calm(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        self.spend("112.50")

    def test_nonsense_is_refused_in_words(self) -> None:
        for sent in ({}, {"key": "x" * 101}, {"key": "a\0b"}, {"key": "used_up", "fingerprint": "x" * 256}):
            with self.subTest(sent=sent):
                answer = self.send(reverse("admin:put_away"), sent)
                self.assertEqual(answer.status_code, 302)
                self.assertIn("not known", self.messages_in(answer))
        self.assertEqual(self.client.get(reverse("admin:put_away")).status_code, 405)

    def test_a_viewer_is_offered_nothing_that_answers_403(self) -> None:
        self.spend("112.50")
        pause_campaign(campaign_id=self.campaign.pk, now=self.now - timedelta(days=20), by=ALICE)
        self.log_in(Role.VIEWER)

        page = self.page()

        self.assertIn("is used up", page)
        self.assertNotIn("Raise the budget", page)
        for url in set(re.findall(r'href="(/admin/[^"#]*)"', page)):
            with self.subTest(url=url):
                self.assertEqual(self.client.get(url).status_code, 200)

    def test_a_stranger_sees_nothing_of_it(self) -> None:
        self.spend("112.50")
        self.log_in(Role.MANAGER, self.make_brand("Zebra"))

        page = self.page()

        self.assertNotIn("Acme", page)
        self.assertNotIn("Spring sale", page)

    def test_figures_are_of_one_currency_each(self) -> None:
        euros = self.make_brand("Möbel")
        change_brand(brand_id=euros.pk, values={"currency": "EUR"}, now=self.now, by=ALICE)
        self.spend("7.00", self.make_campaign("Sofas", euros))
        self.spend("5.00")

        page = self.page()

        self.assertIn("Spend of the last 30 days, EUR", page)
        self.assertIn("Spend of the last 30 days, USD", page)
        self.assertNotIn("12.00", page)

    def test_charts_of_days_say_what_is_booked_for_whole_months(self) -> None:
        self.spend("12.00")
        self.assertNotIn("booked for whole months", self.page())
        for campaign in (self.campaign, self.make_campaign("Ads", self.make_brand("Yen", None, None))):
            if campaign != self.campaign:
                Brand.objects.filter(name="Yen").update(currency="JPY")
            entry = self.spend("300.00", campaign)
            change_spend(spend_id=entry.pk, values={"spend_type": "MONTHLY"}, now=self.now, by=ALICE)

        page = self.page()

        self.assertIn("Without 300.00 USD booked for whole months, which is of no single day.", page)
        self.assertIn("Without 300 JPY booked for whole months, which is of no single day.", page)
        brand = self.client.get(self.page_of(self.brand)).content.decode()
        self.assertIn("Without 300.00 USD booked for whole months, which is of no single day.", brand)

    def test_charts_look_like_those_of_a_brand_and_none_is_dropped(self) -> None:
        self.spend("5.00")
        for currency in ("EUR", "GBP", "JPY", "BRL", "NZD", "INR"):
            brand = self.make_brand(f"Brand of {currency}")
            change_brand(brand_id=brand.pk, values={"currency": currency}, now=self.now, by=ALICE)
            self.spend("7.00", self.make_campaign(f"Campaign of {currency}", brand))

        page = self.page()

        self.assertEqual(page.count(SPENT), MOST)
        self.assertEqual(page.count("data-options="), MOST)
        found = re.search(r'in other currencies: <a [^>]*href="([^"]*)">5.00 USD</a></p>', page)
        assert found is not None
        self.assertIn("spend_type__exact=DAILY", found[1])
        self.assertContains(self.client.get(found[1]), "5.00 USD")


@tag("both_databases")
class SinceTests(TodayTestCase):
    def happen(self) -> None:
        self.spend("150.00")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        change_campaign(campaign_id=self.campaign.pk, values={"name": "Other"}, now=self.now, by=ALICE)
        reset(periods=[Period.DAY], brand_ids=[self.brand.pk], now=self.now, by=ALICE)

    def numbers(self) -> list[str]:
        return re.findall(r'bs-tile" href="[^"]*"><b>([^<]*)</b>', self.page())

    def test_counts_what_happened_since_the_visit_before(self) -> None:
        Visit.objects.create(user=self.admin, seen_at=self.now - timedelta(hours=3))
        self.happen()

        self.assertEqual(self.numbers(), ["1", "1", "1", "0", "1"])
        self.assertIn("Since you were last here", self.page())
        self.later(minutes=29)
        self.assertEqual(self.numbers(), ["1", "1", "1", "0", "1"], "the same visit")
        self.later(minutes=60)
        self.assertEqual(self.numbers(), ["0", "0", "0", "0", "0"], "another one")

    def test_each_number_is_that_of_the_list_behind_it(self) -> None:
        self.happen()
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        found = re.findall(r'bs-tile" href="([^"]*)"><b>([^<]*)</b>', self.page())
        self.assertEqual(len(found), 5)
        for url, number in found:
            with self.subTest(url=url):
                answer = self.client.get(url)
                self.assertEqual(answer.context["cl"].result_count, int(number))

    def test_a_member_counts_what_is_theirs(self) -> None:
        self.happen()
        self.log_in(Role.VIEWER, self.make_brand("Zebra"))
        self.assertEqual(self.numbers(), ["0", "0", "0", "0", "0"])

    def test_the_filter_takes_spans_and_ignores_what_is_no_instant(self) -> None:
        self.happen()
        events = reverse("admin:campaigns_statusevent_changelist")
        for since, number in (("24h", 2), ("nonsense", 2), ("2026-03-11T12:00:00Z", 0), ("2026-03-11T11:59:59Z", 2)):
            with self.subTest(since=since):
                self.assertEqual(self.client.get(events, {"since": since}).context["cl"].result_count, number)


class MoreTests(TodayTestCase):
    def test_what_is_more_than_is_shown_is_behind_a_link_to_just_that(self) -> None:
        free = self.make_brand("Free", None, None)
        for number in range(SHOWN_OF_A_KIND + 1):
            self.spend("2.00", self.make_campaign(f"Used up {number}", free, daily="1.00"))
            self.make_campaign(f"Nothing {number}", free, daily="0.00")
            self.spend("7.00", self.make_campaign(f"Early {number}", free, daily="10.00"))
            self.spend("1.00", self.make_campaign(f"Under {number}", free, monthly="1000.00"))
            self.make_brand(f"None {number}", "0.00", None)
            self.spend("70.00", self.make_campaign("Ads", self.make_brand(f"Soon {number}", "100.00", None)))

        links = {text: address for address, text in re.findall(r'<a href="([^"]*)">(More [^<]*)</a>', self.page())}

        for text, name in (
            ("More campaigns whose budget is used up", "Used up"),
            ("More campaigns with a budget of 0.00", "Nothing"),
            ("More campaigns whose budget runs out early", "Early"),
            ("More campaigns far under pace", "Under"),
            ("More brands with a budget of 0.00", "None"),
            ("More brands whose budget runs out early", "Soon"),
        ):
            with self.subTest(text):
                listed = [str(row) for row in self.client.get(links[text]).context["cl"].result_list]
                expected = [f"{name} {number}" for number in range(SHOWN_OF_A_KIND + 1)]
                self.assertLessEqual(set(expected), set(listed))
                others = [one for one in listed if not one.startswith(name) and not one.startswith("Nothing")]
                self.assertEqual(others, [])
        self.assertEqual(len(links), 6)


@tag("both_databases")
class GlanceTests(TodayTestCase):
    def test_the_most_used_comes_first_a_page_at_a_time(self) -> None:
        for number in range(21):
            self.spend(f"{number + 1}.00", self.make_campaign("Ads", self.make_brand(f"Brand {number:02}")))

        names = re.findall(r'class="bs-client-name" href="[^"]*">([^<]*)<', self.page())
        self.assertEqual(names[:2], ["Brand 20", "Brand 19"])
        self.assertEqual(len(names), 20)
        self.assertEqual(
            re.findall(r'class="bs-client-name" href="[^"]*">([^<]*)<', self.page("?page=2")), ["Brand 00", "Acme"]
        )
        for page in ("0", "-1", "x", "9999999", "²"):
            self.page(f"?page={page}")

    def test_the_order_is_that_of_the_list_of_brands(self) -> None:
        for name, daily, monthly, spent in (
            ("Of nothing", "0.00", None, "1.00"),
            ("Nothing allowed", "0.00", "100.00", ""),
            ("Month and day used up", "10.00", "20.00", "25.00"),
            ("Day used up", "10.00", "20.00", "12.00"),
            ("Half used", "10.00", "100.00", "5.00"),
            ("Nothing used", "10.00", None, ""),
            ("No limit", None, None, "5.00"),
        ):
            campaign = self.make_campaign("Ads", self.make_brand(name, daily, monthly))
            if spent:
                self.spend(spent, campaign)

        shown = re.findall(r'class="bs-client-name" href="[^"]*">([^<]*)<', self.page())

        listed = [str(row) for row in self.client.get("/admin/brands/brand/").context["cl"].result_list]
        self.assertEqual(shown, listed)
        self.assertEqual(shown[0], "Of nothing")
        self.assertLess(shown.index("Day used up"), shown.index("Nothing allowed"))
        self.assertLess(shown.index("Nothing allowed"), shown.index("Half used"))

    def test_campaigns_are_counted_by_status_and_reason(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.make_campaign("Runs")
        found = re.findall(r'bs-edge" href="([^"]*)"><b>(\d+)</b> <span>([^<]*)<', self.page())
        self.assertEqual([(number, word) for _, number, word in found], [("1", "Running"), ("1", "Paused by a person")])
        for url, number, _ in found:
            self.assertEqual(self.client.get(url).context["cl"].result_count, int(number))

    def test_a_hold_of_the_brand_is_not_counted_as_a_persons_pause(self) -> None:
        other = self.make_brand("Held")
        self.make_campaign("Waits", other)
        hold_brand(brand_id=other.pk, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        found = re.findall(r'bs-edge" href="([^"]*)"><b>(\d+)</b> <span>([^<]*)<', self.page())
        words = [(number, word) for _, number, word in found]
        self.assertEqual(words, [("0", "Running"), ("1", "Paused by a person"), ("1", "Paused: its brand is held")])
        for url, number, _ in found:
            self.assertEqual(self.client.get(url).context["cl"].result_count, int(number))

    def test_the_number_of_queries_does_not_depend_on_how_much_there_is(self) -> None:
        def add(number: int) -> None:
            brand = self.make_brand(f"Brand {number}")
            for name in ("Capped", "Other"):
                campaign = self.make_campaign(name, brand, daily="10.00")
                self.spend("150.00", campaign)
                pause_campaign(campaign_id=campaign.pk, now=self.now - timedelta(days=20), by=ALICE)
            hold_brand(brand_id=brand.pk, now=self.now, by=ALICE)
            release_brand(brand_id=brand.pk, now=self.now, by=ALICE)

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                self.page()
            return len(captured)

        add(0)
        self.page()
        few = queries()
        for number in range(1, 5):
            add(number)
        self.assertEqual(queries(), few)
        self.assertLess(few, 60)


class FirstStepTests(TodayTestCase):
    def test_from_nothing_to_a_paused_campaign_in_four_clicks(self) -> None:
        Campaign.objects.all().delete()
        Brand.objects.all().delete()
        page = self.page()
        (first,) = re.findall(r'href="([^"]*)">Create your first brand<', page)

        saved = self.send(
            first, {**self.open(first, "brand"), "name": "Acme", "daily_budget": "10", "monthly_budget": "300"}
        )
        brand = Brand.objects.get()
        self.assertEqual(saved.headers["Location"].split("?")[0], reverse("admin:campaigns_campaign_add"))
        form = self.open(saved.headers["Location"], "campaign")
        self.assertEqual(form["brand"], str(brand.pk))
        saved = self.send(saved.headers["Location"], {**form, "name": "Ads"})
        campaign = Campaign.objects.get()
        form = self.open(saved.headers["Location"], "spend")
        self.assertEqual(form["campaign"], str(campaign.pk))
        saved = self.send(saved.headers["Location"], {**form, "amount": "10"})

        self.assertEqual(saved.headers["Location"], reverse("admin:index"))
        campaign.refresh_from_db()
        self.assertEqual(campaign.status, "PAUSED")
        self.assertIn("is used up: to the cent", self.page())

    def test_without_being_led_the_next_step_is_a_link(self) -> None:
        url = self.url(Campaign, "add")
        answer = self.send(url, {**self.open(url, "campaign"), "brand": str(self.brand.pk), "name": "Ads"})
        self.assertEqual(answer.headers["Location"], self.url(Campaign, "changelist"))
        self.assertIn("book a spend", self.messages_in(answer))

    def test_who_cannot_create_anything_reads_a_sentence(self) -> None:
        self.log_in(None)
        page = self.page()
        self.assertIn("An administrator creates them", page)
        self.assertNotIn("Create your first brand", page)

    def test_a_viewer_of_a_brand_without_campaigns_is_offered_no_button(self) -> None:
        self.log_in(Role.VIEWER, self.make_brand("Zebra"))
        page = self.page()
        self.assertIn("A manager of the brand adds them", page)
        self.assertNotIn("Add a campaign", page)

    def test_a_manager_is_offered_a_campaign_of_the_only_brand(self) -> None:
        brand = self.make_brand("Zebra")
        self.log_in(Role.MANAGER, brand)
        self.assertIn(f"{self.url(Campaign, 'add')}?brand={brand.pk}", self.page())

    def test_once_something_is_spent_there_is_no_next_step(self) -> None:
        self.assertIn("Nothing spent yet", self.page())
        self.spend("1.00")
        self.assertNotIn("Nothing spent yet", self.page())
        self.assertEqual(Spend.objects.count(), 1)


class FrameTests(TodayTestCase):
    def find(self, term: str) -> list[str]:
        answer = self.client.get(reverse("admin:search"), {"s": term, "extended": "1"})
        self.assertEqual(answer.status_code, 200)
        return re.findall(r'data-title="([^"]*)"', unescape(answer.content.decode()))

    def test_the_search_finds_clients_and_campaigns_without_accents_and_by_their_ids(self) -> None:
        brand = self.make_brand("Lindenhof Möbel")
        campaign = self.make_campaign("Sofas", brand)
        change_campaign(
            campaign_id=campaign.pk, values={"platform": "meta", "external_id": "120211"}, now=self.now, by=ALICE
        )

        self.assertEqual(self.find("mobel"), ["Lindenhof Möbel", "Sofas"])
        self.assertEqual(self.find("MÖBEL sofas"), ["Sofas"])
        self.assertEqual(self.find("1202"), ["Sofas"])
        self.assertEqual(self.find("spring"), ["Spring sale"])
        self.assertEqual(self.find("impor"), ["Imports"])
        for term in ("", "a\0b", "x" * 300, "nobody"):
            self.assertEqual(self.find(term), [])

    def test_what_is_new_is_found_at_once(self) -> None:
        self.assertEqual(self.find("zebra"), [])
        self.make_brand("Zebra")
        self.assertEqual(self.find("zebra"), ["Zebra"])

    def test_a_member_finds_what_they_may_see(self) -> None:
        self.make_campaign("Stripes", self.make_brand("Zebra"))
        self.log_in(Role.VIEWER)
        self.assertEqual(self.find("acme"), ["Acme", "Spring sale"])
        self.assertEqual(self.find("zebra"), [])
        self.assertEqual(self.find("stripes"), [])
        self.assertEqual(self.find("users"), [])
        self.assertIn("search-input-command", self.page(), "the search is not for staff alone")

    def test_the_tables_are_one_click_away_for_administrators(self) -> None:
        page = self.page()
        self.assertIn(f'href="{reverse("admin:tables")}"', page)
        self.assertNotIn("Solar events", page)
        self.assertContains(self.client.get(reverse("admin:tables")), "Solar events")
        self.log_in(Role.MANAGER)
        self.assertNotIn(f'href="{reverse("admin:tables")}"', self.page())
        self.assertEqual(self.client.get(reverse("admin:tables")).status_code, 403)

    def test_every_page_names_its_icon(self) -> None:
        self.assertIn("budget/favicon.svg", self.page())
        self.client.logout()
        self.assertContains(self.client.get(reverse("admin:login")), "budget/favicon.svg")
