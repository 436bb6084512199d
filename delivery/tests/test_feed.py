"""What an account's script is told of campaigns, and what becomes of what it acknowledges."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import time_machine
from django.db import connection
from django.test import Client, TestCase, TransactionTestCase, override_settings, tag
from django.test.utils import CaptureQueriesContext

from brands.models import Role
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign
from delivery.models import Account, Delivery, Drift
from delivery.services.acknowledging import Ack, AckOutcome, acknowledge
from tests.access import Roles
from tests.runner import on_postgres
from tests.support import ALICE, Agency
from tests.threads import deadlocks, threads


class Feed(Agency):
    """The agency's campaign is number 42 at Google, and its delivery is on."""

    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()
        self.deliver(self.campaign, "42")

    def deliver(self, campaign: Campaign, external_id: str, platform: str = "google") -> None:
        change_campaign(
            campaign_id=campaign.pk,
            values={"platform": platform, "external_id": external_id, "delivery_enabled": True},
            now=self.now,
            by=ALICE,
        )

    def wait(self, **span: int) -> None:
        self.now += timedelta(**span)
        self.clock.move_to(self.now)

    def pause(self) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)

    def feed(self, query: str = "", status: int = 200) -> Any:
        response = Client().get(f"/api/delivery/?{query}")
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def ids(self, query: str = "") -> list[str]:
        return [row["external_id"] for row in self.feed(query)]

    def send(self, *items: dict[str, object], account: str = "111", status: int = 200, **more: object) -> Any:
        body = {"account": account, "items": list(items), **more}
        response = Client().post("/api/delivery/ack/", body, "application/json")
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def ack(self, observed: str, generation: int = 1, was: str = "", external_id: str = "42", **more: Any) -> str:
        item = {"external_id": external_id, "generation": generation, "observed": observed}
        (answer,) = self.send({**item, "was": was} if was else item, **more)
        result: str = answer["result"]
        return result

    @property
    def delivery(self) -> Delivery:
        return Delivery.objects.get(campaign=self.campaign)


class FeedTestCase(Feed, TestCase):
    """Rolled back after each test."""


@tag("both_databases")
class FeedTests(FeedTestCase):
    def test_it_tells_what_is_wanted_since_when_and_why(self) -> None:
        self.wait(hours=1)
        self.pause()
        self.assertEqual(
            self.feed(),
            [
                {
                    "campaign": str(self.campaign.pk),
                    "platform": "google",
                    "account": None,
                    "external_id": "42",
                    "wanted": "PAUSED",
                    "generation": 2,
                    "reason": "MANUAL",
                    "changed_at": "2026-03-11T13:00:00Z",
                    "observed": "",
                    "settled": False,
                    "contested": False,
                }
            ],
        )

    def test_one_that_never_changed_is_wanted_so_since_it_was_made(self) -> None:
        self.assertEqual(self.feed()[0]["changed_at"], "2026-03-11T12:00:00Z")

    def test_what_is_switched_off_or_archived_is_not_in_it(self) -> None:
        self.make_campaign("Not delivered")
        self.assertEqual(self.ids(), ["42"])
        Campaign.objects.filter(pk=self.campaign.pk).update(archived_at=self.now)
        self.assertEqual(self.ids(), [])
        Campaign.everything.filter(pk=self.campaign.pk).update(archived_at=None, delivery_enabled=False)
        self.assertEqual(self.ids(), [])

    def test_it_is_narrowed_to_a_platform_a_brand_and_an_account_with_what_none_has_yet(self) -> None:
        other = self.make_campaign("Autumn", self.make_brand("Beta"))
        self.deliver(other, "43", "meta")
        self.assertEqual(self.ids("platform=meta"), ["43"])
        self.assertEqual(self.ids(f"brand={self.brand.pk}"), ["42"])
        self.ack("PAUSED")
        self.assertEqual(self.ids("account=111"), ["42", "43"])
        self.assertEqual(self.ids("account=222"), ["43"])
        self.assertEqual(self.ids("account=111&platform=google"), ["42"])

    def test_unsettled_leaves_out_what_is_done_and_what_a_person_decides(self) -> None:
        self.assertEqual((self.ids("unsettled=true"), self.ids("unsettled=false")), (["42"], []))
        self.ack("ACTIVE")
        self.assertEqual((self.ids("unsettled=true"), self.ids("unsettled=false")), ([], ["42"]))
        self.pause()
        self.assertEqual(self.ids("unsettled=true"), ["42"])
        Delivery.objects.update(contested_at=self.now)
        self.assertEqual((self.ids("unsettled=true"), self.ids("unsettled=false")), ([], ["42"]))
        self.assertTrue(self.feed()[0]["contested"])

    def test_its_pages_go_by_number_or_by_key_in_either_order(self) -> None:
        for number in (43, 44):
            self.deliver(self.make_campaign(f"C{number}"), str(number))
        self.assertEqual(self.ids("ordering=-campaign&page_size=2"), ["44", "43"])
        self.assertEqual(self.ids("ordering=campaign&page_size=2&page=2"), ["44"])
        first = Client().get("/api/delivery/?page_size=2&cursor=")
        (address,) = re.findall('<([^>]+)>; rel="next"', first.headers["Link"])
        self.assertEqual([row["external_id"] for row in Client().get(address).json()], ["44"])

    def test_what_is_asked_is_strict(self) -> None:
        for query, name in (
            ("platform=x1", "platform"),
            ("account=", "account"),
            (f"account={'9' * 65}", "account"),
            ("unsettled=1", "unsettled"),
            ("acount=1", "acount"),
            ("page_size=10001", "page_size"),
        ):
            self.assertEqual(list(self.feed(query, 400)), [name])
        self.assertEqual(self.ids("page_size=10000"), ["42"])

    def test_it_costs_the_same_whatever_its_size_and_a_poll_writes_once_a_minute(self) -> None:
        self.ack("ACTIVE")
        costs = []
        for seconds in (30, 31, 30):
            self.wait(seconds=seconds)
            with CaptureQueriesContext(connection) as queries:
                self.feed("account=111")
            costs.append(len([query for query in queries if query["sql"].startswith("UPDATE")]))
        self.assertEqual(costs, [0, 1, 0])
        for number in range(5):
            self.deliver(self.make_campaign(f"More {number}"), f"5{number}")
        with self.assertNumQueries(2):  # the account, and the page with its total
            self.feed("account=111")


@tag("both_databases")
class AckTests(FeedTestCase):
    def test_what_does_what_is_wanted_is_settled_and_its_account_is_known_from_then_on(self) -> None:
        self.assertEqual(self.ack("ACTIVE"), "settled")
        account = Account.objects.get()
        self.assertEqual(
            (account.brand, account.platform, account.external_id, account.connector, account.seen_at),
            (self.brand, "google", "111", "", self.now),
        )
        self.assertEqual((self.delivery.account, self.delivery.is_settled), (account, True))
        self.assertEqual(self.feed()[0]["account"], "111")

    def test_an_older_generation_settles_no_newer_one(self) -> None:
        self.pause()
        self.assertEqual(self.ack("PAUSED", 1), "stale")
        self.assertFalse(self.delivery.is_settled)
        self.assertEqual(self.ack("PAUSED", 2), "settled")
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.ack("ACTIVE", 2), "stale")
        self.assertFalse(self.delivery.is_settled)
        self.assertEqual(self.ack("ACTIVE", 3), "settled")
        self.assertEqual(self.ack("PAUSED", 2), "stale")
        self.assertTrue(self.delivery.is_settled)

    def test_one_sent_twice_changes_nothing(self) -> None:
        self.pause()
        self.assertEqual(self.ack("PAUSED", 2, was="ACTIVE"), "settled")
        before = Delivery.objects.values().get()
        self.wait(minutes=1)
        self.assertEqual(self.ack("PAUSED", 2, was="ACTIVE"), "unchanged")
        self.assertEqual(Delivery.objects.values().get(), before)

    def test_a_change_made_there_by_hand_is_drift(self) -> None:
        self.pause()
        self.ack("PAUSED", 2, was="ACTIVE")
        self.wait(hours=1)
        self.assertEqual(self.ack("PAUSED", 2, was="ACTIVE"), "settled")
        self.assertEqual((self.delivery.drift, self.delivery.reapplied), (Drift.CHANGED, 1))

    def test_what_could_not_be_set_stays_to_be_done(self) -> None:
        self.pause()
        self.assertEqual(self.ack("ACTIVE", 2), "unsettled")
        self.assertEqual(self.ids("unsettled=true"), ["42"])

    def test_what_nobody_knows_is_unknown(self) -> None:
        self.assertEqual(self.ack("ACTIVE", external_id="43"), "unknown")
        self.assertEqual(self.ack("ACTIVE", 7), "unknown")
        self.ack("ACTIVE")
        self.assertEqual(self.ack("PAUSED", account="222"), "unknown")
        change_campaign(campaign_id=self.campaign.pk, values={"delivery_enabled": False}, now=self.now, by=ALICE)
        self.assertEqual(self.ack("PAUSED"), "unknown")
        self.assertEqual(self.delivery.observed, "ACTIVE")

    def test_of_one_that_no_account_has_only_who_finds_it_tells(self) -> None:
        self.assertEqual(self.ack("NOT_FOUND", account="222"), "unchanged")
        self.assertEqual((self.delivery.observed, Account.objects.count()), ("", 0))
        self.ack("ACTIVE")
        self.assertEqual(self.ack("NOT_FOUND"), "unsettled")
        self.assertEqual((self.delivery.observed, self.delivery.drift), ("NOT_FOUND", Drift.MISSING))

    def test_an_id_of_two_campaigns_needs_the_platform_unless_one_is_the_accounts(self) -> None:
        other = self.make_campaign("Autumn")
        self.deliver(other, "42", "meta")
        self.assertEqual(self.ack("ACTIVE"), "ambiguous")
        self.assertEqual(self.ack("ACTIVE", platform="google"), "settled")
        self.assertEqual(self.ack("ACTIVE"), "unchanged")
        self.assertIsNone(Delivery.objects.get(campaign=other).account)

    def test_many_are_told_in_their_order_in_a_constant_number_of_queries(self) -> None:
        def send(first: int, last: int) -> tuple[list[str], int]:
            for number in range(first, last):
                self.deliver(self.make_campaign(f"More {number}"), str(number))
            items = [{"external_id": str(n), "generation": 1, "observed": "ACTIVE"} for n in range(first, last)]
            with CaptureQueriesContext(connection) as queries:
                answers = self.send(*items)
            self.assertEqual([one["external_id"] for one in answers], [str(n) for n in range(first, last)])
            return [one["result"] for one in answers], len(queries)

        self.ack("ACTIVE")
        self.wait(hours=1)
        few, of_few = send(100, 103)
        self.wait(hours=1)
        many, of_many = send(200, 230)
        self.assertEqual((set(few), set(many), of_few), ({"settled"}, {"settled"}, of_many))

    def test_one_that_is_repeated_with_its_key_is_answered_as_at_first(self) -> None:
        body = {"account": "111", "items": [{"external_id": "42", "generation": 1, "observed": "ACTIVE"}]}
        for replayed in (False, True):
            answer = Client().post("/api/delivery/ack/", body, "application/json", headers={"Idempotency-Key": "run-1"})
            self.assertEqual((answer.status_code, answer.json()[0]["result"]), (200, "settled"))
            self.assertEqual("Idempotent-Replayed" in answer.headers, replayed)

    def test_what_is_sent_is_strict(self) -> None:
        good = {"external_id": "42", "generation": 1, "observed": "ACTIVE"}
        for bad, field in (
            ({**good, "observed": "active"}, "observed"),
            ({**good, "observed": ""}, "observed"),
            ({**good, "was": ""}, "was"),
            ({**good, "was": "DELETED"}, "was"),
            ({**good, "generation": "1"}, "generation"),
            ({**good, "generation": -1}, "generation"),
            ({**good, "generation": 2**31}, "generation"),
            ({**good, "generation": True}, "generation"),
            ({**good, "external_id": ""}, "external_id"),
            ({**good, "external_id": 42}, "external_id"),
            ({**good, "extra": 1}, "extra"),
            ({"external_id": "42", "generation": 1}, "observed"),
        ):
            with self.subTest(bad=bad):
                self.assertEqual(list(self.send(good | {"external_id": "1"}, bad, status=400)["items"]["1"]), [field])
        self.assertIn("stands here twice", str(self.send(good, good, status=400)["items"]))
        self.assertEqual(list(self.send(status=400)), ["items"])
        many = [{**good, "external_id": str(number)} for number in range(1001)]
        self.assertIn("more than 1000", str(self.send(*many, status=400)["items"]))
        self.assertEqual(list(self.send(good, account="", status=400)), ["account"])
        self.assertEqual(list(self.send(good, platform="", status=400)), ["platform"])
        self.assertFalse(Account.objects.exists())


@override_settings(API_AUTH="closed")
class RightsTests(Roles, TestCase):
    """Who may not write a brand acknowledges nothing of it, and learns nothing of others."""

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        change_campaign(
            campaign_id=self.campaign.pk,
            values={"platform": "google", "external_id": "42", "delivery_enabled": True},
            now=self.now,
            by=ALICE,
        )
        self.account = Account.objects.create(brand=self.brand, platform="google", external_id="111")

    def test_only_who_may_write_acknowledges_and_counts_as_the_accounts_script(self) -> None:
        item = {"external_id": "42", "generation": 1, "observed": "ACTIVE"}
        elsewhere = self.make_user("zoe", self.other, Role.MANAGER)
        for user, status, result, rows in (
            (self.viewer, 403, None, 1),
            (elsewhere, 200, "unknown", 0),
            (self.manager, 200, "settled", 1),
        ):
            headers = {"Authorization": f"Token {self.token(user)}"}
            client = Client(headers=headers)
            self.assertEqual(len(client.get("/api/delivery/?account=111").json()), rows)
            self.account.refresh_from_db()
            self.assertEqual(self.account.seen_at is not None, user == self.manager)
            body = {"account": "111", "items": [item]}
            answer = client.post("/api/delivery/ack/", body, "application/json")
            self.assertEqual(answer.status_code, status, answer.content)
            if result:
                self.assertEqual(answer.json()[0]["result"], result)


@on_postgres
class RaceTests(Feed, TransactionTestCase):
    def test_scripts_at_the_same_time_make_one_account_and_settle_no_newer_generation(self) -> None:
        campaigns = [self.campaign]
        for number in range(43, 47):
            campaigns.append(self.make_campaign(f"C{number}"))
            self.deliver(campaigns[-1], str(number))

        def script(number: int) -> Callable[[], list[AckOutcome]]:
            acks = [Ack(str(one), 1, "ACTIVE") for one in sorted(range(42, 47), key=lambda one: (one * number) % 7)]
            return lambda: acknowledge(account="111", items=acks, now=self.now, by=ALICE)

        def pause(campaign: Campaign) -> Callable[[], object]:
            return lambda: pause_campaign(campaign_id=campaign.pk, now=self.now, by=ALICE)

        before = deadlocks()
        with threads(8) as pool:
            work = [pool.start(script(number)) for number in (1, 2, 3, 4)]
            orders = [pool.start(pause(campaign)) for campaign in campaigns]
            for ordered in orders:
                ordered.result()
            for told in work:
                told.result()
        self.assertEqual((Account.objects.count(), deadlocks()), (1, before))
        self.assertFalse(Delivery.objects.settled().exists())
        acknowledge(account="111", items=[Ack(str(one), 2, "PAUSED") for one in range(42, 47)], now=self.now, by=ALICE)
        self.assertEqual(Delivery.objects.settled().count(), 5)
