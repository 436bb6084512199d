"""One line of the log is one event, in either form, and bears what a collector sorts by; nothing secret is in it."""

import io
import json
import logging
import logging.config
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from unittest.mock import patch

from django.contrib.auth.models import User
from django.core.exceptions import SuspiciousOperation
from django.test import Client, SimpleTestCase, override_settings
from django.test import TestCase as DatabaseTestCase

from budget_system.operations.log_config import configure, logging_config
from spending.enforcement.resets import reset
from spending.models import Period
from tests.support import ALICE, AgencyTestCase

FORGED = "done\nERROR The ledger is gone\r\n\x1b[31m\u2028CRITICAL\u202e"


@contextmanager
def log(form: str, level: str = "INFO") -> Iterator[io.StringIO]:
    """Log as in production, to a text."""
    config = logging_config(level=level, form=form)
    text = io.StringIO()
    config["handlers"]["stderr"]["stream"] = text
    root, hooks = logging.getLogger(), (sys.excepthook, threading.excepthook)
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in config["loggers"]}
    try:
        configure(config)
        yield text
    finally:
        logging.captureWarnings(False)
        sys.excepthook, threading.excepthook = hooks
        root.handlers[:], root.level = before
        for name, value in levels.items():
            logging.getLogger(name).setLevel(value)


def objects(text: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.getvalue().splitlines()]


class LineTests(SimpleTestCase):
    def test_a_line_break_or_control_character_forges_no_line_in_either_form(self) -> None:
        for form in ("plain", "json"):
            with self.subTest(form), log(form) as text:
                logging.getLogger("budget_system.x").info("Brand “%s”: reset", FORGED)

                output = text.getvalue()
                self.assertEqual(len(output.splitlines()), 1)
                for char in "\x1b\r\u2028\u202e":
                    self.assertNotIn(char, output)
                self.assertIn(r"done\nERROR", output)

    def test_a_traceback_is_one_object_and_in_plain_no_line_of_it_looks_like_one_of_the_log(self) -> None:
        for form in ("plain", "json"):
            with self.subTest(form), log(form) as text:
                try:
                    raise ValueError(f"bad {FORGED}")
                except ValueError:
                    logging.getLogger("budget_system.x").exception("It failed")

                if form == "json":
                    (line,) = objects(text)
                    self.assertIn("ValueError: bad done\nERROR", str(line["traceback"]))
                else:
                    first, *others = text.getvalue().splitlines()
                    self.assertRegex(first, r"Z ERROR It failed$")
                    self.assertEqual([other for other in others if not other.startswith("    ")], [])

    def test_the_time_is_utc_in_iso_8601(self) -> None:
        for form in ("plain", "json"):
            with self.subTest(form), log(form) as text:
                logging.getLogger("budget_system.x").info("now")

                output = text.getvalue()
                at = str(objects(text)[0]["at"]) if form == "json" else output.partition(" ")[0]
                self.assertLess(abs((datetime.now().astimezone() - datetime.fromisoformat(at)).total_seconds()), 60)
                self.assertTrue(at.endswith("Z"))

    def test_warnings_and_what_ends_a_process_or_thread_are_lines_too(self) -> None:
        with log("json") as text:
            warnings.warn("this is\nold", DeprecationWarning, stacklevel=1)
            try:
                raise RuntimeError("the end")
            except RuntimeError as error:
                sys.excepthook(RuntimeError, error, error.__traceback__)
            thread = threading.Thread(target=int, args=["gone"])
            thread.start()
            thread.join()

            levels = [line["level"] for line in objects(text)]
            self.assertEqual(levels, ["WARNING", "CRITICAL", "CRITICAL"])

    def test_what_a_request_asked_for_is_in_no_line_of_json(self) -> None:
        with log("json") as text:
            logging.getLogger("django.request").error("Fault: /x", extra={"request": "GET '/x?token=abc'"})
            self.assertNotIn("token=abc", text.getvalue())


class StatusTests(AgencyTestCase):
    def test_a_status_change_says_in_fields_what_changed_and_why(self) -> None:
        with log("json") as text, self.captureOnCommitCallbacks(execute=True):
            self.spend("100.00")

        (line,) = [line for line in objects(text) if line.get("event") == "status_changed"]
        fields = {
            name: line[name] for name in ("level", "brand", "campaign", "campaign_id", "from", "to", "reason", "by")
        }
        self.assertEqual(
            fields,
            {
                "level": "INFO",
                "brand": "Acme",
                "campaign": "Spring sale",
                "campaign_id": str(self.campaign.pk),
                "from": "ACTIVE",
                "to": "PAUSED",
                "reason": "DAILY_BUDGET_EXCEEDED",
                "by": "api",
            },
        )
        figures = line["figures"]
        assert isinstance(figures, dict)
        self.assertIn("100.00", json.dumps(figures))

    def test_the_note_of_a_reset_forges_no_line(self) -> None:
        self.spend("10.00")
        with log("plain") as text, self.captureOnCommitCallbacks(execute=True):
            reset(periods=[Period.DAY], note="x\nERROR The ledger is gone", now=self.now, by=ALICE)

        self.assertEqual([line for line in text.getvalue().splitlines() if line.startswith("ERROR")], [])
        self.assertIn(r"note: x\nERROR", text.getvalue())


@override_settings(API_AUTH="closed")
class AccessTests(DatabaseTestCase):
    def setUp(self) -> None:
        self.user = User.objects.create_user("ana", password="right-one-7")
        self.browser = Client(REMOTE_ADDR="203.0.113.7", raise_request_exception=False)

    def entries(self, text: io.StringIO) -> list[tuple[object, ...]]:
        keys = ("event", "level", "user", "address")
        return [tuple(line.get(key) for key in keys) for line in objects(text) if "event" in line]

    def test_a_request_is_told_with_status_time_and_user_and_without_its_query(self) -> None:
        self.browser.force_login(self.user)
        with log("json") as text:
            self.browser.get("/api/brands/?token=abc")

        (line,) = objects(text)
        self.assertEqual(
            (line["event"], line["method"], line["path"], line["status"], line["user"], line["address"]),
            ("request", "GET", "/api/brands/", 400, "ana", "203.0.113.7"),
        )
        self.assertIsInstance(line["ms"], int)
        self.assertNotIn("abc", text.getvalue())

    def test_it_can_be_switched_off_and_probes_are_left_out(self) -> None:
        self.browser.force_login(self.user)
        with log("json") as text:
            self.browser.get("/health/?only=web")
            with override_settings(ACCESS_LOG=False):
                self.browser.get("/api/brands/")
        self.assertEqual(text.getvalue(), "")

    def test_who_comes_goes_or_fails_to_is_told_with_name_and_address_and_no_password(self) -> None:
        with override_settings(ACCESS_LOG=False), log("json") as text:
            self.browser.post("/admin/login/", {"username": "ana\nX", "password": "guessed-1"})
            self.browser.post("/admin/login/", {"username": "ana", "password": "right-one-7"})
            self.browser.post("/admin/logout/")

        self.assertEqual(
            self.entries(text),
            [
                ("login_failed", "WARNING", "ana\nX", "203.0.113.7"),
                ("login", "INFO", "ana", "203.0.113.7"),
                ("logout", "INFO", "ana", "203.0.113.7"),
            ],
        )
        for secret in ("guessed-1", "right-one-7"):
            self.assertNotIn(secret, text.getvalue())

    def test_a_refusal_is_told_also_where_the_access_log_is_off(self) -> None:
        known = Client(REMOTE_ADDR="203.0.113.7")
        known.force_login(self.user)
        with override_settings(ACCESS_LOG=False), log("json") as text:
            self.browser.get("/api/brands/")
            self.browser.get("/api/brands/", headers={"authorization": f"Token {'ab' * 32}"})
            for _ in range(5):
                self.browser.post("/admin/login/", {"username": "ana", "password": "guessed"})
            with override_settings(THROTTLE_ANONYMOUS=1):
                self.browser.get("/api/brands/")
            known.get("/admin/auth/user/")

        lines = objects(text)
        statuses = [line["status"] for line in lines if line["event"] == "request_refused"]
        self.assertEqual(statuses, [401, 401, 429, 429, 403])
        self.assertEqual([line["user"] for line in lines if line.get("status") == 403], ["ana"])
        self.assertIn(("token_failed", "WARNING", None, "203.0.113.7"), self.entries(text))
        self.assertNotIn("abab", text.getvalue())
        self.assertEqual({line["address"] for line in lines}, {"203.0.113.7"})

    def test_a_clients_fault_is_a_warning_without_a_traceback(self) -> None:
        with log("plain") as text:
            self.browser.get("/admin/login/", headers={"host": "evil.example"})
            with patch("django.contrib.admin.sites.AdminSite.login", side_effect=SuspiciousOperation("odd\nform")):
                self.browser.post("/admin/login/", {"username": "ana"})

        output = text.getvalue()
        self.assertNotIn("Traceback", output)
        self.assertNotIn("ERROR", output)
        self.assertRegex(output, r"WARNING Invalid HTTP_HOST header: 'evil\.example'")
