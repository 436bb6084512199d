"""How many requests a minute are answered: of a user, of an address that says nothing, and of wrong tokens."""

from datetime import timedelta
from typing import Any

import time_machine
from django.core.cache import cache
from django.test import SimpleTestCase, TestCase, override_settings
from django.test.client import RequestFactory
from rest_framework.request import Request

from brands.access.tokens import revoke_tokens
from budget_system.web.client_address import address_of
from tests.access import Roles
from tests.support import ALICE


@override_settings(API_AUTH="closed", THROTTLE_ANONYMOUS=3, THROTTLE_USER=5)
class ThrottleTests(Roles, TestCase):
    def setUp(self) -> None:
        super().setUp()
        cache.clear()
        self.addCleanup(cache.clear)
        travel = time_machine.travel(self.now, tick=False)
        self.clock = travel.start()
        self.addCleanup(travel.stop)

    def get(self, token: str = "", path: str = "/api/brands/", address: str = "192.0.2.1") -> Any:
        headers = {"Authorization": f"Token {token}"} if token else {}
        return self.client.get(path, headers=headers, REMOTE_ADDR=address)

    def statuses(self, count: int, *arguments: str, **more: str) -> list[int]:
        return [self.get(*arguments, **more).status_code for _ in range(count)]

    def test_a_user_who_asks_too_often_waits_for_the_next_minute(self) -> None:
        token, other = self.token(self.viewer), self.token(self.manager)
        self.clock.shift(timedelta(seconds=20))

        self.assertEqual(self.statuses(5, token), [200] * 5)
        refused = self.get(token)
        self.assertEqual((refused.status_code, refused["Retry-After"]), (429, "40"))
        self.assertEqual(list(refused.json()), ["detail"])
        self.assertEqual(self.get(other).status_code, 200)
        self.clock.shift(timedelta(seconds=40))
        self.assertEqual(self.get(token).status_code, 200)

    def test_all_ways_in_of_a_user_count_together(self) -> None:
        first, second = self.token(self.viewer), self.token(self.viewer)
        self.client.force_login(self.viewer)

        self.assertEqual([*self.statuses(3, first), *self.statuses(2, second)], [200] * 5)
        self.assertEqual([self.get(second).status_code, self.get().status_code], [429, 429])

    def test_who_says_nothing_is_counted_by_address(self) -> None:
        for path in ("/api/brands/", "/api/", "/api/schema/", "/api/nothing/"):
            cache.clear()
            with self.subTest(path):
                self.assertEqual(self.statuses(4, path=path), [401, 401, 401, 429])
                self.assertEqual(self.get(path=path, address="192.0.2.2").status_code, 401)

    def test_guessing_tokens_is_stopped_before_the_next_is_looked_at(self) -> None:
        token = self.token(self.viewer)
        guesses = [f"{number:064x}" for number in range(30)]

        self.assertEqual([self.get(guess).status_code for guess in guesses], [401] * 3 + [429] * 27)
        refused = self.get(token)
        self.assertEqual((refused.status_code, refused["Retry-After"]), (429, "60"))
        with self.assertNumQueries(0):
            self.get(token)
        self.assertEqual(self.get(token, address="192.0.2.2").status_code, 200)
        self.clock.shift(timedelta(minutes=1))
        self.assertEqual(self.get(token).status_code, 200)

    def test_a_neighbours_wrong_tokens_do_not_stop_a_right_one(self) -> None:
        known, new = self.token(self.viewer), self.token(self.manager)
        self.assertEqual(self.get(known).status_code, 200)
        for number in range(10):
            self.get(f"{number:064x}")
        self.assertEqual([self.get(new).status_code, self.get(known).status_code], [200, 200])
        for number in range(30):
            self.get(f"{number:064x}")
        self.assertEqual([self.get(new).status_code, self.get(known).status_code], [200, 200])

    def test_a_token_that_was_right_is_stopped_once_it_is_revoked(self) -> None:
        token = self.token(self.viewer)
        self.assertEqual(self.get(token).status_code, 200)
        revoke_tokens(user=self.viewer, beginning="", by=ALICE)
        for number in range(40):
            self.get(f"{number:064x}")
        self.assertEqual(self.get(token).status_code, 429)
        with self.assertNumQueries(0):
            self.assertEqual(self.get(token).status_code, 429)

    def test_health_is_no_way_around_it(self) -> None:
        for number in range(3):
            self.get(f"{number:064x}", path="/health/?only=web")

        self.assertEqual(self.get("0" * 64).status_code, 429)

    def test_a_throttled_post_does_nothing(self) -> None:
        token = self.token(self.manager)
        self.statuses(5, token)
        body = {"campaign": str(self.campaign.pk), "amount": "1.00"}
        answer = self.client.post("/api/spends/", body, "application/json", headers={"Authorization": f"Token {token}"})

        self.assertEqual(answer.status_code, 429)
        self.assertFalse(self.campaign.spends.exists())

    def test_an_open_system_serves_its_own_machine_however_often_it_asks(self) -> None:
        with override_settings(API_AUTH="open"):
            self.assertEqual(self.statuses(20, address="127.0.0.1"), [200] * 20)

    def test_the_answer_needs_neither_broker_nor_database(self) -> None:
        token = self.token(self.viewer)
        self.statuses(5, token)
        with self.assertNumQueries(1):  # whose token it is
            self.assertEqual(self.get(token).status_code, 429)


class AddressTests(SimpleTestCase):
    def address(self, remote: str, forwarded: str = "") -> str:
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return address_of(Request(RequestFactory().get("/", headers=headers, REMOTE_ADDR=remote)))

    def test_what_a_client_says_of_itself_does_not_count(self) -> None:
        self.assertEqual(self.address("192.0.2.1", "198.51.100.7"), "192.0.2.1")

    def test_behind_a_proxy_of_ones_own_its_word_counts_and_not_the_clients(self) -> None:
        with override_settings(REST_FRAMEWORK={"NUM_PROXIES": 1}):
            self.assertEqual(self.address("127.0.0.1", "203.0.113.9, 198.51.100.7"), "198.51.100.7")

    def test_a_network_of_ipv6_is_one_address(self) -> None:
        self.assertEqual(self.address("2001:db8:1:2::1"), self.address("2001:db8:1:2:ffff::9"))
        self.assertNotEqual(self.address("2001:db8:1:2::1"), self.address("2001:db8:1:3::1"))
        self.assertEqual(self.address("::ffff:192.0.2.1"), "192.0.2.1")

    def test_what_stands_around_an_address_is_no_part_of_it(self) -> None:
        self.assertEqual(self.address("fe80::1%eth0"), self.address("fe80::2%eth1"))
        with override_settings(REST_FRAMEWORK={"NUM_PROXIES": 1}):
            for port in (1024, 1025):
                self.assertEqual(self.address("127.0.0.1", f"198.51.100.7:{port}"), "198.51.100.7")
                self.assertEqual(self.address("127.0.0.1", f"[2001:db8::1]:{port}"), self.address("2001:db8::1"))

    def test_a_socket_has_no_address(self) -> None:
        self.assertEqual(self.address(""), "")
