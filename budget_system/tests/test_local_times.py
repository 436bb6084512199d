"""One style of dates in the admin, whoever writes them."""

from datetime import UTC, date, datetime

from django.test import SimpleTestCase
from django.utils import formats

from budget_system.admin.authors import author
from budget_system.admin.local_times import clock_text, local
from budget_system.core.text import date_text


class LocalTimesTests(SimpleTestCase):
    def test_what_django_formats_looks_the_same(self) -> None:
        at = datetime(2026, 3, 4, 8, 5, tzinfo=UTC)

        self.assertEqual(date_text(at.date()), "Wed 4 Mar 2026")
        self.assertEqual(formats.date_format(date(2026, 3, 4)), date_text(at.date()))
        self.assertEqual(formats.date_format(at, "DATETIME_FORMAT"), clock_text(at, "UTC"))

    def test_names_the_zone_whose_clock_it_is(self) -> None:
        self.assertEqual(
            local(datetime(2026, 3, 4, 20, tzinfo=UTC), "Asia/Tokyo"), "Thu 5 Mar 2026, 05:00 (Asia/Tokyo)"
        )


class AuthorTests(SimpleTestCase):
    def test_says_who_it_was_as_a_person_would(self) -> None:
        for by, said in (
            ("user anna", "anna"),
            ("user daily_reset", "daily_reset"),
            ("api", "the API"),
            ("task daily_reset", "task daily reset"),
            ("command seed_demo", "command seed_demo"),
            ("", "somebody who was not recorded"),
        ):
            with self.subTest(by=by):
                self.assertEqual(author(by), said)
