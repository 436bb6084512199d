"""One `Idempotency-Key` sent by many at once: the work is done once. Each test says what it fails without."""

import json
import threading
from collections import Counter
from functools import partial
from uuid import UUID

from django.test import Client
from django.utils import timezone

from budget_system.core.actors import Actor
from campaigns.models import StatusEvent
from spending.enforcement.transactions import enforcing_brands
from spending.models import Spend
from spending.tests.test_races import RaceTestCase
from tasks.models import IdempotencyKey
from tests.runner import on_postgres
from tests.threads import PATIENCE, threads, what_waits

BOB = Actor.task("bob")


@on_postgres
class KeyRaceTests(RaceTestCase):
    def ask(self, start: threading.Barrier, path: str, body: object) -> tuple[int, bool, UUID | None]:
        start.wait()
        answer = Client().post(
            path, json.dumps(body), content_type="application/json", headers={"Idempotency-Key": "the-same"}
        )
        entry = answer.json()[0]["spend"] if answer.status_code == 200 else answer.json()
        return answer.status_code, "Idempotent-Replayed" in answer, entry.get("id")

    def test_one_books_and_the_others_wait_or_get_its_answer(self) -> None:
        """Fails where a claim at work is ignored and an answer is stored without comparing it: each guards alone."""
        booked = 0
        for turn in range(10):
            path, status = (("/api/spends/", 201), ("/api/spends/bulk/", 200))[turn % 2]
            row = {"campaign": str(self.campaign.pk), "amount": "1.00"}
            body: object = row if status == 201 else [row, row]
            IdempotencyKey.objects.all().delete()
            start = threading.Barrier(8, timeout=PATIENCE)
            with threads(8) as many:
                asking = [many.start(partial(self.ask, start, path, body)) for _ in range(8)]
                answers = [each.result() for each in asking]
            booked += 1 if status == 201 else 2

            worked = [answer for answer in answers if answer[:2] == (status, False)]
            self.assertEqual(len(worked), 1, answers)
            others = {answer for answer in answers if answer not in worked}
            self.assertLessEqual(others, {(409, False, None), (status, True, worked[0][2])})
            self.assertEqual(Spend.objects.count(), booked)
            self.assertEqual(self.ask(threading.Barrier(1), path, body), (status, True, worked[0][2]))
        self.assertNoDrift()

    def test_of_eight_that_find_a_claim_lapsed_one_takes_it_over(self) -> None:
        """Fails where a lapsed claim is taken, and an answer stored, without comparing: each guards alone."""
        row = {"campaign": str(self.campaign.pk), "amount": "1.00"}
        self.ask(threading.Barrier(1), "/api/spends/", row)
        for _ in range(5):
            Spend.objects.all().delete()
            IdempotencyKey.objects.update(status=None, response="", claimed_until=timezone.now())
            start = threading.Barrier(8, timeout=PATIENCE)
            with threads(8) as many:
                asking = [many.start(partial(self.ask, start, "/api/spends/", row)) for _ in range(8)]
                answers = Counter(each.result()[:2] for each in asking)

            self.assertEqual(answers[201, False], 1, answers)
            self.assertLessEqual(set(answers), {(201, False), (201, True), (409, False)})
            self.assertEqual(Spend.objects.count(), 1)

    def test_a_key_waits_for_a_brand_and_the_same_key_meanwhile_is_told_so(self) -> None:
        """Fails where the claim is part of the work's transaction, or is ignored while at work."""
        row = {"campaign": str(self.campaign.pk), "amount": "100.00"}
        alone = threading.Barrier(1)
        with enforcing_brands(self.brand.pk, now=self.now, by=BOB):
            waiting = self.threads.start(lambda: self.ask(alone, "/api/spends/", row))
            what_waits(waiting)
            meanwhile = self.threads.start(lambda: self.ask(alone, "/api/spends/", row))
            self.assertEqual(meanwhile.result(timeout=20)[0], 409)

        self.assertEqual(waiting.result()[:2], (201, False))
        self.assertEqual(StatusEvent.objects.count(), 1)
        self.assertEqual(Spend.objects.count(), 1)
