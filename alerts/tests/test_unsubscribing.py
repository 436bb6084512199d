"""The link in a mail that ends it."""

from django.core.cache import cache
from django.test import Client, TestCase, override_settings
from django.urls import reverse

from alerts.channels.unsubscribing import unsubscribe_url
from alerts.models import Subscription
from alerts.tests.subscribing import person, subscribe
from budget_system.operations.redaction import Redactor
from delivery.models import Channel


@override_settings(API_AUTH="closed")
class LinkTests(TestCase):
    def setUp(self) -> None:
        cache.clear()
        self.addCleanup(cache.clear)
        self.subscription = subscribe(Channel.MAIL, user=person("reader"))
        url = unsubscribe_url(self.subscription) or ""
        self.assertTrue(url.startswith("https://budget.example.com/unsubscribe/"))
        self.path = url.removeprefix("https://budget.example.com")
        self.browser = Client(enforce_csrf_checks=True)

    def is_active(self) -> bool:
        return Subscription.objects.get(pk=self.subscription.pk).is_active

    def test_opening_it_asks_and_pressing_the_button_ends_it(self) -> None:
        answer = self.browser.get(self.path)
        self.assertContains(answer, "Unsubscribe</button>")
        self.assertEqual((answer.cookies, self.is_active()), ({}, True))
        self.assertContains(self.browser.post(self.path), "You are unsubscribed")
        self.assertFalse(self.is_active())
        again = self.browser.get(self.path)
        self.assertContains(again, "You are unsubscribed")
        self.assertNotContains(again, "<button")
        self.assertContains(self.browser.post(self.path), "You are unsubscribed")

    def test_a_mail_program_ends_it_in_one_click(self) -> None:
        answer = self.browser.post(self.path, {"List-Unsubscribe": "One-Click"})
        self.assertEqual((answer.status_code, self.is_active()), (200, False))

    def test_a_link_that_is_not_ours_ends_nothing(self) -> None:
        token = self.path.split("/")[2]
        channel = subscribe(Channel.WEBHOOK)
        of_channel = (unsubscribe_url(channel) or "").split("/")[4]
        for wrong in (token[:-1], token.replace("~", "~x"), self.subscription.pk.hex, of_channel, "~"):
            with self.subTest(token=wrong):
                for answer in (self.browser.get(f"/unsubscribe/{wrong}/"), self.browser.post(f"/unsubscribe/{wrong}/")):
                    self.assertEqual(answer.status_code, 404)
        self.assertEqual(set(Subscription.objects.values_list("is_active", flat=True)), {True})

    @override_settings(THROTTLE_ANONYMOUS=2)
    def test_nobody_tries_links_by_the_thousand(self) -> None:
        answers = [self.browser.get("/unsubscribe/x~y/").status_code for _ in range(4)]
        self.assertEqual((answers[0], answers[-1]), (404, 429))

    @override_settings(SITE_URL="")
    def test_without_an_address_of_the_site_there_is_no_link(self) -> None:
        self.assertIsNone(unsubscribe_url(self.subscription))

    def test_no_log_shows_it(self) -> None:
        token = self.path.split("/")[2]
        shown = Redactor([]).redact(f'"GET {reverse("unsubscribe", args=[token])} HTTP/1.1" 200')
        self.assertEqual(shown, '"GET /unsubscribe/********/ HTTP/1.1" 200')
