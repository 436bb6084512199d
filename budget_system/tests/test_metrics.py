"""What Prometheus is told, who may ask, and that the figures are those of the rows."""

from datetime import datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import time_machine
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, SimpleTestCase, TestCase, override_settings, tag
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from brands.access.tokens import issue_token
from budget_system.core.actors import Actor
from budget_system.core.identifiers import first_uuid7
from budget_system.health.checks import CACHED_HEALTH, DEAD, HEALTHY, PartHealth
from campaigns.models import Campaign
from delivery.models import Account, Attempt, Delivery, Message
from spending.models import Spend
from spending.recording.services import remove_spend
from tasks.heartbeats import record_heartbeat
from tasks.models import Heartbeat
from tests.support import NOON, Agency
from tests.system.client import Api
from tests.system.slow import wait_until
from tests.system.stack import running_stack

WITHOUT_BROKER = {name: PartHealth(HEALTHY) for name in ("database", "worker", "beat")} | {"broker": PartHealth(DEAD)}


def read(text: str) -> dict[str, float]:
    """Return each series' value, the series spelled as in a query."""
    return {
        sample.name + "".join(f"[{label}={value}]" for label, value in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


class FiguresTests(Agency, TestCase):
    parts: dict[str, PartHealth]

    def setUp(self) -> None:
        for each in (time_machine.travel(NOON, tick=False), patch.object(CACHED_HEALTH, "answer", lambda: self.parts)):
            each.start()
            self.addCleanup(each.stop)
        self.parts = dict(WITHOUT_BROKER)
        super().setUp()

    def series(self) -> dict[str, float]:
        answer = Client().get("/metrics", headers={"Host": "localhost"})
        self.assertEqual(answer.status_code, 200)
        return read(answer.text)

    def test_campaigns_are_counted_by_status_and_reason(self) -> None:
        other = self.make_campaign("Autumn", daily="10.00")
        self.spend("10.00", other)

        series = self.series()

        self.assertEqual(series["budget_campaigns[reason=][status=ACTIVE]"], 1)
        self.assertEqual(series["budget_campaigns[reason=DAILY_BUDGET_EXCEEDED][status=PAUSED]"], 1)

    def test_messages_their_tries_and_what_is_given_up_are_counted_by_channel(self) -> None:
        due = NOON - timedelta(seconds=90)
        Message.objects.create(channel="webhook", receiver="a", created_at=due, due_at=due)
        Message.objects.create(channel="webhook", receiver="a", created_at=due, due_at=NOON + timedelta(hours=1))
        sent = Message.objects.create(channel="mail", receiver="b", created_at=due, due_at=None, state="delivered")
        Message.objects.create(channel="slack", receiver="c", due_at=None, state="failed", settled_at=NOON)
        for delivered in (False, True, True):
            Attempt.objects.create(message=sent, at=NOON, delivered=delivered)
        Attempt.objects.create(id=uuid_of(NOON - timedelta(hours=13)), message=sent, at=NOON, delivered=True)

        series = self.series()

        self.assertEqual(series["budget_messages_waiting[channel=webhook]"], 2)
        self.assertEqual(series["budget_messages_waiting[channel=mail]"], 0)
        self.assertEqual(series["budget_outbox_age_seconds"], 90)
        self.assertEqual(series["budget_message_attempts_total[channel=mail][delivered=true]"], 2)
        self.assertEqual(series["budget_message_attempts_total[channel=mail][delivered=false]"], 1)
        self.assertEqual(series["budget_messages_given_up_total[channel=slack]"], 1)

    def test_deliveries_are_counted_by_state_and_open_alerts_by_kind(self) -> None:
        self.spend("60.00")
        states: tuple[dict[str, object], ...] = (
            {},
            {"observed": "ACTIVE", "observed_generation": 1},
            {"drift": "late", "drift_since": NOON},
            {"drift": "changed", "drift_since": NOON, "contested_at": NOON},
        )
        for number, state in enumerate(states):
            campaign = self.make_campaign(f"C{number}")
            Campaign.objects.filter(pk=campaign.pk).update(
                platform="google", external_id=str(number), delivery_enabled=True
            )
            Delivery.objects.create(campaign=campaign, **state)
        Account.objects.create(brand=self.brand, platform="google", external_id="1", state="stopped")

        series = self.series()

        for name in ("settled", "waiting", "drifted", "contested"):
            self.assertEqual(series[f"budget_deliveries[state={name}]"], 1, name)
        self.assertEqual(series["budget_accounts_stopped"], 1)
        self.assertEqual(series["budget_alerts_open[kind=budget.threshold]"], 1)

    def test_entries_and_changes_of_status_are_counted_from_midnight_utc(self) -> None:
        self.spend("1.00")
        self.spend("99.00")  # the brand's day is used up
        Spend.objects.filter(amount=1).update(id=uuid_of(NOON - timedelta(hours=12, milliseconds=1)))

        series = self.series()

        self.assertEqual(series["budget_spends_booked_total"], 1)
        self.assertEqual(series["budget_status_changes_total[reason=DAILY_BUDGET_EXCEEDED][status=PAUSED]"], 1)
        with time_machine.travel(NOON + timedelta(days=1), tick=False):
            self.assertNotIn("budget_status_changes_total[reason=DAILY_BUDGET_EXCEEDED][status=PAUSED]", self.series())

    def test_an_entry_that_is_gone_stays_counted_for_a_counter_that_falls_is_taken_for_a_restart(self) -> None:
        for amount in ("1.00", "2.00"):
            remove_spend(spend_id=self.spend(amount).pk, now=NOON, by=Actor.api())
        self.spend("3.00")

        self.assertEqual(self.series()["budget_spends_booked_total"], 3)

    def test_a_database_that_goes_while_it_is_asked_is_a_scrape_without_its_figures(self) -> None:
        gone = patch.object(Heartbeat.objects, "filter", side_effect=OperationalError("gone"))
        with gone, self.assertLogs("budget_system.web.database_errors", "ERROR"):
            series = self.series()

        self.assertEqual(series["budget_up[part=broker]"], 0)
        self.assertNotIn("budget_spends_booked_total", series)

    def test_ticks_have_an_age_and_a_duration(self) -> None:
        record_heartbeat("daily_reset_task", at=NOON - timedelta(seconds=90), seconds=0.25)
        record_heartbeat("standstill of beat", at=NOON)

        series = self.series()

        self.assertEqual(series["budget_tick_age_seconds[task=daily_reset_task]"], 90)
        self.assertEqual(series["budget_tick_duration_seconds[task=daily_reset_task]"], 0.25)
        self.assertFalse([name for name in series if "standstill" in name])

    def test_what_no_tick_has_decided_yet_is_told_with_how_long_it_waits(self) -> None:
        self.assertEqual(self.series()["budget_campaigns_due"], 0)
        Campaign.objects.update(next_transition_at=NOON - timedelta(minutes=5))

        series = self.series()

        self.assertEqual((series["budget_campaigns_due"], series["budget_campaigns_due_seconds"]), (1, 300))

    def test_what_is_dead_is_told_and_its_figures_are_left_out(self) -> None:
        series = self.series()
        self.assertEqual((series["budget_up[part=broker]"], series["budget_up[part=worker]"]), (0, 1))
        self.assertNotIn("budget_queue_length[queue=celery]", series)

        self.parts["database"] = PartHealth(DEAD)
        with self.assertNumQueries(0):
            series = self.series()
        self.assertEqual(series["budget_up[part=database]"], 0)
        self.assertNotIn("budget_spends_booked_total", series)

    def test_requests_are_timed_by_view_and_whatever_a_caller_makes_up_is_one(self) -> None:
        def requests(series: dict[str, float], labels: str) -> float:
            return series.get(f"budget_request_seconds_count{labels}", 0)

        labels = ("[method=GET][status=2xx][view=brand-list]", "[method=other][status=4xx][view=other]")
        before = self.series()
        with override_settings(API_AUTH="open"):
            Client().get("/api/brands/", headers={"Host": "localhost"})
        for path in ("/nothing/1", "/nothing/2"):
            Client().generic("BREW", path, headers={"Host": "localhost"})
        after = self.series()

        self.assertEqual([requests(after, one) - requests(before, one) for one in labels], [1, 2])

    def test_it_takes_a_constant_few_queries(self) -> None:
        for number in range(5):
            self.make_campaign(f"Campaign {number}", daily="1.00")
        with self.assertNumQueries(14):
            self.series()


def uuid_of(at: datetime) -> UUID:
    return UUID(int=first_uuid7(at).int | 12345)


@override_settings(API_AUTH="closed", DEBUG=False, ALLOWED_HOSTS=["budget.example"])
class AccessTests(Agency, TestCase):
    def status(self, **headers: str) -> int:
        with patch.object(CACHED_HEALTH, "answer", return_value=WITHOUT_BROKER):
            client = Client(REMOTE_ADDR="203.0.113.9" if headers else "127.0.0.1")
            return client.get("/metrics", headers=headers or {"Host": "localhost"}).status_code

    def test_programs_on_the_machine_itself_and_administrators_are_answered_and_nobody_else(self) -> None:
        tokens = {
            user.username: issue_token(user=user, expires_at=None, now=timezone.now(), by=Actor.command("test")).text
            for user in (User.objects.create_superuser("root"), User.objects.create_user("vera", is_staff=True))
        }
        self.assertEqual(self.status(), 200)
        for token, status in ((tokens["root"], 200), (tokens["vera"], 403), ("0" * 64, 403)):
            self.assertEqual(self.status(Host="budget.example", Authorization=f"Token {token}"), status)
        self.assertEqual(self.status(Host="budget.example"), 403)

    def test_it_is_read_only_and_kept_by_nobody(self) -> None:
        self.assertEqual(Client().post("/metrics", headers={"Host": "localhost"}).status_code, 405)
        with patch.object(CACHED_HEALTH, "answer", return_value=WITHOUT_BROKER):
            answer = Client().get("/metrics", headers={"Host": "localhost"})
        self.assertIn("no-store", answer["Cache-Control"])


@tag("processes")
class RunningTests(SimpleTestCase):
    def test_each_worker_of_the_web_process_tells_of_all_and_the_queue_is_that_of_the_broker(self) -> None:
        with running_stack(API_AUTH="open") as stack:
            stack.start("web")
            api = Api(stack.port)
            self.assertTrue(wait_until(lambda: answers(api), within=60), stack.logs())
            for _ in range(30):
                api.rows("/api/brands/")
            stack.manage("shell", "--no-imports", "-c", QUEUE_TWO)

            told = [read(str(api.ask("GET", "/metrics").body)) for _ in range(10)]

        counted = {one["budget_request_seconds_count[method=GET][status=2xx][view=brand-list]"] for one in told}
        self.assertEqual(counted, {30})
        self.assertEqual({one["budget_queue_length[queue=celery]"] for one in told}, {2})


QUEUE_TWO = "from tasks.budget_tasks import daily_reset_task as task; task.delay(); task.delay()"


def answers(api: Api) -> bool:
    try:
        return api.ask("GET", "/health/?only=web").status == 200
    except OSError:
        return False
