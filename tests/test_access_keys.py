"""An `Idempotency-Key` is its user's own, and gives nothing back that its user may no longer write."""

from typing import Any, ClassVar
from unittest import mock

import time_machine
from django.contrib.auth.models import User
from django.test import TestCase, override_settings, tag

from brands import services as brands
from brands.models import Brand, Role
from budget_system.api import stored_responses
from budget_system.core.actors import Actor
from campaigns.models import Campaign
from spending.models import Spend
from tasks.models import IdempotencyKey
from tests.access import Roles

Body = dict[str, object] | list[object]


@tag("both_databases")
@override_settings(API_AUTH="closed")
class KeyTests(Roles, TestCase):
    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        clock.start()
        self.addCleanup(clock.stop)

        self.elsewhere = self.other

    def post(self, user: User, path: str, body: Body, key: str = "k") -> Any:
        self.client.force_login(user)
        return self.client.post(path, body, "application/json", headers={"Idempotency-Key": key})

    def posts(self) -> dict[str, tuple[str, Body]]:
        """Name every POST that writes what belongs to Acme."""
        brand, campaign = f"/api/brands/{self.brand.pk}", f"/api/campaigns/{self.campaign.pk}"
        spend: dict[str, object] = {"campaign": str(self.campaign.pk), "amount": "1.00"}
        window = {"day_of_week": 0, "start_time": "09:00", "end_time": "10:00"}
        return {
            "hold": (f"{brand}/hold/", {}),
            "release": (f"{brand}/release/", {"note": "paid"}),
            "pause": (f"{campaign}/pause/", {}),
            "activate": (f"{campaign}/activate/", {}),
            "campaign": ("/api/campaigns/", {"brand": str(self.brand.pk), "name": "New"}),
            "schedule": ("/api/schedules/", {"campaign": str(self.campaign.pk), **window}),
            "spend": ("/api/spends/", spend),
            "voided": ("/api/spends/", {**spend, "external_id": "v", "amount": "0.00"}),
            "bulk": ("/api/spends/bulk/", [spend, {**spend, "external_id": "b"}]),
        }

    def send_all(self) -> None:
        self.spend("5.00", external_id="v")
        for name, (path, body) in self.posts().items():
            answer = self.post(self.manager, path, body, key=name)
            self.assertIn(answer.status_code, (200, 201), (name, answer.content))

    def test_a_call_sent_again_is_answered_again(self) -> None:
        self.send_all()
        booked = Spend.objects.count()

        for name, (path, body) in self.posts().items():
            self.assertEqual(self.post(self.manager, path, body, key=name)["Idempotent-Replayed"], "true", name)
        self.assertEqual(Spend.objects.count(), booked)

    def test_anothers_key_is_a_new_one(self) -> None:
        path, body = self.posts()["spend"]
        self.join(self.stranger, self.brand, Role.MANAGER)

        first, second = self.post(self.manager, path, body), self.post(self.stranger, path, body)

        self.assertNotEqual(first.json()["id"], second.json()["id"])
        self.assertNotIn("Idempotent-Replayed", second)

    def test_a_name_given_anew_inherits_no_keys(self) -> None:
        path, body = self.posts()["spend"]
        self.post(self.manager, path, body)
        self.manager.delete()
        namesake = self.make_user(self.manager.username, self.brand, Role.MANAGER)

        self.assertNotIn("Idempotent-Replayed", self.post(namesake, path, body))

    def refused(self, keyless: bool = False) -> dict[str, tuple[int, bytes]]:
        answers = {}
        for name, (path, body) in self.posts().items():
            answer = self.post(self.manager, path, body, key=f"{name} anew".replace(" ", "-") if keyless else name)
            self.assertNotIn("Idempotent-Replayed", answer)
            answers[name] = (answer.status_code, answer.content)
        return answers

    def test_what_is_no_longer_ones_own_is_not_answered_again_but_as_what_does_not_exist(self) -> None:
        self.send_all()
        booked, kept = Spend.objects.count(), IdempotencyKey.objects.count()
        self.lose(self.manager)

        answers = self.refused()

        self.assertEqual({status for status, _ in answers.values()}, {400, 404})
        self.assertEqual(answers, self.refused(keyless=True))
        self.assertEqual((Spend.objects.count(), IdempotencyKey.objects.count()), (booked, kept))

    def test_who_may_only_read_is_forbidden_it(self) -> None:
        self.send_all()
        self.lose(self.manager)
        self.join(self.manager, self.brand, Role.VIEWER)

        self.assertEqual({status for status, _ in self.refused().values()}, {403})

    def test_the_record_of_an_answer_that_was_not_kept_tells_whose_it_is_too(self) -> None:
        with mock.patch.multiple(stored_responses, ALWAYS_STORED_BYTES=0, MAX_BYTES=0):
            self.send_all()
        booked = Spend.objects.count()

        for name, (path, body) in self.posts().items():
            answer = self.post(self.manager, path, body, key=name)
            self.assertEqual((answer.status_code, answer["Idempotent-Replayed"]), (208, "true"), name)
        self.lose(self.manager)
        self.assertEqual({status for status, _ in self.refused().values()}, {400, 404})
        self.assertEqual(Spend.objects.count(), booked)

    def test_an_archived_brand_answers_nothing_again(self) -> None:
        self.send_all()
        brands.remove_brand(brand_id=self.brand.pk, now=self.now, by=Actor.api())

        self.assertEqual({status for status, _ in self.refused().values()}, {400, 404})

    def test_a_campaign_that_has_moved_to_anothers_brand_takes_its_answers_along(self) -> None:
        path, body = self.posts()["schedule"]
        self.post(self.manager, path, body)
        Campaign.objects.filter(pk=self.campaign.pk).update(brand=self.elsewhere)

        self.assertEqual(self.post(self.manager, path, body).status_code, 400)

    def test_who_is_no_administrator_any_more_creates_no_brand_again(self) -> None:
        body: Body = {"name": "New", "daily_budget": None, "monthly_budget": None}
        self.assertEqual(self.post(self.administrator, "/api/brands/", body).status_code, 201)
        self.administrator.is_superuser = False
        self.administrator.save()

        self.assertEqual(self.post(self.administrator, "/api/brands/", body).status_code, 403)
        self.join(self.administrator, None, Role.MANAGER)
        self.assertEqual(self.post(self.administrator, "/api/brands/", body).status_code, 403)

    def test_a_key_outlives_other_memberships(self) -> None:
        self.join(self.manager, self.other, Role.MANAGER)
        path, body = self.posts()["spend"]
        self.post(self.manager, path, body)
        self.leave(self.manager, self.other)

        self.assertEqual(self.post(self.manager, path, body)["Idempotent-Replayed"], "true")


class KeysByGroupTests(KeyTests):
    """The same of a manager by a group: on one database, as both are asked who is one in tests of memberships."""

    tags: ClassVar[frozenset[str]] = frozenset()

    def setUp(self) -> None:
        super().setUp()
        self.manager = self.grouped


class KeysInEveryBrandTests(KeyTests):
    """The same of a manager of every brand: to that one only an archived brand is another's."""

    tags: ClassVar[frozenset[str]] = frozenset()

    def setUp(self) -> None:
        super().setUp()
        self.manager = self.every_manager
        self.elsewhere, _ = self.make_archived("Yonder")
        Brand.objects.filter(pk=self.elsewhere.pk).update(archived_at=self.now)


class KeysByGroupInEveryBrandTests(KeysInEveryBrandTests):
    """The same by a group."""

    def setUp(self) -> None:
        super().setUp()
        self.manager = self.every_grouped
