"""A database that is lost is answered with 503 on every path, told in one line, and is no fault of ours."""

import io
import json
import logging
import logging.config
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import InterfaceError, OperationalError
from django.test import SimpleTestCase, TestCase, override_settings
from kombu.exceptions import OperationalError as BrokerFault

from budget_system.operations.databases import is_outage
from budget_system.operations.log_config import logging_config

LOST = (OperationalError("the connection is closed"), InterfaceError("the cursor is closed"))


class AnswerTests(TestCase):
    def setUp(self) -> None:
        self.client.force_login(User.objects.create_superuser("root", password="a-long-one-17"))
        self.client.raise_request_exception = True

    def lost(self, path: str, where: str, **headers: str) -> str:
        with (
            patch(where, side_effect=OperationalError("gone")),
            self.assertLogs("budget_system.web.database_errors") as logs,
        ):
            answer = self.client.get(path, headers=headers)
        self.assertEqual(len(logs.output), 1)
        self.assertEqual((answer.status_code, answer["Retry-After"]), (503, "5"))
        return answer.content.decode()

    def test_the_api_answers_in_the_shape_of_its_refusals(self) -> None:
        for error in LOST:
            with (
                patch("brands.api.brands.BrandViewSet.get_queryset", side_effect=error),
                self.assertLogs("budget_system.web.database_errors"),
            ):
                answer = self.client.get("/api/brands/", headers={"Accept": "application/json"})
            self.assertEqual((answer.status_code, answer["Retry-After"]), (503, "5"))
            self.assertEqual(list(answer.json()), ["detail"])

    def test_a_browser_is_answered_too(self) -> None:
        answer = self.lost("/api/brands/", "brands.api.brands.BrandViewSet.get_queryset", Accept="text/html")

        self.assertIn("<b>HTTP 503 Service Unavailable</b>", answer)

    def test_the_admin_shows_a_plain_page_whatever_debug_says(self) -> None:
        for debug in (False, True):
            with override_settings(DEBUG=debug):
                answer = self.lost("/admin/brands/brand/", "brands.admin.brands.BrandAdmin.get_queryset")
            self.assertIn("<h1>Back in a moment</h1>", answer)

    def test_a_session_that_cannot_be_stored_is_no_fault_of_ours(self) -> None:
        body = {"username": "root", "password": "a-long-one-17"}
        broken = patch(
            "django.contrib.sessions.backends.db.SessionStore.save", side_effect=[None, OperationalError("gone")]
        )
        for debug in (False, True):
            self.client.logout()
            with override_settings(DEBUG=debug), broken, self.assertLogs("budget_system.web.database_errors"):
                answer = self.client.post("/admin/login/?next=/admin/", body)
            self.assertEqual(answer.status_code, 503)

    def test_a_file_whose_first_rows_cannot_be_read_is_not_begun(self) -> None:
        answer = self.lost("/api/spends/?format=csv", "django.db.models.query.QuerySet.iterator")

        self.assertEqual(list(json.loads(answer)), ["detail"])

    def test_anything_else_stays_a_fault(self) -> None:
        self.client.raise_request_exception = False
        broken = patch("brands.admin.brands.BrandAdmin.get_queryset", side_effect=ZeroDivisionError)
        with broken, self.assertLogs("django.request", "ERROR"):
            self.assertEqual(self.client.get("/admin/brands/brand/").status_code, 500)


@contextmanager
def log_of(clock: list[float]) -> Iterator[io.StringIO]:
    """Log as in production, to a text, by a clock that is the last number of this list."""
    config = logging_config(level="INFO", form="plain")
    handlers = config["handlers"]
    assert isinstance(handlers, dict)
    text = io.StringIO()
    handlers["stderr"]["stream"] = text
    before = logging.root.handlers[:], logging.root.level
    try:
        logging.config.dictConfig(config)
        with patch("budget_system.web.database_errors.time.monotonic", lambda: clock[-1]):
            yield text
    finally:
        logging.root.handlers[:], logging.root.level = before


class LogTests(SimpleTestCase):
    def tell(self, error: Exception, message: str = "It failed") -> None:
        try:
            raise error
        except type(error):
            logging.getLogger("budget_system.somewhere").exception(message)

    def test_an_outage_is_one_line_with_its_reason_however_often_it_is_met(self) -> None:
        for error in (*LOST, BrokerFault("Connection refused"), ConnectionRefusedError("refused")):
            clock = [100.0]
            with log_of(clock) as text:
                for _ in range(50):
                    self.tell(error, "It failed\n\nat length")
                first = text.getvalue()
                clock.append(131.0)
                self.tell(error)
            self.assertRegex(first, rf"^\S+Z ERROR It failed: {re.escape(str(error))}\n$")
            self.assertIn("(as 49 times more since the last line of this kind)\n", text.getvalue())

    def test_a_fault_of_ours_keeps_its_traceback_each_time(self) -> None:
        with log_of([100.0]) as text:
            for _ in range(2):
                self.tell(ValueError("no outage"))
        self.assertEqual(text.getvalue().count("Traceback"), 2)

    def test_a_table_that_is_missing_is_no_outage(self) -> None:
        connection = sqlite3.connect(":memory:")
        self.addCleanup(connection.close)
        with self.assertRaises(sqlite3.OperationalError) as caught:
            connection.execute("SELECT * FROM nothing")
        error = OperationalError("no such table")
        error.__cause__ = caught.exception

        self.assertFalse(is_outage(error))
        self.assertTrue(is_outage(OperationalError("gone")))
