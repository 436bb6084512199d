"""Who guesses passwords is locked out for a while, and nobody else."""

from datetime import timedelta

import time_machine
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, TestCase, override_settings, tag
from django.utils import timezone

LOGIN = "/admin/login/"


@tag("both_databases")
class LockOutTests(TestCase):
    def setUp(self) -> None:
        User.objects.create_superuser("ana", password="right")
        User.objects.create_superuser("ben", password="right")

    def log_in(self, name: str = "ana", password: str = "wrong", address: str = "127.0.0.1", agent: str = "") -> int:
        """Return the answer's status: 302 in, 200 the form again, 429 locked out."""
        caller = Client(REMOTE_ADDR=address, headers={"user-agent": agent})
        return caller.post(LOGIN, {"username": name, "password": password}).status_code

    def change(self, present: str) -> int:
        """Return the answer's status: 302 changed, 200 the form again, 429 locked out."""
        new = {"new_password1": "new-17-new", "new_password2": "new-17-new"}
        return self.client.post("/admin/password_change/", {"old_password": present, **new}).status_code

    def test_the_fifth_wrong_password_locks_out_and_the_right_one_no_longer_helps(self) -> None:
        self.assertEqual([self.log_in() for _ in range(5)], [200, 200, 200, 200, 429])
        self.assertEqual(self.log_in(password="right"), 429)

    def test_the_answer_says_when_to_come_again_and_who_can_help(self) -> None:
        for _ in range(5):
            answer = self.client.post(LOGIN, {"username": "ana", "password": "wrong"})

        self.assertEqual((answer.status_code, answer["Retry-After"]), (429, "900"))
        self.assertContains(answer, "Try again in 15 minutes.", status_code=429)

    def test_another_agent_or_form_does_not_help(self) -> None:
        self.assertEqual([self.log_in(agent=f"browser {number}") for number in range(5)][-1], 429)
        answer = self.client.post(f"{LOGIN}?next=/admin/x/", {"username": "ana", "password": "right", "more": "1"})
        self.assertEqual(answer.status_code, 429)

    def test_others_are_not_locked_out_with_the_guesser(self) -> None:
        for _ in range(5):
            self.log_in()

        self.assertEqual(self.log_in("ben", "right"), 302)
        self.assertEqual(self.log_in("ana", "right", address="127.0.0.2"), 302)

    def test_many_addresses_together_lock_a_name(self) -> None:
        for number in range(50):
            self.log_in(address=f"127.0.1.{number}")

        self.assertEqual(self.log_in("ana", "right", address="127.0.0.9"), 429)
        self.assertEqual(self.log_in("ben", "right", address="127.0.0.9"), 302)

    def test_many_names_together_lock_an_address(self) -> None:
        for number in range(50):
            self.log_in(f"user{number}")

        self.assertEqual(self.log_in("ben", "right"), 429)
        self.assertEqual(self.log_in("ben", "right", address="127.0.0.2"), 302)

    def test_a_quarter_of_an_hour_after_the_last_failure_all_is_well(self) -> None:
        now = timezone.now()
        with time_machine.travel(now, tick=False) as clock:
            for _ in range(5):
                self.log_in()
            clock.move_to(now + timedelta(minutes=14))
            self.assertEqual(self.log_in(password="right"), 429)
            clock.move_to(now + timedelta(minutes=15, seconds=1))
            self.assertEqual(self.log_in(password="right"), 302)

    def test_a_success_takes_the_failures_back(self) -> None:
        for _ in range(2):
            self.assertEqual([self.log_in() for _ in range(4)], [200] * 4)
            self.assertEqual(self.log_in(password="right"), 302)

    def test_an_administrator_can_lift_it(self) -> None:
        for _ in range(5):
            self.log_in()
        self.client.force_login(User.objects.get(username="ben"))
        attempt = AccessAttempt.objects.get()

        self.assertContains(self.client.get("/admin/axes/accessattempt/"), "ana")
        self.client.post(f"/admin/axes/accessattempt/{attempt.pk}/delete/", {"post": "yes"})

        self.assertEqual(self.log_in(password="right"), 302)

    def test_so_can_a_command(self) -> None:
        for _ in range(5):
            self.log_in()

        call_command("axes_reset_username", "ana", verbosity=0)

        self.assertEqual(self.log_in(password="right"), 302)

    def test_no_password_and_no_form_token_is_kept(self) -> None:
        self.client.post(LOGIN, {"username": "ana", "password": "guess-17", "csrfmiddlewaretoken": "t" * 64})

        kept = AccessAttempt.objects.values().get()
        self.assertNotIn("guess-17", str(kept))
        self.assertNotIn("t" * 64, str(kept))

    def test_who_is_logged_in_guesses_at_the_present_password_no_longer_either(self) -> None:
        self.client.force_login(User.objects.get(username="ana"))

        statuses = [self.change("guess-17") for _ in range(5)]

        self.assertEqual(statuses, [200, 200, 200, 200, 429])
        self.assertEqual(self.change("right"), 429)
        self.assertTrue(User.objects.get(username="ana").check_password("right"))
        self.assertEqual(self.log_in(password="right"), 429)
        kept = str(AccessAttempt.objects.values().get())
        self.assertNotIn("guess-17", kept)
        self.assertNotIn("new-17-new", kept)

    def test_who_knows_it_changes_it(self) -> None:
        self.client.force_login(User.objects.get(username="ana"))

        self.assertEqual([self.change("wrong"), self.change("right")], [200, 302])
        self.assertEqual(self.log_in(password="new-17-new"), 302)

    def test_guessing_on_while_locked_out_leaves_nothing_more(self) -> None:
        for _ in range(30):
            self.log_in()

        self.assertEqual(AccessAttempt.objects.get().failures_since_start, 5)

    def test_of_ipv6_a_household_is_one_address(self) -> None:
        with override_settings(API_AUTH="closed"):
            statuses = [self.log_in(address=f"2001:db8:1:2::{number:x}") for number in range(5)]

        self.assertEqual(statuses[-1], 429)

    def test_a_proxy_that_names_no_address_is_no_fault_of_ours(self) -> None:
        with override_settings(API_AUTH="closed", REST_FRAMEWORK={"NUM_PROXIES": 1}):
            for named in ("unknown", "198.51.100.7:1024", "fe80::1%eth0", "a:b:c"):
                answer = self.client.post(
                    LOGIN, {"username": "ana", "password": "wrong"}, headers={"X-Forwarded-For": named}
                )
                self.assertEqual(answer.status_code, 200, named)
        self.assertIn("198.51.100.7", AccessAttempt.objects.values_list("ip_address", flat=True))
