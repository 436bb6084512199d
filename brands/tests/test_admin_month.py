"""A client's month in the admin: who reads it, its months, its files, and sharing it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from re import findall, search
from typing import Any

import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.test import TestCase, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from brands.admin.month.chart import draw_month
from brands.models import Brand, MonthLink
from brands.services import change_brand, remove_brand
from campaigns.status import PauseReason
from spending.recording.services import record
from spending.reports.client_month import client_month
from tests.access import Roles
from tests.support import ALICE

LINK = r'id="link"[^>]*>([^<]+)<'


class MonthPageCase(Roles, TestCase):
    """A day in March, with something spent on it and in February."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.spend("120.50")
        self.spend("7.00", days=-11)
        self.client.force_login(self.manager)

    def url(self, month: str = "2026-03", brand: Brand | None = None) -> str:
        return reverse("admin:brands_brand_month", args=[(brand or self.brand).pk, month])

    def page(self, month: str = "2026-03", person: User | None = None) -> str:
        self.client.force_login(person or self.manager)
        return self.client.get(self.url(month)).content.decode()


class ReadingTests(MonthPageCase):
    def test_the_brands_page_leads_to_its_month_in_one_click(self) -> None:
        page = self.client.get(reverse("admin:brands_brand_change", args=[self.brand.pk])).content.decode()
        address = reverse("admin:brands_brand_this_month", args=[self.brand.pk])
        self.assertIn(f'href="{address}"', page)
        self.assertRedirects(self.client.get(address), self.url())

    def test_it_says_what_the_ledger_says_with_currency_and_zone(self) -> None:
        page = self.page()
        for text in ("Acme", "March 2026", "120.50", "2,000.00", "Wed 11 Mar", "20.50", "Spring sale", "UTC", "USD"):
            self.assertIn(text, page)
        with time_machine.travel(self.now + timedelta(hours=2), tick=False):
            self.assertIn(PauseReason.DAILY_BUDGET_EXCEEDED.label.lower(), unescape(self.page()).lower())

    def test_its_heading_and_its_files_have_the_names_of_other_pages(self) -> None:
        page = " ".join(self.page().split())
        heading = page.split("<h1")[1].split("</h1>")[0]

        self.assertIn('tracking-tight">Month</span>', heading)
        self.assertIn("Acme", heading)
        self.assertIn('<a href="?format=csv">CSV</a> <a href="?format=xlsx">Excel</a>', page)

    def test_a_budget_that_is_not_used_up_does_not_read_100(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("120.51")}, now=self.now, by=ALICE)
        self.assertIn("USD, 99\N{NO-BREAK SPACE}% of the budget", self.page())

    def test_months_follow_each_other_up_to_the_one_that_it_is(self) -> None:
        self.assertIn(self.url("2026-02"), self.page())
        self.assertNotIn(self.url("2026-04"), self.page())
        self.assertIn(self.url("2026-03"), self.page("2026-02"))
        self.assertIn("7.00", self.page("2026-02"))
        for month in ("2026-04", "2026-13", "2026-3", "1999-12", "x", "２０２６-03"):
            self.assertEqual(self.client.get(self.url(month)).status_code, 404, month)
        self.assertEqual(self.client.get(self.url("2000-01")).status_code, 200)

    def test_the_brands_own_calendar_says_which_month_it_is(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Pacific/Kiritimati"}, now=self.now, by=ALICE)
        with time_machine.travel(datetime(2026, 3, 31, 11, tzinfo=UTC), tick=False):
            self.assertIn("Pacific/Kiritimati", self.page("2026-04"))
            self.assertEqual(self.client.get(self.url("2026-05")).status_code, 404)

    def test_members_read_it_and_to_others_it_does_not_exist(self) -> None:
        for person in (*self.viewers, *self.managers, self.administrator):
            self.assertIn("120.50", self.page(person=person))
        for person in self.outsiders:
            self.client.force_login(person)
            for query in ("", "?format=csv"):
                answer = self.client.get(self.url() + query)
                missing = self.client.get(self.url(brand=Brand(name="no such")) + query)
                self.assertEqual((answer.status_code, answer.headers["Location"]), (302, missing.headers["Location"]))

    def test_its_files_say_the_same(self) -> None:
        text = b"".join(self.client.get(self.url() + "?format=csv")).decode()
        self.assertIn("120.50", text)
        self.assertNotIn("Theirs", text)
        sheet = b"".join(self.client.get(self.url() + "?format=xlsx"))
        rows = list(load_workbook(BytesIO(sheet)).active.values)  # type: ignore[union-attr]
        self.assertEqual(len(rows), len(text.splitlines()))
        self.assertIn(Decimal("120.50"), {Decimal(str(cell)) for cell in rows[1] if isinstance(cell, int | float)})
        self.assertEqual(self.client.get(self.url() + "?format=pdf").status_code, 404)

    def test_every_amount_of_the_page_is_in_the_file(self) -> None:
        table = {
            cell
            for line in b"".join(self.client.get(self.url() + "?format=csv")).decode().split("\n")
            for cell in line.strip().split(",")
        }
        shown = {amount.replace(",", "") for amount in findall(r'bm-right">([0-9,]+\.[0-9]{2})<', self.page())}
        self.assertGreater(len(shown), 2)
        self.assertLessEqual(shown, table)

    def test_a_currency_without_decimals_is_shown_without_them(self) -> None:
        yen = self.make_brand("Yen", daily=None, monthly="30000.00")
        change_brand(brand_id=yen.pk, values={"currency": "JPY"}, now=self.now, by=ALICE)
        self.spend("12345.00", campaign=self.make_campaign("Sakura", yen))
        self.client.force_login(self.administrator)
        page = self.client.get(self.url(brand=yen)).content.decode()
        self.assertIn("12,345<", page)
        self.assertNotIn("12,345.00", page)

    def test_the_drawing_stands_upon_its_base_and_shows_what_is_past_the_budget(self) -> None:
        record(
            campaign_id=self.campaign.pk, amount=Decimal("50.00"), spend_date=date(2026, 3, 1), now=self.now, by=ALICE
        )
        chart = draw_month(client_month(Brand.objects.get(pk=self.brand.pk), date(2026, 3, 1), now=self.now))
        first, eleventh, last = chart.columns[0], chart.columns[10], chart.columns[30]
        self.assertEqual((first.y + first.height, first.over_height), (chart.base, 0))
        self.assertEqual(eleventh.over_y + eleventh.over_height, eleventh.y)
        self.assertEqual(eleventh.line_y, eleventh.y)
        self.assertGreater(eleventh.over_height, 0)
        self.assertEqual(last.height, 0)
        self.assertEqual([tick.label for tick in chart.ticks], ["0", "50", "100", "150", "200"])

    def test_a_name_is_text(self) -> None:
        self.make_campaign("<b>x</b>")
        self.spend("1.00", campaign=self.make_campaign("<i>y</i>"))
        page = self.page()
        self.assertNotIn("<i>y", page)
        self.assertIn("<i>y</i>", unescape(page))

    def test_queries_do_not_grow(self) -> None:
        counts = []
        for number in (1, 9):
            for one in range(number):
                self.spend("1.00", campaign=self.make_campaign(f"More {number} {one}"))
            with CaptureQueriesContext(connection) as queries:
                self.client.get(self.url())
            counts.append(len(queries))
        self.assertEqual(counts[0], counts[1])


class SharingTests(MonthPageCase):
    def share(self, person: User | None = None, **sent: str) -> Any:
        self.client.force_login(person or self.manager)
        return self.client.post(self.url(), {"step": "share", "days": "30", **sent})

    def test_a_manager_makes_a_link_that_is_shown_once(self) -> None:
        with override_settings(SITE_URL=""):
            answer = self.share()
        found = search(LINK, answer.content.decode())
        assert found is not None
        address = found[1]

        self.assertEqual(answer.headers["Cache-Control"].count("no-store"), 1)
        self.assertTrue(address.startswith("http://testserver/month/"))
        self.client.logout()
        opened = self.client.get(address.removeprefix("http://testserver"))
        self.assertIn("120.50", opened.content.decode())
        token = address.split("/")[-2]
        self.assertNotIn(token, self.page())
        self.assertIn(token[:8], self.page())
        self.assertEqual(MonthLink.objects.get().expires_at, self.now.replace(month=4, day=10))

    def test_it_leads_to_the_address_of_the_site(self) -> None:
        with override_settings(SITE_URL="https://budget.example.com"):
            page = self.share().content.decode()
        self.assertIn(">https://budget.example.com/month/", page)

    def test_a_viewer_is_offered_nothing_to_share_and_refused(self) -> None:
        self.share()
        page = self.page(person=self.viewer)
        for text in ("Create a link", "Revoke", MonthLink.objects.get().beginning):
            self.assertNotIn(text, page)
        self.assertEqual(self.share(self.viewer).status_code, 403)
        sent = {"revoke": str(MonthLink.objects.get().pk)}
        self.assertEqual(self.client.post(self.url(), sent).status_code, 403)
        self.assertEqual(self.share(self.stranger).status_code, 302)
        self.assertIsNone(MonthLink.objects.get().revoked_at)

    def test_a_link_is_revoked_from_the_list(self) -> None:
        self.share()
        link = MonthLink.objects.get()
        self.assertIn("works", self.page())
        answer = self.client.post(self.url(), {"revoke": str(link.pk)}, follow=True)
        self.assertContains(answer, "is revoked")
        self.assertNotIn('name="revoke"', self.page())
        link.refresh_from_db()
        self.assertEqual((link.revoked_at, link.revoked_by), (self.now, "user mona"))

    def test_what_is_no_link_of_the_brand_is_not_revoked(self) -> None:
        self.share()
        theirs = reverse("admin:brands_brand_month", args=[self.other.pk, "2026-03"])
        self.client.force_login(self.stranger)
        self.client.post(theirs, {"revoke": str(MonthLink.objects.get().pk)})
        self.assertIsNone(MonthLink.objects.get().revoked_at)
        self.assertEqual(self.client.post(theirs, {"revoke": "x"}).status_code, 404)

    def test_a_choice_that_is_not_offered_is_refused_at_the_field(self) -> None:
        for days in ("0", "-1", "9999", "x", ""):
            answer = self.share(days=days)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("id_days", answer.content.decode())
        self.assertEqual(MonthLink.objects.count(), 0)

    def test_an_archived_brand_is_not_shared(self) -> None:
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertNotIn("Create a link", self.page(person=self.administrator))
        self.assertEqual(self.share(self.administrator).status_code, 403)
