"""Subscriptions over REST: whose they are, what is shown of them, and secrets."""

import base64
from datetime import timedelta
from typing import Any
from unittest import mock

import time_machine
from django.contrib.auth.models import User
from django.core import mail
from django.test import TestCase, override_settings, tag

from alerts.models import AlertKind, Subscription
from alerts.models.subscriptions import default_kinds
from brands.models import Brand, Role
from delivery.sending.senders import Outcome
from tasks.models import IdempotencyKey
from tests.access import Roles
from tests.support import AgencyTestCase

HOOK = "https://hooks.example.com/services/T0/B0/tell-nobody"
PATH = "/api/subscriptions/"
Json = dict[str, Any]


class Calls(Roles):
    def setUp(self) -> None:
        super().setUp()
        clock = time_machine.travel(self.now, tick=False)
        self.clock = clock.start()
        self.addCleanup(clock.stop)
        for user in (self.manager, self.viewer, self.administrator, self.stranger):
            user.email = f"{user.username}@example.com"
            user.save()

    def call(self, user: User, method: str, path: str = PATH, body: Json | None = None, **headers: str) -> Any:
        self.client.force_login(user)
        sent = {} if body is None else body
        return getattr(self.client, method)(path, sent, "application/json", headers=headers)

    def read(self, user: User, path: str = PATH) -> Any:
        self.client.force_login(user)
        return self.client.get(path)

    def create(self, user: User, **body: object) -> Json:
        answer = self.call(user, "post", body=body)
        self.assertEqual(answer.status_code, 201, answer.content)
        created: Json = answer.json()
        return created

    def channel(self, user: User | None = None, channel: str = "webhook", **body: object) -> Json:
        sent = {"channel": channel, "url": HOOK, "brands": [str(self.brand.pk)], **body}
        return self.create(user or self.manager, **sent)

    def assert_refused(self, answer: Any, field: str, says: str) -> None:
        self.assertEqual((answer.status_code, list(answer.json())), (400, [field]), answer.content)
        self.assertIn(says, str(answer.json()[field]))

    def seen_by(self, user: User) -> list[str]:
        return [row["id"] for row in self.read(user).json()]


@tag("both_databases")
@override_settings(API_AUTH="closed")
class MailTests(Calls, TestCase):
    def test_a_person_subscribes_to_their_own_mail(self) -> None:
        row = self.create(self.viewer, channel="mail")

        self.assertEqual(
            {name: row[name] for name in row if name not in ("id", "created_at", "updated_at")},
            {
                "channel": "mail",
                "name": "",
                "user": "vera",
                "brands": [],
                "every_brand": True,
                "kinds": default_kinds(),
                "mode": "at_once",
                "timezone": "UTC",
                "host": "",
                "secret": None,
                "is_active": True,
                "switched_off": "",
                "failing_since": None,
            },
        )
        self.assertNotIn(AlertKind.PAUSED, row["kinds"])

    def test_is_seen_and_changed_by_its_person_and_administrators_alone(self) -> None:
        path = f"{PATH}{self.create(self.viewer, channel='mail')['id']}/"
        for user, status in ((self.viewer, 200), (self.administrator, 200), (self.manager, 404), (self.stranger, 404)):
            with self.subTest(user=user):
                self.assertEqual(self.read(user, path).status_code, status)
                self.assertEqual(len(self.seen_by(user)), int(status == 200))
                self.assertEqual(self.call(user, "patch", path, {"mode": "digest"}).status_code, status)
        self.assertEqual(self.call(self.viewer, "delete", path).status_code, 204)

    def test_only_an_administrator_subscribes_somebody_else_and_only_to_what_they_read(self) -> None:
        refused = self.call(self.manager, "post", body={"channel": "mail", "user": "vera"})
        unknown = self.call(self.manager, "post", body={"channel": "mail", "user": "whoever"})
        self.assert_refused(refused, "user", "Only an administrator")
        self.assertEqual(refused.json(), unknown.json())

        theirs = {"channel": "mail", "user": "vera", "brands": [str(self.other.pk)]}
        self.assert_refused(self.call(self.administrator, "post", body=theirs), "brands", "may not read")
        created = self.call(self.administrator, "post", body={"channel": "mail", "user": "vera"})
        self.assertEqual((created.status_code, created.json()["user"]), (201, "vera"))
        for name in ("nobody", "gus"):
            answer = self.call(self.administrator, "post", body={"channel": "mail", "user": name})
            self.assert_refused(answer, "user", "No user who may log in")

    def test_a_brand_that_one_does_not_read_does_not_exist(self) -> None:
        for pk in (self.other.pk, "00000000-0000-7000-8000-000000000000"):
            answer = self.call(self.viewer, "post", body={"channel": "mail", "brands": [str(pk)]})
            self.assert_refused(answer, "brands", f"No brand has the id “{pk}”")

    def test_what_one_no_longer_reads_is_not_shown_and_stays_when_the_rest_is_sent_back(self) -> None:
        self.join(self.viewer, self.other, Role.VIEWER)
        both = sorted([str(self.brand.pk), str(self.other.pk)])
        row = self.create(self.viewer, channel="mail", brands=both)
        self.assertEqual(sorted(row["brands"]), both)
        self.viewer.memberships.filter(brand=self.other).delete()
        path = f"{PATH}{row['id']}/"

        read = self.read(self.viewer, path)
        self.assertEqual(read.json()["brands"], [str(self.brand.pk)])
        again = self.call(self.viewer, "put", path, read.json(), **{"If-Match": read["ETag"]})
        self.assertEqual((again.status_code, again.json(), again["ETag"]), (200, read.json(), read["ETag"]))
        self.assertEqual(Subscription.objects.get().brands.count(), 2)

    def test_needs_an_address(self) -> None:
        self.assert_refused(self.call(self.loner, "post", body={"channel": "mail"}), "user", "has no mail address")
        answer = self.call(self.viewer, "post", body={"channel": "mail", "url": HOOK})
        self.assert_refused(answer, "url", "leave this out")

    def test_another_clock_or_mode_begins_the_digests_anew(self) -> None:
        row = self.create(self.viewer, channel="mail", mode="digest", timezone="Europe/Berlin")
        Subscription.objects.update(digest_due_at=self.now)
        path = f"{PATH}{row['id']}/"
        self.call(self.viewer, "patch", path, {"kinds": ["spend.silent"]})
        self.assertEqual(Subscription.objects.get().digest_due_at, self.now)
        self.call(self.viewer, "patch", path, {"timezone": "Asia/Tokyo"})
        self.assertIsNone(Subscription.objects.get().digest_due_at)


@tag("both_databases")
@override_settings(API_AUTH="closed")
class ChannelTests(Calls, TestCase):
    def test_the_address_is_shown_as_its_host_alone_and_the_secret_once(self) -> None:
        row = self.channel(name="Ops")
        self.assertEqual(row["host"], "hooks.example.com")
        self.assertTrue(row["secret"].startswith("whsec_"))
        self.assertGreaterEqual(len(base64.b64decode(row["secret"].removeprefix("whsec_"))), 24)

        stored = Subscription.objects.get()
        self.assertEqual((stored.url, stored.signing_secrets(self.now)), (HOOK, [row["secret"]]))
        answers = [
            self.read(self.manager, f"{PATH}{row['id']}/"),
            self.read(self.manager),
            self.call(self.manager, "patch", f"{PATH}{row['id']}/", {"name": "Else"}),
        ]
        for answer in answers:
            self.assertNotIn("tell-nobody", answer.content.decode())
            self.assertNotIn("whsec_", answer.content.decode())
        self.assertIsNone(self.channel(channel="slack")["secret"])

    def test_a_secret_is_in_no_stored_answer(self) -> None:
        body = {"channel": "webhook", "url": HOOK, "brands": [str(self.brand.pk)]}
        first = self.call(self.manager, "post", body=body, **{"Idempotency-Key": "k"})
        again = self.call(self.manager, "post", body=body, **{"Idempotency-Key": "k"})

        self.assertTrue(first.json()["secret"].startswith("whsec_"))
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(again.json(), {**first.json(), "secret": None})
        self.assertNotIn("whsec_", IdempotencyKey.objects.get().response)

    def test_two_secrets_are_valid_for_a_day_or_until_the_next_rotation(self) -> None:
        row = self.channel()
        path = f"{PATH}{row['id']}/rotate/"

        second = self.call(self.manager, "post", path).json()["secret"]
        stored = Subscription.objects.get()
        self.assertEqual(stored.signing_secrets(self.now), [second, row["secret"]])
        self.assertEqual(stored.signing_secrets(self.now + timedelta(hours=24)), [second])

        third = self.call(self.manager, "post", path).json()["secret"]
        self.assertEqual(Subscription.objects.get().signing_secrets(self.now), [third, second])
        self.assertEqual(len({row["secret"], second, third}), 3)
        slack = self.channel(channel="slack")
        answer = self.call(self.manager, "post", f"{PATH}{slack['id']}/rotate/")
        self.assertEqual((answer.status_code, list(answer.json())), (409, ["detail"]))
        self.assert_refused(self.call(self.manager, "post", path, {"x": 1}), "x", "no field")

    def test_needs_an_address_that_may_be_reached(self) -> None:
        body = {"channel": "teams", "brands": [str(self.brand.pk)]}
        self.assert_refused(self.call(self.manager, "post", body=body), "url", "Say where")
        for url in ("https://127.0.0.1/x", "https://169.254.169.254/", "ftp://example.com", "http://[::1]/", "x", ""):
            with self.subTest(url=url):
                answer = self.call(self.manager, "post", body={**body, "url": url})
                self.assertEqual((answer.status_code, list(answer.json())), (400, ["url"]))
        path = f"{PATH}{self.channel()['id']}/"
        self.assertEqual(self.call(self.manager, "patch", path, {"url": "https://10.0.0.1/"}).status_code, 400)
        self.assertEqual(Subscription.objects.get().url, HOOK)

    def test_is_of_brands_that_one_may_change(self) -> None:
        body: Json = {"channel": "slack", "url": HOOK, "brands": [str(self.brand.pk)]}
        self.assertEqual(self.call(self.viewer, "post", body=body).status_code, 403)
        self.assert_refused(self.call(self.stranger, "post", body=body), "brands", "No brand has the id")
        for user in (self.manager, self.every_manager):
            refused = self.call(user, "post", body={**body, "brands": []})
            self.assertEqual(refused.status_code, 403)
            self.assertIn("every brand", refused.json()["detail"])
        self.assertTrue(self.channel(self.administrator, brands=[])["every_brand"])

    def test_is_seen_by_who_reads_all_its_brands_and_changed_by_who_writes_all(self) -> None:
        of_acme = self.channel()["id"]
        of_both = self.channel(self.administrator, brands=[str(self.brand.pk), str(self.other.pk)])["id"]
        of_all = self.channel(self.administrator, brands=[])["id"]
        for user, expected in (
            (self.viewer, {of_acme}),
            (self.manager, {of_acme}),
            (self.every_viewer, {of_acme, of_both}),
            (self.stranger, set()),
            (self.loner, set()),
            (self.administrator, {of_acme, of_both, of_all}),
        ):
            with self.subTest(user=user):
                self.assertEqual(set(self.seen_by(user)), expected)
        path = f"{PATH}{of_both}/"
        for user, status in ((self.manager, 404), (self.every_viewer, 403), (self.every_manager, 200)):
            self.assertEqual(self.call(user, "patch", path, {"name": f"of {user}"}).status_code, status)
        wider = self.call(self.manager, "patch", f"{PATH}{of_acme}/", {"brands": [str(self.other.pk)]})
        self.assert_refused(wider, "brands", "No brand has the id")
        self.assertEqual(self.call(self.manager, "patch", f"{PATH}{of_acme}/", {"brands": []}).status_code, 403)

    def test_an_archived_brand_neither_shows_nor_hides_a_channel(self) -> None:
        third = self.make_brand("Third")
        of_two = self.channel(self.administrator, brands=[str(self.brand.pk), str(third.pk)])["id"]
        self.assertEqual(self.seen_by(self.manager), [])
        Brand.objects.filter(pk=third.pk).update(archived_at=self.now)

        self.assertEqual(self.seen_by(self.manager), [of_two])
        row = self.read(self.manager, f"{PATH}{of_two}/").json()
        self.assertEqual(row["brands"], [str(self.brand.pk)])
        self.assertEqual(self.read(self.manager, f"{PATH}?brand={third.pk}").json(), [])
        self.call(self.manager, "put", f"{PATH}{of_two}/", row)
        self.call(self.manager, "patch", f"{PATH}{of_two}/", {"name": "Other"})
        self.assertEqual(Subscription.brands.through._default_manager.count(), 2)

    def test_one_whose_last_brand_is_deleted_is_not_one_of_every_brand(self) -> None:
        third = self.make_brand("Third")
        self.channel(self.administrator, brands=[str(third.pk)])
        self.call(self.administrator, "delete", f"/api/brands/{third.pk}/")

        (row,) = self.read(self.administrator).json()
        self.assertEqual((row["brands"], row["every_brand"]), ([], False))
        self.assertFalse(Subscription.objects.of_brand(self.brand.pk).exists())

    def test_is_switched_off_and_on_again(self) -> None:
        path = f"{PATH}{self.channel()['id']}/"
        off = self.call(self.manager, "patch", path, {"is_active": False}).json()
        self.assertEqual((off["is_active"], off["switched_off"]), (False, "user mona has switched it off."))
        Subscription.objects.update(failing_since=self.now, switched_off="Gone (410).")

        on = self.call(self.manager, "patch", path, {"is_active": True}).json()
        self.assertEqual((on["is_active"], on["switched_off"], on["failing_since"]), (True, "", None))

    @override_settings(MAIL_IS_SET_UP=True)
    def test_a_test_is_sent_at_once_by_who_may_change_it(self) -> None:
        path = f"{PATH}{self.channel()['id']}/test/"
        refused = Outcome(status=410, error="It answered 410.")
        with mock.patch("alerts.api.subscriptions.send_test", return_value=refused) as sent:
            for user, status in ((self.viewer, 403), (self.stranger, 404)):
                self.assertEqual(self.call(user, "post", path).status_code, status)
            sent.assert_not_called()
            for _ in range(2):  # a key does not stop a second one, and opens no transaction
                answer = self.call(self.manager, "post", path, {}, **{"Idempotency-Key": "k"})
                self.assertEqual(answer.json(), {"delivered": False, "status": 410, "error": "It answered 410."})
            self.assertEqual(sent.call_count, 2)

        mail_path = f"{PATH}{self.create(self.manager, channel='mail')['id']}/test/"
        self.assertEqual(
            self.call(self.manager, "post", mail_path).json(), {"delivered": True, "status": None, "error": ""}
        )
        self.assertEqual(mail.outbox[0].to, ["mona@example.com"])

    def test_stays_what_it_is(self) -> None:
        path = f"{PATH}{self.channel()['id']}/"
        self.assert_refused(self.call(self.manager, "patch", path, {"channel": "slack"}), "channel", "stays what it is")
        self.assert_refused(self.call(self.manager, "patch", path, {"user": "vera"}), "user", "stays its person's")
        self.assert_refused(self.call(self.manager, "patch", path, {"mode": "digest"}), "mode", "told at once")
        read = self.read(self.manager, path)
        again = self.call(self.manager, "put", path, read.json(), **{"If-Match": read["ETag"]})
        self.assertEqual((again.status_code, again.json(), again["ETag"]), (200, read.json(), read["ETag"]))

    def test_a_bad_value_is_refused_by_name(self) -> None:
        good: Json = {"channel": "webhook", "url": HOOK, "brands": [str(self.brand.pk)]}
        for field, value, says in (
            ("channel", "pager", "is not a valid choice"),
            ("channel", 5, "is not a valid choice"),
            ("kinds", [], "at least one"),
            ("kinds", "spend.silent", "is not a list"),
            ("kinds", ["spend.loud"], "is not a valid choice"),
            ("kinds", ["spend.silent", "spend.silent"], "twice"),
            ("kinds", None, "null"),
            ("brands", "x", "is not a list"),
            ("brands", ["x"], "is not a valid UUID"),
            ("brands", [str(self.brand.pk)] * 2, "twice"),
            ("brands", [str(self.brand.pk)] * 1001, "at most 1000"),
            ("mode", "hourly", "is not a valid choice"),
            ("timezone", "Berlin", "is not a time zone"),
            ("url", 5, "is not a text"),
            ("url", "https://example.com/" + "x" * 2000, "at most 2000"),
            ("url", "https://example.com/\u0000", "control character"),
            ("name", "x" * 256, "at most 255"),
            ("name", "a\nb", "control character"),
            ("is_active", "true", "is not a truth value"),
            ("digest", True, "There is no field"),
        ):
            with self.subTest(field=field, value=str(value)[:40]):
                answer = self.call(self.manager, "post", body={**good, field: value})
                self.assert_refused(answer, field, says)
        self.assert_refused(self.call(self.manager, "post", body={}), "channel", "required")
        self.assertFalse(Subscription.objects.exists())


class OpenTests(AgencyTestCase):
    def test_where_nobody_logs_in_there_is_no_mail_and_the_answer_says_why(self) -> None:
        answer = self.client.post(PATH, {"channel": "mail"}, "application/json")
        self.assertEqual((answer.status_code, list(answer.json())), (400, ["channel"]))
        self.assertIn("API_AUTH=open", answer.json()["channel"][0])

        row = self.client.post(PATH, {"channel": "slack", "url": HOOK}, "application/json")
        self.assertEqual((row.status_code, row.json()["user"], row.json()["every_brand"]), (201, "", True))
        again = self.client.put(row.headers["Location"], row.json(), "application/json")
        self.assertEqual((again.status_code, again.json()), (200, row.json()))
