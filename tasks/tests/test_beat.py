"""Beat is patient: it waits for its database and its broker, and ends for neither."""

from unittest.mock import MagicMock, patch

from celery.beat import SchedulingError
from django.db import InterfaceError, OperationalError
from django.test import SimpleTestCase
from django_celery_beat.schedulers import DatabaseScheduler
from kombu.exceptions import OperationalError as BrokerFault

from tasks.beat import RETRY_SECONDS, Scheduler


def refused(by: Exception) -> SchedulingError:
    """Return what Celery makes of a tick that could not be sent."""
    error = SchedulingError("Couldn't apply scheduled task")
    error.__context__ = by
    return error


class BeatTests(SimpleTestCase):
    def setUp(self) -> None:
        # Not by its own beginning, which reads the rows.
        self.scheduler: Scheduler = Scheduler.__new__(Scheduler)
        sleeping = patch("tasks.beat.time.sleep")
        self.sleep = sleeping.start()
        self.addCleanup(sleeping.stop)

    def test_it_waits_for_its_database_before_it_begins(self) -> None:
        lost = [OperationalError("gone"), InterfaceError("closed"), None]
        with patch.object(DatabaseScheduler, "setup_schedule", side_effect=lost), self.assertLogs("tasks.beat") as logs:
            self.scheduler.setup_schedule()

        self.assertEqual((len(logs.output), self.sleep.call_count), (2, 2))
        self.assertTrue(self.scheduler._initial_read)

    def test_a_database_that_goes_away_does_not_end_it(self) -> None:
        with patch.object(DatabaseScheduler, "tick", side_effect=[OperationalError("gone"), 0.5]):
            with self.assertLogs("tasks.beat"):
                self.assertEqual(self.scheduler.tick(), RETRY_SECONDS)
            self.assertEqual(self.scheduler.tick(), 0.5)

    def test_a_tick_that_finds_no_broker_is_sent_when_there_is_one(self) -> None:
        entry = MagicMock()
        answers = [refused(BrokerFault("refused")), refused(ConnectionResetError()), "sent"]
        with patch.object(DatabaseScheduler, "apply_async", side_effect=answers), self.assertLogs("tasks.beat"):
            self.assertEqual(self.scheduler.apply_async(entry), "sent")

        self.assertEqual(self.sleep.call_count, 2)

    def test_a_tick_that_can_never_be_sent_does_not_keep_the_others(self) -> None:
        with (
            patch.object(DatabaseScheduler, "apply_async", side_effect=refused(ValueError("no such argument"))),
            self.assertRaises(SchedulingError),
        ):
            self.scheduler.apply_async(MagicMock())
