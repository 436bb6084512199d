"""A new password by mail: for whom, how often, for how long, and what nobody learns by it."""

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client, SimpleTestCase, TestCase, override_settings

from budget_system.accounts.tests.test_passwords import NEW, PasswordCase
from budget_system.operations.mail import TIMEOUT, mail_settings
from budget_system.operations.redaction import RedactingHandler

ASK = "/admin/password_reset/"
ASKED = "/admin/password_reset/done/"
LINK = re.compile(r"https?://([^/\s]+)(/admin/reset/[\w-]+/[\w-]+/)")


def at_once(apart: object, work: Callable[[], None], prefix: str) -> None:
    """Send a mail at once, in place of the thread that would."""
    work()


class ResetCase(PasswordCase):
    """The viewer has an address, and mail is set up."""

    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.addCleanup(cache.clear)
        User.objects.filter(pk=self.viewer.pk).update(email="Vera@example.com")
        for change in (
            override_settings(MAIL_IS_SET_UP=True),
            patch("budget_system.accounts.mails.MAIL_EXECUTOR.submit", at_once),
        ):
            change.__enter__()
            self.addCleanup(change.__exit__, None, None, None)

    def ask(self, email: str = "vera@example.com", **more: Any) -> Any:
        return self.client.post(ASK, {"email": email}, **more)

    def link(self) -> str:
        """Return where the link of the last mail leads."""
        found = LINK.search(str(mail.outbox[-1].body))
        assert found is not None
        return found[2]

    def open(self, link: str) -> tuple[Client, str]:
        """Open a link in a browser of its own; give that, and where the form is."""
        browser = Client()
        answer = browser.get(link)
        self.assertEqual(answer.status_code, 302)
        return browser, str(answer.headers["Location"])

    def set_password(self, link: str, **more: str) -> Any:
        browser, form = self.open(link)
        return browser.post(form, {"new_password1": NEW, "new_password2": NEW, **more})


class WhoTests(ResetCase):
    def test_the_person_gets_a_link_that_sets_the_password_and_ends_the_tokens(self) -> None:
        answer = self.ask()
        (sent,) = mail.outbox
        self.assertEqual((answer.status_code, answer.headers["Location"]), (302, ASKED))
        self.assertEqual((sent.to, sent.from_email), (["Vera@example.com"], "budget@example.com"))
        self.assertIn("vera", str(sent.body))

        done = self.set_password(self.link())

        self.assertEqual(done.headers["Location"], "/admin/reset/done/")
        self.assert_ended()
        self.assertEqual(self.revoked(), ["vera"] * 3)

    def test_tokens_may_be_kept(self) -> None:
        self.ask()
        self.set_password(self.link(), keep_tokens="on")
        self.assert_kept()

    def test_nobody_is_logged_in_by_it(self) -> None:
        self.ask()
        browser, form = self.open(self.link())
        browser.post(form, {"new_password1": NEW, "new_password2": NEW})
        self.assertEqual(browser.get("/admin/").status_code, 302)

    def test_who_was_locked_out_is_let_in_by_the_new_password(self) -> None:
        for _ in range(5):
            self.client.post("/admin/login/", {"username": "vera", "password": "wrong"})
        self.ask()
        self.set_password(self.link())
        answer = self.client.post("/admin/login/", {"username": "vera", "password": NEW})
        self.assertEqual(answer.status_code, 302)

    def test_nobody_else_gets_one_and_all_are_answered_alike(self) -> None:
        User.objects.filter(username="gus").update(email="gus@example.com")
        self.loner.email = "lola@example.com"
        self.loner.set_unusable_password()
        self.loner.save()
        known = self.ask()
        for email in ("gus@example.com", "lola@example.com", "nobody@example.com"):
            with self.subTest(email):
                answer = self.ask(email)
                self.assertEqual((answer.status_code, answer.content), (known.status_code, known.content))
                self.assertEqual(answer.headers.items() ^ known.headers.items(), set())
        self.assertEqual(len(mail.outbox), 1)


class LinkTests(ResetCase):
    def test_it_works_once(self) -> None:
        self.ask()
        link = self.link()
        browser, form = self.open(link)
        browser.post(form, {"new_password1": NEW, "new_password2": NEW})

        self.assertContains(Client().get(link), "does not work any more")
        self.assertContains(browser.post(form, {"new_password1": "other-19-other"}), "does not work any more")
        self.assertTrue(User.objects.get(username="vera").check_password(NEW))

    def test_it_works_for_an_hour(self) -> None:
        self.ask()
        link = self.link()
        for after, status in {timedelta(minutes=59): 302, timedelta(minutes=61): 200}.items():
            with time_machine.travel(self.now + after, tick=False):
                self.assertEqual(Client().get(link).status_code, status, after)

    def test_another_persons_or_a_changed_one_does_not_work(self) -> None:
        self.ask()
        link = self.link()
        for wrong in (link[:-2] + "/", link.replace("/reset/", "/reset/x"), "/admin/reset/MQ/set-password/"):
            self.assertContains(Client().get(wrong), "does not work any more")

    def test_its_address_is_sent_to_nobody_and_kept_by_nobody(self) -> None:
        self.ask()
        for link in (self.link(), "/admin/reset/MQ/none/"):
            answer = Client().get(link)
            self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
            self.assertIn("no-store", answer.headers["Cache-Control"])
        browser, form = self.open(self.link())
        # With no-referrer a browser would send the form with the origin “null”, which is refused.
        self.assertEqual(browser.get(form).headers["Referrer-Policy"], "same-origin")

    def test_it_does_not_stand_in_the_log(self) -> None:
        self.ask()
        link, written = self.link(), StringIO()
        handler = RedactingHandler((), written)
        log = logging.getLogger("budget_system.requests")
        log.addHandler(handler)
        self.addCleanup(log.removeHandler, handler)
        self.addCleanup(log.setLevel, log.level)
        log.setLevel(logging.INFO)
        self.open(link)
        mistyped = (("/reset/", "/reset//"), ("/reset/", "/reset/x/"), ("/reset/", "/resets/"), ("/reset", "/reset/é"))
        for right, wrong in (*mistyped, (link.split("/")[-3], "%20" + link.split("/")[-3])):
            Client().get(link.replace(right, wrong))

        output = written.getvalue()
        self.assertIn("/admin/reset/", output)
        self.assertEqual(output.count("GET "), 6)
        self.assertNotIn(link.split("/")[-2], output)

    def test_it_leads_to_the_site_whatever_host_is_asked(self) -> None:
        with override_settings(ALLOWED_HOSTS=["budget.example.com", ".example.net", "localhost"]):
            self.assertEqual(self.ask(headers={"Host": "evil.example.org"}).status_code, 400)
            self.assertEqual(mail.outbox, [])
            for host in ("budget.example.com:666", "evil.example.net", "localhost"):
                cache.clear()
                self.ask(headers={"Host": host, "X-Forwarded-Host": "evil.example.org", "Forwarded": "host=evil"})
        self.assertEqual(len(mail.outbox), 3)
        for sent in mail.outbox:
            self.assertIn("https://budget.example.com/admin/reset/", str(sent.body))
            self.assertNotRegex(str(sent.body), "evil|666|localhost|http:")


class HowOftenTests(ResetCase):
    def test_a_person_gets_three_an_hour_and_nobody_is_told(self) -> None:
        statuses = [self.ask(email).status_code for email in ("vera@example.com", "VERA@example.com") * 3]
        self.assertEqual(statuses, [302] * 6)
        self.assertEqual(len(mail.outbox), 3)

        with time_machine.travel(self.now + timedelta(hours=1), tick=False):
            self.ask()
        self.assertEqual(len(mail.outbox), 4)

    def test_an_address_asks_twenty_times_an_hour(self) -> None:
        answers = [self.ask(f"a{number}@example.com") for number in range(21)]

        self.assertEqual([answer.status_code for answer in answers], [302] * 20 + [429])
        self.assertLessEqual(int(answers[-1].headers["Retry-After"]), 3600)
        elsewhere = self.ask("b@example.com", REMOTE_ADDR="198.51.100.7")
        self.assertEqual(elsewhere.status_code, 302)

    def test_a_mail_server_that_refuses_is_told_to_the_log_and_to_nobody_else(self) -> None:
        with (
            patch("django.core.mail.EmailMultiAlternatives.send", side_effect=OSError("no route")),
            self.assertLogs("django.contrib.auth", logging.ERROR),
        ):
            self.assertEqual(self.ask().headers["Location"], ASKED)


@override_settings(API_AUTH="closed")
class WithoutMailTests(TestCase):
    PATHS = (ASK, ASKED, "/admin/reset/MQ/set-password/", "/admin/reset/done/")

    def test_the_pages_answer_as_if_they_did_not_exist(self) -> None:
        known = Client()
        known.force_login(User.objects.create_superuser("ada"))
        for path in self.PATHS:
            for browser in (Client(), known):
                for method in (browser.get, browser.post):
                    nothing = method("/admin/nothing/of/this/kind/")
                    answer = method(path)
                    self.assertEqual(answer.status_code, nothing.status_code, path)
                    self.assertEqual(
                        answer.headers.get("Location", "").replace(path, ""),
                        nothing.headers.get("Location", "").replace("/admin/nothing/of/this/kind/", ""),
                    )
                    self.assertEqual(
                        answer.content.replace(path.encode(), b""),
                        nothing.content.replace(b"/admin/nothing/of/this/kind/", b""),
                    )

    def test_the_login_page_leads_there_where_mail_is_set_up_alone(self) -> None:
        self.assertNotContains(self.client.get("/admin/login/"), "Forgotten password?")
        with override_settings(MAIL_IS_SET_UP=True):
            self.assertContains(self.client.get("/admin/login/"), f'href="{ASK}"')
            self.assertContains(self.client.get(ASK), "Send the link")
            self.assertContains(self.client.get(ASKED), "on its way")
            self.assertContains(self.client.get("/admin/reset/done/"), "To the login")


class MailSettingsTests(SimpleTestCase):
    def test_an_address_becomes_djangos_settings(self) -> None:
        found = mail_settings("submission://budget:p%40ss@mail.example.com")

        self.assertEqual((found["EMAIL_HOST"], found["EMAIL_PORT"]), ("mail.example.com", 587))
        self.assertEqual((found["EMAIL_HOST_PASSWORD"], found["EMAIL_USE_TLS"]), ("p@ss", True))
        self.assertEqual(found["EMAIL_TIMEOUT"], TIMEOUT)
        self.assertTrue(mail_settings("smtp://u:p@mail.example.com:465/?ssl=true")["EMAIL_USE_SSL"])
        self.assertEqual(mail_settings("smtp://u:p@localhost:2525/?timeout=3")["EMAIL_TIMEOUT"], 3)
        self.assertEqual(mail_settings(""), {})

    def test_what_is_none_is_refused_in_a_sentence(self) -> None:
        wrong = {
            "mail.example.com": "must begin with",
            "console://": "must begin with",
            "submission://": "names no host",
            "smtp://mail.example.com:x": "no number",
            "smtp://user:password@mail.example.com": "unencrypted",
        }
        for url, reason in wrong.items():
            with self.subTest(url), self.assertRaisesRegex(ValueError, f"^EMAIL_URL .*{reason}"):
                mail_settings(url)
