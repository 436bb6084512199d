"""A POST sent again with its `Idempotency-Key` gets the first answer again, and nothing is done twice."""

import hashlib
import json
import threading
from datetime import timedelta
from typing import Any
from unittest import mock

import time_machine
from django.db import IntegrityError, InterfaceError, OperationalError, connection
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.test import Client, TransactionTestCase, tag
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budget_system.api import idempotency, stored_responses
from budget_system.api.idempotency import AT_WORK
from budget_system.api.idempotency_retention import RETENTION, purge_keys
from budget_system.api.stored_responses import ALWAYS_STORED_BYTES, MAX_BYTES
from campaigns.models import Campaign, StatusEvent
from spending.models import Spend
from spending.recording.bulk import record_many
from spending.recording.services import record
from tasks.budget_tasks import enforce_budget_limits_task
from tasks.models import IdempotencyKey, IdempotencyUsage
from tests.support import Agency, AgencyTestCase


def post(path: str, body: object, key: str, **more: str) -> HttpResponse:
    headers = {"Idempotency-Key": key, **more}
    response = Client().post(f"/api/{path}", json.dumps(body), content_type="application/json", headers=headers)
    assert isinstance(response, HttpResponse)
    return response


@tag("both_databases")
class IdempotencyTests(AgencyTestCase):
    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        self.clock = traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()
        self.body = {"campaign": str(self.campaign.pk), "amount": "10.00"}

    def test_sent_again_it_answers_as_the_first_time_and_books_once(self) -> None:
        first, again = post("spends/", self.body, "k1"), post("spends/", self.body, "k1")

        self.assertEqual((first.status_code, again.status_code), (201, 201))
        self.assertEqual(first.content, again.content)
        self.assertEqual((first["ETag"], first["Location"]), (again["ETag"], again["Location"]))
        self.assertNotIn("Idempotent-Replayed", first)
        self.assertEqual(again["Idempotent-Replayed"], "true")
        self.assertEqual(Spend.objects.count(), 1)

    def test_every_post_takes_a_key(self) -> None:
        brand = {"name": "Globex", "daily_budget": None, "monthly_budget": None}
        for path, body in (
            ("brands/", brand),
            ("campaigns/", {"brand": str(self.brand.pk), "name": "New"}),
            ("spends/bulk/", [self.body]),
            (f"campaigns/{self.campaign.pk}/pause/", {"note": "why"}),
            (f"brands/{self.brand.pk}/hold/", {"note": "why"}),
        ):
            with self.subTest(path):
                first, again = post(path, body, "k"), post(path, body, "k")
                self.assertLess(first.status_code, 300, first.content)
                self.assertEqual((first.content, again["Idempotent-Replayed"]), (again.content, "true"))
        self.assertEqual(StatusEvent.objects.filter(order="PAUSE").count(), 1)
        self.assertEqual(Campaign.objects.filter(name="New").count(), 1)

    def test_another_body_is_refused_another_path_is_another_key(self) -> None:
        post("spends/", self.body, "k1")

        self.assertEqual(post("spends/", {**self.body, "amount": "11.00"}, "k1").status_code, 422)
        self.assertEqual(post("spends/bulk/", [self.body], "k1").status_code, 200)

    def test_the_same_body_spelled_otherwise_is_the_same(self) -> None:
        post("spends/", self.body, "k1")
        reordered = dict(reversed(self.body.items()))

        self.assertEqual(post("spends/", reordered, "k1")["Idempotent-Replayed"], "true")

    def test_a_call_that_failed_frees_its_key(self) -> None:
        for body in ({**self.body, "amount": "-1"}, {**self.body, "campaign": str(self.brand.pk)}):
            self.assertEqual(post("spends/", body, "k1").status_code, 400)
        self.assertEqual(post("spends/bulk/", [self.body, {}], "k1").status_code, 400)
        self.assertFalse(IdempotencyKey.objects.exists())

        self.assertEqual(post("spends/", self.body, "k1").status_code, 201)

    def test_what_is_no_key_is_refused(self) -> None:
        for key in ("", "a b", "x" * 256, "ä"):
            with self.subTest(key):
                self.assertEqual(post("spends/", self.body, key).status_code, 400)

    def test_the_work_and_its_answer_are_stored_together(self) -> None:
        broken = mock.patch("budget_system.api.stored_responses.JSONRenderer.render", side_effect=MemoryError)
        with broken, self.assertRaises(MemoryError):
            post("spends/", self.body, "k1")

        self.assertFalse(Spend.objects.exists())
        self.assertFalse(IdempotencyKey.objects.exists())

    def test_the_same_call_takes_over_the_claim_of_one_that_died_at_once(self) -> None:
        post("spends/", self.body, "k1")
        IdempotencyKey.objects.update(status=None, response="")  # as it stands where the process died at work
        Spend.objects.all().delete()

        self.assertEqual(post("spends/", self.body, "k1").status_code, 201)
        self.assertEqual(post("spends/", self.body, "k1")["Idempotent-Replayed"], "true")
        self.assertEqual(Spend.objects.count(), 1)

    def test_a_claim_that_lapsed_is_taken_over_with_whatever_body_and_kept_a_day_from_then(self) -> None:
        post("spends/", self.body, "k1")
        IdempotencyKey.objects.update(status=None, response="")
        Spend.objects.all().delete()
        other = {**self.body, "amount": "11.00"}

        self.assertEqual(post("spends/", other, "k1").status_code, 422)
        self.clock.shift(RETENTION)
        self.assertEqual(post("spends/", other, "k1").status_code, 201)
        self.clock.shift(RETENTION)
        purge_keys(now=timezone.now())
        self.assertEqual(post("spends/", other, "k1")["Idempotent-Replayed"], "true")

    def test_of_a_claim_that_was_taken_over_the_first_work_is_undone(self) -> None:
        def lose_the_claim(**values: object) -> object:
            IdempotencyKey.objects.update(claimed_until=F("claimed_until") + timedelta(seconds=1))
            return record(**values)  # type: ignore[arg-type]  # passed on as they came

        with mock.patch("spending.recording.services.record", lose_the_claim):
            self.assertEqual(post("spends/", self.body, "k1").status_code, 409)

        self.assertFalse(Spend.objects.exists())

    def test_where_the_database_goes_away_the_answer_says_so_and_the_same_call_works_afterwards(self) -> None:
        away = mock.patch("spending.recording.services.record", side_effect=OperationalError)
        closed = mock.patch.object(QuerySet, "delete", side_effect=InterfaceError)
        with away, closed, self.assertLogs("budget_system.web.database_errors", "ERROR"):
            self.assertEqual(post("spends/", self.body, "k1").status_code, 503)

        self.assertEqual(post("spends/", {**self.body, "amount": "11.00"}, "k1").status_code, 422)
        self.assertEqual(post("spends/", self.body, "k1").status_code, 201)
        self.assertEqual(Spend.objects.count(), 1)

    def test_a_claim_that_is_taken_over_before_the_work_begins_leaves_it_undone(self) -> None:
        """Between the claim and the transaction of the work, another may find nobody at work."""
        claimed = idempotency._claim

        def lose_it(*asked: Any) -> IdempotencyKey:
            row = claimed(*asked)
            self.assertIsNot(claimed(*asked), row)
            return row

        with mock.patch.object(idempotency, "_claim", lose_it):
            answer = post("spends/", self.body, "k1")
        self.assertEqual((answer.status_code, json.loads(answer.content)["detail"]), (409, idempotency.TAKEN_OVER))
        self.assertFalse(Spend.objects.exists())

    def test_a_key_that_is_freed_between_two_looks_is_a_conflict(self) -> None:
        with mock.patch.object(QuerySet, "get_or_create", side_effect=IntegrityError):
            answer = post("spends/", self.body, "k1")

        self.assertEqual((answer.status_code, json.loads(answer.content)["detail"]), (409, AT_WORK))

    def test_a_void_is_answered_again_as_a_void(self) -> None:
        entry = {**self.body, "external_id": "line-1"}
        post("spends/", entry, "k1")
        void = {**entry, "amount": "0.00"}

        first, again = post("spends/", void, "k2"), post("spends/", void, "k2")

        self.assertEqual((first.status_code, again.status_code), (200, 200))
        self.assertEqual((first.content, again["Idempotent-Replayed"]), (again.content, "true"))
        self.assertNotIn("ETag", again)
        self.assertEqual(post("spends/", void, "k3").status_code, 400)  # another key finds nothing to void

    def test_an_etag_that_the_first_call_made_stale_does_not_stop_its_repetition(self) -> None:
        path = f"campaigns/{self.campaign.pk}/pause/"
        tag = Client().get(f"/api/campaigns/{self.campaign.pk}/")["ETag"]

        self.assertEqual(post(path, {}, "k1", **{"If-Match": '"older"'}).status_code, 412)
        self.assertEqual(post(path, {}, "k1", **{"If-Match": tag}).status_code, 200)
        self.assertEqual(post(path, {}, "k1", **{"If-Match": tag})["Idempotent-Replayed"], "true")
        self.assertEqual(post(path, {}, "k2", **{"If-Match": tag}).status_code, 412)

    def test_a_browser_gets_the_first_answer_on_a_page(self) -> None:
        for path, body in (("spends/", self.body), ("spends/bulk/", [self.body])):
            post(path, body, "k1", Accept="text/html")
            again = post(path, body, "k1", Accept="text/html")
            self.assertEqual(again["Idempotent-Replayed"], "true")
            self.assertContains(again, "&quot;amount&quot;", status_code=again.status_code)
        self.assertEqual(Spend.objects.count(), 2)

    def test_a_number_and_its_text_are_not_the_same(self) -> None:
        post("spends/", {**self.body, "amount": "1.5", "description": "1.5"}, "k1")

        answer = post("spends/", {**self.body, "amount": "1.5", "description": 1.5}, "k1")
        self.assertEqual(answer.status_code, 422)

    def test_other_methods_have_no_use_for_a_key(self) -> None:
        address = f"/api/brands/{self.brand.pk}/"
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH"):
            for budget in ("5.00", "6.00"):
                body = json.dumps({"daily_budget": budget}) if method.startswith("P") else ""
                answer = Client().generic(method, address, body, "application/json", headers={"Idempotency-Key": "k"})
                self.assertEqual(answer.status_code, 200, method)
                self.assertNotIn("Idempotent-Replayed", answer)
        self.assertEqual(Client().delete(address, headers={"Idempotency-Key": "k"}).status_code, 204)
        self.assertFalse(IdempotencyKey.objects.exists())

    def test_where_nothing_is_posted_a_key_changes_no_refusal(self) -> None:
        for path in (f"brands/{self.brand.pk}/", "brands/months/", f"campaigns/{self.campaign.pk}/events/"):
            self.assertEqual(post(path, {}, "k1").status_code, 405)
        for nobody in ("a" * 300, "%00", "%ff", "ä"):
            self.assertEqual(post(f"campaigns/{nobody}/pause/", {}, "k1").status_code, 404)
        self.assertFalse(IdempotencyKey.objects.exists())

    def test_keys_are_kept_a_day_then_purged(self) -> None:
        post("spends/", self.body, "k1")
        self.clock.shift(RETENTION)
        enforce_budget_limits_task()
        self.assertEqual(IdempotencyKey.objects.count(), 1)

        self.clock.shift(timedelta(seconds=1))
        enforce_budget_limits_task()
        self.assertFalse(IdempotencyKey.objects.exists())


@tag("both_databases")
class LargeAnswerTests(AgencyTestCase):
    """Of a large answer, or where many have been stored already, only a record is kept; the work is done once."""

    def rows(self, count: int, *, described: int = 0) -> list[dict[str, str]]:
        return [{"campaign": str(self.campaign.pk), "amount": "1.00", "description": "x" * described}] * count

    def test_of_a_large_answer_a_record_is_kept_which_answers_for_it(self) -> None:
        body = self.rows(1_000, described=300)
        first, again = post("spends/bulk/", body, "k1"), post("spends/bulk/", body, "k1")

        self.assertGreater(len(first.content), MAX_BYTES)
        self.assertEqual((first.status_code, again.status_code), (200, 208))
        self.assertEqual(again["Idempotent-Replayed"], "true")
        record = json.loads(again.content)
        self.assertEqual((record["status"], record["rows"]), (200, 1_000))
        self.assertEqual(record["sha256"], hashlib.sha256(first.content).hexdigest())
        self.assertIn(f"{len(first.content):,} bytes", record["detail"])
        self.assertIn("http://testserver/api/spends/", record["detail"])
        self.assertEqual(Spend.objects.count(), 1_000)
        self.assertLess(len(IdempotencyKey.objects.get().response), ALWAYS_STORED_BYTES)
        self.assertEqual(post("spends/bulk/", body[1:], "k1").status_code, 422)

    def test_a_thousand_ordinary_rows_are_answered_again_in_full(self) -> None:
        body = self.rows(1_000, described=50)
        first, again = post("spends/bulk/", body, "k1"), post("spends/bulk/", body, "k1")

        self.assertEqual((again.status_code, again.content), (200, first.content))

    def test_beyond_the_quota_small_answers_are_kept_and_of_others_a_record_until_the_hour_is_over(self) -> None:
        with mock.patch.object(stored_responses, "QUOTA", 5_000), time_machine.travel(self.now, tick=False) as clock:
            for key in ("k1", "k2"):
                post("spends/bulk/", self.rows(10), key)  # about 3,000 bytes
            post("spends/", self.rows(1)[0], "k3")
            clock.shift(timedelta(hours=1))
            post("spends/bulk/", self.rows(10), "k4")

            again = [post("spends/bulk/", self.rows(10), key).status_code for key in ("k1", "k2", "k4")]
            self.assertEqual(again, [200, 208, 200])
            self.assertEqual(post("spends/", self.rows(1)[0], "k3").status_code, 201)
        self.assertEqual(Spend.objects.count(), 31)
        self.assertLess(max(IdempotencyUsage.objects.values_list("stored", flat=True)), 5_000)

    def test_work_that_was_undone_takes_nothing_of_the_quota(self) -> None:
        def lose_the_claim(**values: Any) -> object:
            IdempotencyKey.objects.update(claimed_until=F("claimed_until") + timedelta(seconds=1))
            return record_many(**values)

        with mock.patch("spending.recording.bulk.record_many", lose_the_claim):
            self.assertEqual(post("spends/bulk/", self.rows(10), "k1").status_code, 409)

        self.assertFalse(IdempotencyUsage.objects.exists())

    def test_small_answers_ask_nothing_of_the_quota(self) -> None:
        with CaptureQueriesContext(connection) as asked:
            post("spends/", self.rows(1)[0], "k1")

        self.assertNotIn("idempotencyusage", str(asked.captured_queries))

    def test_the_hours_are_forgotten_with_the_keys(self) -> None:
        with time_machine.travel(self.now, tick=False) as clock:
            post("spends/bulk/", self.rows(10), "k1")
            clock.shift(RETENTION + timedelta(hours=1))
            purge_keys(now=timezone.now())
            clock.shift(timedelta(hours=1))
            self.assertEqual(IdempotencyUsage.objects.count(), 1)
            purge_keys(now=timezone.now())
        self.assertFalse(IdempotencyUsage.objects.exists())


@tag("both_databases")
class TwoAtOnceTests(Agency, TransactionTestCase):
    def test_one_works_the_other_is_told_so(self) -> None:
        body = {"campaign": str(self.campaign.pk), "amount": "10.00"}
        at_work, go_on = threading.Event(), threading.Event()
        answers: list[int] = []

        def slowly(**values: object) -> object:
            at_work.set()
            go_on.wait(10)
            return record(**values)  # type: ignore[arg-type]  # passed on as they came

        def first() -> None:
            try:
                with mock.patch("spending.recording.services.record", slowly):
                    answers.append(post("spends/", body, "k1").status_code)
            finally:
                connection.close()

        thread = threading.Thread(target=first)
        thread.start()
        self.assertTrue(at_work.wait(10))
        # Reading tells: on SQLite the first holds the one write lock until it is done.
        row = IdempotencyKey.objects.get()
        self.assertIsNone(row.status)
        self.assertEqual(post("spends/", body, "k1").status_code, 409)
        go_on.set()
        thread.join(20)

        self.assertEqual(answers, [201])
        self.assertEqual(post("spends/", body, "k1")["Idempotent-Replayed"], "true")
        self.assertEqual(Spend.objects.count(), 1)
