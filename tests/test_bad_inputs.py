"""What must not be let in: each bad value gets its answer, on every way in, and nothing changes."""

from typing import Any

import time_machine
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from tests.bad_inputs.addresses import BAD_ADDRESSES, BAD_COMMANDS, BAD_REQUESTS
from tests.bad_inputs.bodies import BAD, Bad
from tests.bad_inputs.dumps import dump
from tests.support import AgencyTestCase


class BadInputTests(AgencyTestCase):
    client: APIClient
    client_class = APIClient

    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)
        self.booked = self.spend("5.00", external_id="A1")
        self.hours = self.window(9, 18)
        self.before = dump()

    def good(self, kind: str) -> dict[str, object]:
        campaign = str(self.campaign.pk)
        bodies: dict[str, dict[str, object]] = {
            "brands": {"name": "Broke", "daily_budget": None, "monthly_budget": None},
            "campaigns": {"brand": str(self.brand.pk), "name": "Autumn sale"},
            "spends": {"campaign": campaign, "amount": "1.00"},
            "schedules": {"campaign": campaign, "day_of_week": 6, "start_time": "09:00", "end_time": "18:00"},
        }
        return bodies[kind]

    def body(self, bad: Bad) -> dict[str, object]:
        body = {**self.good(bad.kind), bad.field: bad.value}
        return {name: value for name, value in body.items() if value is not ...}

    def path(self, kind: str) -> str:
        rows = {"brands": self.brand, "campaigns": self.campaign, "spends": self.booked, "schedules": self.hours}
        return f"/api/{kind}/{rows[kind].pk}/"

    def assert_refused(self, answer: Any, status: int, field: str, says: str) -> None:
        self.assertEqual(answer.status_code, status, answer.content[:300])
        errors = answer.json() if answer.content else {}
        if field:
            self.assertIn(field, errors)
            errors = errors[field]
        self.assertIn(says, str(errors))

    def test_there_are_many_of_them(self) -> None:
        self.assertGreater(len(BAD) + len(BAD_ADDRESSES) + len(BAD_REQUESTS) + len(BAD_COMMANDS), 250)

    def test_a_bad_value_is_refused_by_name_when_a_row_is_made(self) -> None:
        for bad in BAD:
            with self.subTest(bad=bad):
                answer = self.client.post(f"/api/{bad.kind}/", self.body(bad), format="json")
                self.assert_refused(answer, 400, bad.field, bad.says)
        self.assertEqual(dump(), self.before)

    def test_a_bad_value_is_refused_by_name_when_a_row_is_changed(self) -> None:
        for bad in BAD:
            if bad.value is ...:
                continue
            for method in (self.client.put, self.client.patch):
                with self.subTest(bad=bad, method=method.__name__):
                    answer = method(self.path(bad.kind), {bad.field: bad.value}, format="json")
                    self.assert_refused(answer, 400, bad.field, bad.says)
        self.assertEqual(dump(), self.before)

    def test_a_bad_row_among_good_ones_is_refused_in_the_same_words(self) -> None:
        for bad in BAD:
            if bad.kind == "spends":
                with self.subTest(bad=bad):
                    rows = [self.good("spends"), self.body(bad)]
                    alone = self.client.post("/api/spends/", rows[1], format="json")
                    answer = self.client.post("/api/spends/bulk/", rows, format="json")
                    self.assertEqual((answer.status_code, answer.json()), (400, {"1": alone.json()}))
        self.assertEqual(dump(), self.before)

    def test_bad_addresses_are_refused(self) -> None:
        for address, status, field, says in BAD_ADDRESSES:
            with self.subTest(address=address):
                self.assert_refused(self.client.get(f"/api/{address}"), status, field, says)
        self.assertEqual(dump(), self.before)

    def test_bad_requests_are_refused(self) -> None:
        for method, address, body, headers, status, says in BAD_REQUESTS:
            with self.subTest(method=method, address=address, body=body[:60], headers=headers):
                path = f"/api/{address}".replace("{campaign}", str(self.campaign.pk)).replace(
                    "{brand}", str(self.brand.pk)
                )
                more: dict[str, Any] = {"content_type": "application/json", **headers}
                data: Any = body
                answer = self.client.generic(method, path, data, **more)
                self.assert_refused(answer, status, "", says)
        self.assertEqual(dump(), self.before)

    def test_bad_words_of_commands_are_refused(self) -> None:
        for words, says in BAD_COMMANDS:
            with self.subTest(words=words), self.assertRaises(CommandError) as refused:
                call_command(*words)
            self.assertIn(says, str(refused.exception))
        self.assertEqual(dump(), self.before)
