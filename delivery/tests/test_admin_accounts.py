"""Accounts in the admin: connected, checked, and never showing what opens them."""

from typing import Any

from django.contrib.auth.models import User
from django.test import TestCase, tag
from django.urls import reverse

from delivery.models import Account, AccountState
from tests.sandbox import ACCOUNT, TOKEN, WithSandbox
from tests.support import Agency

ADD = reverse("admin:delivery_account_add")
LIST = reverse("admin:delivery_account_changelist")


@tag("processes")
class AccountPageTests(WithSandbox, Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox.put("1")
        self.client.force_login(User.objects.create_superuser("admin"))

    def connect(self, **values: str) -> Any:
        sent = {
            "brand": str(self.brand.pk),
            "platform": "google",
            "external_id": ACCOUNT,
            "connector": "sandbox",
            "credential_sandbox_address": self.sandbox.address,
            "credential_sandbox_token": TOKEN,
            "zone": "",
        }
        return self.client.post(ADD, sent | values, follow=True)

    def page(self, name: str = "change") -> str:
        return reverse(f"admin:delivery_account_{name}", args=[Account.objects.get().pk])

    def test_an_account_is_connected_and_its_credentials_are_shown_nowhere(self) -> None:
        shown = self.connect().content.decode()
        account = Account.objects.get()
        self.assertEqual((account.name, account.credentials["token"]), ("Acme there", TOKEN))
        for url in (self.page(), self.page("history"), LIST):
            shown += self.client.get(url).content.decode()
        self.assertNotIn(TOKEN, shown)
        self.assertIn("Acme there", shown)

    def test_what_the_platform_refuses_is_shown_at_its_field(self) -> None:
        self.sandbox.put(currency="EUR")
        answer = self.connect()
        self.assertContains(answer, "The account spends EUR, and “Acme” USD")
        self.assertContains(self.connect(credential_sandbox_address="http://10.0.0.1"), "runs on this machine")
        answer = self.connect(credential_sandbox_token="wrong")
        self.assertContains(answer, "The token is not valid")
        self.assertNotContains(answer, "wrong")
        self.assertFalse(Account.objects.exists())

    def test_another_zone_is_asked_about(self) -> None:
        self.sandbox.put(timezone="Europe/Berlin")
        self.assertContains(self.connect(), "midnight in Europe/Berlin")
        self.connect(zone="confirm")
        self.assertEqual(Account.objects.get().zone_confirmed_by, "user admin")

    def test_costs_that_are_not_booked_are_listed_by_name_or_id(self) -> None:
        self.connect()
        Account.objects.update(not_booked=[["77", "Teaser", "1.50", "no campaign"], ["78", "", "2.00", "no campaign"]])
        page = self.client.get(self.page())
        for words in ("<div>Teaser (77): 1.50 USD, no campaign</div>", "<div>78: 2.00 USD, no campaign</div>"):
            self.assertContains(page, words)

    def test_a_stopped_account_is_checked_and_gets_a_new_token(self) -> None:
        self.connect()
        self.sandbox.put(token="new one")
        self.assertContains(self.client.get(self.page("check_one")), "is asked for the account")
        answer = self.client.post(self.page("check_one"), {"confirmed": "yes"}, follow=True)
        self.assertContains(answer, "Its access is refused")
        self.assertEqual(Account.objects.get().state, AccountState.STOPPED)
        self.client.post(self.page(), {"credential_sandbox_token": "new one", "credential_sandbox_address": ""})
        account = Account.objects.get()
        self.assertEqual((account.state, account.error), (AccountState.CONNECTED, ""))
        self.assertEqual(account.credentials, {"address": self.sandbox.address, "token": "new one"})
        answer = self.client.post(self.page("check_one"), {"confirmed": "yes"}, follow=True)
        self.assertContains(answer, "“Acme there” answers: USD, UTC.")

    def test_credentials_are_asked_for_where_their_connector_is(self) -> None:
        only = 'x-show="typeof connector == &#x27;undefined&#x27; || connector == &#x27;sandbox&#x27;"'
        page = self.client.get(ADD)
        self.assertContains(page, only, 2)
        self.assertContains(page, "Never shown again.")
        self.connect()
        page = self.client.get(self.page())
        self.assertContains(page, only, 2)
        self.assertContains(page, "Never shown; left empty, it stays as it is.", 2)

    def test_it_is_disconnected(self) -> None:
        self.connect()
        self.assertContains(self.client.get(self.page("delete")), "its credentials are forgotten")
        self.client.post(self.page("delete"), {"post": "yes"})
        self.assertFalse(Account.objects.exists())
