"""Links to a client's month: who may make them, what they show, and when they show nothing."""

import logging
from datetime import date, timedelta
from io import StringIO
from typing import Any

import time_machine
from django.core.cache import cache
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from brands.access.memberships import actor_of
from brands.access.month_links import CreatedLink, create_month_link, opened_link, revoke_month_link
from brands.models import Brand, MonthLink
from brands.services import change_brand, remove_brand, restore_brand
from budget_system.core.errors import Forbidden, NotFound
from budget_system.operations.redaction import RedactingHandler, Redactor
from tests.access import Roles
from tests.support import ALICE

MARCH = date(2026, 3, 1)


class LinkTestCase(Roles, TestCase):
    """A closed system on a day in March."""

    def setUp(self) -> None:
        super().setUp()
        closed = override_settings(API_AUTH="closed")
        closed.enable()
        self.addCleanup(closed.disable)
        cache.clear()
        self.addCleanup(cache.clear)
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.spend("12.34")
        self.spend("77.77", campaign=self.theirs)

    def created(self, days: int = 30, brand: Brand | None = None) -> CreatedLink:
        return create_month_link(
            brand=brand or self.brand, month=MARCH, expires_at=self.now + timedelta(days=days), now=self.now, by=ALICE
        )

    def open(self, token: str, query: str = "", **headers: Any) -> Any:
        return Client().get(reverse("shared_month", args=[token]) + query, **headers)


class SharedPageTests(LinkTestCase):
    def test_it_shows_its_month_of_its_brand_and_nothing_else_without_a_cookie(self) -> None:
        answer = self.open(self.created().token)

        page = answer.content.decode()
        self.assertEqual(answer.status_code, 200)
        for text in ("Acme", "March 2026", "12.34", "USD", "UTC", "Spring sale", "2,000.00"):
            self.assertIn(text, page)
        for text in ("Other", "Theirs", "77.77", "/admin", "<nav", "<script", "<form", str(self.brand.pk), "api"):
            self.assertNotIn(text, page)
        self.assertEqual(answer.cookies, {})
        self.assertNotIn("Cookie", answer.headers.get("Vary", ""))

    def test_its_headers_keep_it_out_of_caches_referrers_and_search_engines(self) -> None:
        for token in (self.created().token, "nonsense"):
            headers = self.open(token).headers
            self.assertEqual(headers["Cache-Control"], "private, no-store")
            self.assertEqual(headers["Referrer-Policy"], "no-referrer")
            self.assertIn("noindex", headers["X-Robots-Tag"])
            self.assertEqual(headers["X-Frame-Options"], "DENY")

    def test_it_names_no_person(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=actor_of(self.manager))
        for query in ("", "?format=csv"):
            answer = self.open(self.created().token, query)
            text = b"".join(answer).decode()
            self.assertIn("no limit" if not query else "budget change", text)
            self.assertNotIn("mona", text)

    def test_its_file_holds_the_same(self) -> None:
        answer = self.open(self.created().token, "?format=csv")

        text = b"".join(answer).decode()
        self.assertIn('filename="acme-2026-03.csv"', answer.headers["Content-Disposition"])
        self.assertIn("12.34", text)
        self.assertNotIn("77.77", text)
        self.assertEqual(answer.headers["Cache-Control"], "private, no-store")

    def test_what_does_not_work_is_answered_alike(self) -> None:
        good, other = self.created(), self.created()
        revoked, expired, archived = self.created(), self.created(days=1), self.created(brand=self.other)
        revoke_month_link(link_id=revoked.link.pk, brand_id=self.brand.pk, now=self.now, by=ALICE)
        remove_brand(brand_id=self.other.pk, now=self.now, by=ALICE)
        secret, signature = good.token.split(".")
        tampered = f"{secret}.{other.token.split('.')[1]}"
        with time_machine.travel(self.now + timedelta(days=1), tick=False):
            tokens = (revoked.token, expired.token, archived.token, tampered, secret, signature, "x", "x" * 500, "é.é")
            answers = [self.open(token) for token in (*tokens, secret[:-1] + "." + signature)]
            self.assertEqual(self.open(good.token).status_code, 200)

        self.assertEqual({answer.status_code for answer in answers}, {404})
        self.assertEqual(len({answer.content for answer in answers}), 1)
        restore_brand(brand_id=self.other.pk, now=self.now, by=ALICE)
        self.assertEqual(self.open(archived.token).status_code, 200)

    def test_a_token_that_was_not_signed_here_asks_no_database(self) -> None:
        with self.assertNumQueries(0):
            self.assertIsNone(opened_link("a" * 43 + "." + "b" * 43, now=self.now))
        token = self.created().token
        with override_settings(SECRET_KEY="another"), self.assertNumQueries(0):
            self.assertIsNone(opened_link(token, now=self.now))

    def test_it_is_read_only_also_for_who_is_logged_in(self) -> None:
        url = reverse("shared_month", args=[self.created().token])
        client = Client()
        client.force_login(self.administrator)
        self.assertNotIn("/admin", client.get(url).content.decode())
        for method in ("post", "put", "patch", "delete"):
            self.assertEqual(getattr(client, method)(url).status_code, 405)
        self.assertEqual(client.head(url).status_code, 200)

    @override_settings(THROTTLE_ANONYMOUS=3)
    def test_who_opens_too_many_waits(self) -> None:
        token = self.created().token
        statuses = [self.open(one).status_code for one in (token, "x", token, token)]
        answer = self.open("x")

        self.assertEqual(statuses, [200, 404, 200, 429])
        self.assertGreater(int(answer.headers["Retry-After"]), 0)
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")

    def test_no_log_holds_the_token(self) -> None:
        stream = StringIO()
        handler = RedactingHandler(stream=stream)
        logging.getLogger().addHandler(handler)
        self.addCleanup(logging.getLogger().removeHandler, handler)
        with override_settings(ACCESS_LOG=True), self.assertLogs("budget_system", logging.INFO) as caught:
            created = self.created()
            self.open(created.token)
            self.open(f"{created.token}x")
            revoke_month_link(link_id=created.link.pk, brand_id=self.brand.pk, now=self.now, by=ALICE)
        lines = "\n".join(handler.format(record) for record in caught.records)

        self.assertIn("/month/********/", lines)
        self.assertNotIn(created.token, lines + stream.getvalue() + repr(created))
        shown = Redactor([]).redact(f"token {created.token} of /admin/brands/brand/1/month/2026-03/?format=csv")
        self.assertEqual(shown, "token ******** of /admin/brands/brand/1/month/2026-03/?format=csv")


class ServiceTests(LinkTestCase):
    def test_only_who_writes_the_brand_makes_and_revokes_links(self) -> None:
        link = self.created().link
        until = self.now + timedelta(days=1)
        for person, error in ((self.viewer, Forbidden), (self.stranger, NotFound), (self.loner, NotFound)):
            with self.assertRaises(error):
                create_month_link(brand=self.brand, month=MARCH, expires_at=until, now=self.now, by=actor_of(person))
            with self.assertRaises(error):
                revoke_month_link(link_id=link.pk, brand_id=self.brand.pk, now=self.now, by=actor_of(person))
        with self.assertRaises(NotFound):
            revoke_month_link(link_id=link.pk, brand_id=self.other.pk, now=self.now, by=actor_of(self.stranger))
        for person in (*self.managers, self.administrator):
            create_month_link(brand=self.brand, month=MARCH, expires_at=until, now=self.now, by=actor_of(person))

    def test_only_a_hash_is_stored_and_who_made_and_revoked_it(self) -> None:
        created = self.created()
        stored = MonthLink.objects.values().get()

        self.assertFalse([value for value in stored.values() if created.token in str(value)])
        by = actor_of(self.manager)
        revoke_month_link(link_id=created.link.pk, brand_id=self.brand.pk, now=self.now, by=by)
        later = self.now + timedelta(hours=1)
        again = revoke_month_link(link_id=created.link.pk, brand_id=self.brand.pk, now=later, by=ALICE)
        self.assertEqual((again.revoked_at, again.revoked_by), (self.now, "user mona"))
