"""Connecting accounts to the sandbox: what goes with a brand and what does not."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TestCase, tag

from alerts.models import Alert, AlertKind
from brands.access.memberships import access_of
from brands.models import Brand, Change
from budget_system.core.actors import Actor
from budget_system.core.errors import NotFound
from campaigns.models import Campaign
from delivery.models import Account, AccountState, Connector, Delivery, Message
from delivery.platforms.accounts import (
    AccountValues,
    Zone,
    check_account,
    connect_account,
    disconnect_account,
    reconnect_account,
)
from delivery.platforms.registry import SENDERS
from delivery.sending.loop import send_due
from tests.sandbox import ACCOUNT, TOKEN, WithSandbox
from tests.support import ALICE, Agency


@tag("both_databases", "processes")
class ConnectTests(WithSandbox, Agency, TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.sandbox.put("1", "2")

    def connect(self, zone: Zone = Zone.ASK, external_id: str = ACCOUNT, **credentials: str) -> Account:
        values: AccountValues = {
            "brand_id": self.brand.pk,
            "platform": "google",
            "external_id": external_id,
            "connector": Connector.SANDBOX,
        }
        said = {"address": self.sandbox.address, "token": TOKEN} | credentials
        return connect_account(values=values, credentials=said, zone=zone, now=self.now, by=ALICE)

    def refusal(self, **options: Any) -> dict[str, list[str]]:
        with self.assertRaises(ValidationError) as refused:
            self.connect(**options)
        self.assertFalse(Account.objects.filter(external_id=ACCOUNT).exists())
        return refused.exception.message_dict

    def test_an_account_is_asked_for_its_name_currency_and_zone(self) -> None:
        account = self.connect()
        self.assertEqual((account.name, account.currency, account.timezone), ("Acme there", "USD", "UTC"))
        self.assertEqual((account.state, account.costs_due_at), (AccountState.CONNECTED, self.now))

    def test_its_id_is_kept_as_scripts_write_it(self) -> None:
        self.assertEqual(self.connect(external_id="70-01").external_id, ACCOUNT)

    def test_another_currency_is_refused_with_both_named(self) -> None:
        self.sandbox.put(currency="EUR")
        (sentence,) = self.refusal()["connector"]
        self.assertIn("The account spends EUR, and “Acme” USD", sentence)

    def test_another_zone_is_said_and_confirmed_by_a_person(self) -> None:
        self.sandbox.put(timezone="Europe/Berlin")
        (sentence,) = self.refusal()["zone"]
        self.assertIn("midnight in Europe/Berlin, those of “Acme” in UTC", sentence)
        account = self.connect(zone=Zone.CONFIRM)
        self.assertEqual((account.timezone, account.zone_confirmed_by), ("Europe/Berlin", "api"))
        self.assertEqual(Brand.objects.get().timezone, "UTC")

    def test_or_the_brand_takes_the_accounts_zone(self) -> None:
        self.sandbox.put(timezone="Europe/Berlin")
        account = self.connect(zone=Zone.ADOPT)
        self.assertEqual((Brand.objects.get().timezone, account.zone_confirmed_by), ("Europe/Berlin", ""))

    def test_what_the_platform_does_not_accept_is_not_connected(self) -> None:
        self.assertIn("token is not valid", self.refusal(token="wrong")["connector"][0])
        self.assertIn("could not be reached", self.refusal(address="http://127.0.0.1:9")["connector"][0])
        self.assertEqual(self.refusal(token="")["token"], ["Token is needed."])
        for address in ("http://example.org", "https://127.0.0.1", "http://10.0.0.1", "http://a@127.0.0.1", "x"):
            self.assertIn("on this machine", self.refusal(address=address)["address"][0])

    def test_an_account_is_connected_once(self) -> None:
        self.connect()
        with self.assertRaisesMessage(ValidationError, "“Acme” has this account already."):
            self.connect()

    def test_credentials_are_nowhere_in_clear(self) -> None:
        account = self.connect()
        reconnect_account(account_id=account.pk, credentials={"token": TOKEN}, now=self.now, by=ALICE)
        disconnect_account(account_id=account.pk, now=self.now, by=ALICE)
        self.assertEqual(Change.objects.filter(kind="account").count(), 3)
        self.assertNotIn(TOKEN, str(list(Change.objects.values())))
        self.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM delivery_account")
            self.assertNotIn(TOKEN, str(cursor.fetchall()))

    def test_a_new_token_brings_a_stopped_account_back(self) -> None:
        account = self.connect()
        self.sandbox.put(token="new one")
        self.assertIn("access is refused", check_account(account_id=account.pk, now=self.now, by=ALICE))
        account.refresh_from_db()
        self.assertEqual((account.state, account.costs_due_at), (AccountState.STOPPED, None))
        with self.assertRaises(ValidationError):
            reconnect_account(account_id=account.pk, credentials={"token": "other"}, now=self.now, by=ALICE)
        reconnect_account(account_id=account.pk, credentials={"token": "new one"}, now=self.now, by=ALICE)
        account.refresh_from_db()
        self.assertEqual((account.state, account.error), (AccountState.CONNECTED, ""))
        self.assertEqual(account.credentials["address"], self.sandbox.address)
        self.assertEqual([row.state for row in Alert.objects.filter(kind=AlertKind.CONNECTION_FAILED)], ["resolved"])
        self.assertEqual(
            check_account(account_id=account.pk, now=self.now, by=ALICE), "“Acme there” answers: USD, UTC."
        )

    def test_campaigns_that_wait_for_an_account_are_found_in_the_right_one(self) -> None:
        self.sandbox.put("2", account="7002")
        self.sandbox.put("1")
        self.sandbox.control("switch", **{ACCOUNT: {"2": "REMOVED"}})
        other = self.make_campaign("Shoes")
        for campaign, pk in ((self.campaign, "1"), (other, "2")):
            Campaign.objects.filter(pk=campaign.pk).update(
                platform="google", external_id=pk, delivery_enabled=True, status="PAUSED", paused_by_person=True
            )
            Delivery.objects.create(campaign=campaign, enabled_at=self.now)
        accounts = {self.connect().pk: "1", self.connect(external_id="7002").pk: "2"}
        for _ in range(3):
            send_due(SENDERS, clock=lambda: self.now)
        rows = Delivery.objects.select_related("campaign")
        self.assertEqual({row.account_id: row.campaign.external_id for row in rows}, accounts)
        self.assertEqual(rows.settled().count(), 2)

    def test_a_disconnected_account_is_told_nothing_more(self) -> None:
        account = self.connect()
        self.deliver(account, self.campaign)
        disconnect_account(account_id=account.pk, now=self.now, by=ALICE)
        self.assertEqual(Delivery.objects.get().account, None)
        send_due(SENDERS, clock=lambda: self.now)
        self.assertEqual((self.sandbox.calls("changes"), Message.objects.get().state), (0, "delivered"))

    def test_others_do_not_see_it(self) -> None:
        account = self.connect()
        stranger = User.objects.create_user("stranger")
        actor = Actor.user(stranger, access_of(stranger))
        for work in (check_account, disconnect_account):
            with self.assertRaises(NotFound):
                work(account_id=account.pk, now=self.now, by=actor)
