"""The Celery tasks: what each does, leaves behind, and says."""

from datetime import datetime
from unittest.mock import patch

from celery import Task
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from budget_system.celery import app
from budget_system.core.actors import Actor
from campaigns.models import Campaign, PauseReason
from spending.enforcement.counts import Counts
from spending.models import Spend
from tasks import budget_tasks
from tasks.budget_tasks import (
    SweepFailed,
    daily_reset_task,
    enforce_budget_limits_task,
    enforce_dayparting_task,
    monthly_reset_task,
    track_spend_task,
)
from tasks.models import Heartbeat
from tests.support import Agency

SWEEPS = {
    "enforce_budgets": enforce_budget_limits_task,
    "enforce_dayparting": enforce_dayparting_task,
    "begin_days": daily_reset_task,
    "begin_months": monthly_reset_task,
}
LOG = "tasks.budget_tasks"


class TickTests(Agency, TestCase):
    now: datetime = property(lambda _: timezone.now())  # type: ignore[assignment]  # tasks read the clock themselves

    def test_each_notes_when_it_finished_and_how_long_it_took_also_where_nothing_is_due(self) -> None:
        for task in SWEEPS.values():
            with self.subTest(task.name):
                before = timezone.now()
                with self.assertNoLogs(LOG, "INFO"):
                    task()
                    task()

                beat = Heartbeat.objects.get(name=task.name.rpartition(".")[2])
                self.assertGreater(beat.finished_at, before)
                self.assertTrue(0 < (beat.seconds or 0) < (timezone.now() - before).total_seconds())

    def test_what_changed_something_is_told_in_one_line(self) -> None:
        Campaign.objects.update(status="PAUSED", blocked=1 << 2, pause_reason=PauseReason.DAILY_BUDGET_EXCEEDED)

        with self.assertLogs(LOG, "INFO") as logs:
            answer = enforce_budget_limits_task()

        self.assertEqual(answer, {"checked": 1, "paused_daily": 0, "paused_monthly": 0, "reactivated": 1, "errors": 0})
        self.assertEqual(logs.output, [f"INFO:{LOG}:Budget enforcement completed: {answer}"])
        self.assertRuns()

    def test_one_in_which_a_brand_failed_looks_failed_and_notes_nothing(self) -> None:
        for sweep, task in SWEEPS.items():
            with self.subTest(sweep), patch.object(budget_tasks, sweep, return_value=Counts(errors=1)):
                with self.assertRaises(SweepFailed), self.assertLogs(LOG, "INFO"):
                    task()

                self.assertFalse(Heartbeat.objects.filter(name=task.name.rpartition(".")[2]).exists())

    def test_each_acts_under_its_own_name(self) -> None:
        for sweep, task in SWEEPS.items():
            with self.subTest(sweep), patch.object(budget_tasks, sweep, return_value=Counts()) as called:
                task()

                name = task.name.rpartition(".")[2].removesuffix("_task")
                self.assertEqual(called.call_args.kwargs["by"], Actor.task(name))


class TrackSpendTests(Agency, TestCase):
    now: datetime = property(lambda _: timezone.now())  # type: ignore[assignment]  # as above

    def test_a_message_delivered_twice_books_once(self) -> None:
        for result in ("created", "unchanged"):
            answer = track_spend_task.apply(args=(str(self.campaign.pk), "12.50"), task_id="message-1").get()

            self.assertEqual(answer["result"], result)

        spend = Spend.objects.get()
        self.assertEqual((str(spend.amount), spend.external_id), ("12.50", "message-1"))

    def test_an_external_id_of_the_callers_goes_before_the_messages(self) -> None:
        for number, amount in enumerate(("12.50", "13.00")):
            track_spend_task.apply(
                args=(str(self.campaign.pk), amount), kwargs={"external_id": "row-7"}, task_id=f"message-{number}"
            ).get()

        self.assertEqual(Spend.objects.get().amount.as_tuple().digits, (1, 3, 0, 0))

    def test_called_as_a_function_each_call_books(self) -> None:
        track_spend_task(str(self.campaign.pk), "1.00")
        track_spend_task(str(self.campaign.pk), "1.00", description="again")

        self.assertEqual(Spend.objects.count(), 2)

    def test_it_pauses_what_it_uses_up(self) -> None:
        track_spend_task(str(self.campaign.pk), "100.00", spend_date=self.now.date())

        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)

    def test_what_is_no_spend_fails_and_is_not_tried_again(self) -> None:
        campaign = str(self.campaign.pk)
        for arguments in (
            (campaign, "1.005"),
            (campaign, 1.5),
            (campaign, "-1.00"),
            (campaign, "0.00"),
            ("not-an-id", "1.00"),
            ("00000000-0000-7000-8000-000000000000", "1.00"),
            (campaign, "1.00", "1999-12-31"),
            (campaign, "1.00", "20260311"),
        ):
            with self.subTest(arguments):
                result = track_spend_task.apply(args=arguments)

                self.assertIsInstance(result.result, ValidationError)
        self.assertFalse(Spend.objects.exists())

    def test_a_database_that_is_away_is_waited_for(self) -> None:
        down = OperationalError("the database is away")
        with (
            patch.object(budget_tasks, "record", side_effect=down),
            patch.object(Task, "retry", side_effect=KeyError("tried again")) as retry,
            self.assertRaises(KeyError),
        ):
            track_spend_task.apply(args=(str(self.campaign.pk), "1.00"), throw=True)

        self.assertIs(retry.call_args.kwargs["exc"], down)


class BrokerThatIsDownTests(TransactionTestCase):
    def test_sending_a_task_fails_within_seconds(self) -> None:
        before = timezone.now()

        with self.assertRaises(track_spend_task.OperationalError):
            track_spend_task.delay("00000000-0000-7000-8000-000000000000", "1.00")

        self.assertLess((timezone.now() - before).total_seconds(), 5)

    def test_what_a_broker_that_fails_could_lose_or_hang_is_settled(self) -> None:
        conf = app.conf

        self.assertTrue(conf.task_acks_late and conf.task_reject_on_worker_lost and conf.task_ignore_result)
        self.assertIsNone(conf.result_backend)
        self.assertEqual(conf.worker_prefetch_multiplier, 1)
        self.assertLess(conf.task_soft_time_limit, conf.task_time_limit)
        # A message is not given to a second worker while the first may still be at it.
        self.assertLess(conf.task_time_limit, conf.broker_transport_options["visibility_timeout"])
        self.assertGreater(conf.broker_transport_options["socket_timeout"], 1)
