"""Reports at the worker: each job is done once, whoever dies in the middle, and none is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import tag

from brands.models import Role
from brands.services import change_brand
from budget_system.core.errors import Conflict, NotFound
from spending.imports import claims, job_runs, jobs, uploads
from spending.imports.claims import JobTaken, claim
from spending.imports.jobs import cancel, enqueue_job, find_job, purge_jobs
from spending.imports.plan_summary import CHANGED
from spending.imports.undo import reversals
from spending.imports.uploads import RETENTION, drop_upload, find_upload, purge_uploads, store_upload
from spending.models import Import, JobKind, JobState, ReportJob, Spend, Upload
from spending.models.jobs import ReportJobQuerySet
from spending.tests.test_import_undo import UndoTestCase
from tests.access import Roles
from tests.support import ALICE

MINUTE = timedelta(minutes=1)
HEADER = "campaign_id,date,cost_micros"


class Killed(BaseException):
    """What ends a worker without a word."""


class JobTestCase(Roles, UndoTestCase):
    """A manager's report of ten days, in batches of two."""

    def setUp(self) -> None:
        super().setUp()
        self.days = 10
        for module in ("apply.apply", "undo.undo"):
            batch = patch(f"spending.imports.{module}.BATCH_SIZE", 2)
            batch.start()
            self.addCleanup(batch.stop)
        at_once = patch.object(claims, "PROGRESS_SECONDS", 0)
        at_once.start()
        self.addCleanup(at_once.stop)

    def text(self) -> str:
        return "\n".join([HEADER, *(f"11,2026-03-{day:02d},{day}000000" for day in range(1, self.days + 1))]) + "\n"

    def upload(self, text: str | None = None, owner: User | None = None) -> Upload:
        content = (self.text() if text is None else text).encode()
        return store_upload(content=content, file_name="march.csv", owner=owner or self.manager, now=self.now)

    def options(self, **more: str) -> dict[str, str]:
        return {"brand": str(self.brand.pk), "platform": "google", **more}

    def ask(self, kind: JobKind, upload: Upload | None = None, **more: str) -> ReportJob:
        upload = upload or self.upload()
        options = self.options(**more)
        return enqueue_job(
            kind=kind, owner=self.manager, brand_id=self.brand.pk, options=options, upload=upload, now=self.now
        )

    def agreed(self, text: str | None = None) -> ReportJob:
        """Work out a plan, and confirm it."""
        job = self.ask(JobKind.PLAN, self.upload(text))
        self.work()
        job.refresh_from_db()
        assert job.upload is not None
        return self.ask(JobKind.IMPORT, job.upload, digest=job.answer["digest"], force="on")

    def work(self, now: datetime | None = None) -> dict[str, int]:
        return job_runs.run_jobs(clock=lambda: now or self.now)

    def state_of(self, job: ReportJob) -> str:
        return ReportJob.objects.get(pk=job.pk).state

    @contextmanager
    def ended_after(self, steps: int, error: type[BaseException] = Killed) -> Iterator[None]:
        """End the worker after so many words on how far it is with the booking or the undoing."""
        progress = claims.ClaimedJob.progress

        def counted(claimed: claims.ClaimedJob, phase: str, **options: Any) -> Any:
            tell, steps_done = progress(claimed, phase, **options), []

            def told_or_ended(done: int, total: int) -> None:
                tell(done, total)
                steps_done.append(done)
                if phase != "reading" and len(steps_done) >= steps:
                    raise error

            return told_or_ended

        with patch.object(claims.ClaimedJob, "progress", counted):
            yield

    def booked(self) -> int:
        return Spend.objects.count()


@tag("both_databases")
class ImportJobTests(JobTestCase):
    def test_a_plan_is_worked_out_and_nothing_is_booked(self) -> None:
        job = self.ask(JobKind.PLAN)
        self.assertEqual(self.work(), {"done": 1, "refused": 0, "errors": 0})
        job.refresh_from_db()
        self.assertEqual((job.state, job.answer["plan"]["days"], self.booked()), (JobState.DONE, 10, 0))
        self.assertEqual(Upload.objects.count(), 1)

    def test_the_plan_that_was_agreed_to_is_carried_out_as_its_owner_once(self) -> None:
        job = self.agreed()
        for _ in range(2):
            self.work()
        job.refresh_from_db()
        report = Import.objects.get()
        self.assertEqual((job.state, job.report, report.by), (JobState.DONE, report, "user mona"))
        self.assertEqual((report.created, self.booked()), (10, 10))
        self.assertFalse(Upload.objects.exists())
        self.assertClean()

    def test_another_plan_than_was_agreed_to_is_shown_and_not_carried_out(self) -> None:
        job = self.agreed()
        self.load(self.rows("11,2026-03-01,7000000"))
        self.work()
        job.refresh_from_db()
        self.assertEqual((job.state, job.kind, job.answer["refusal"]), (JobState.DONE, JobKind.PLAN, CHANGED))
        self.assertEqual(self.booked(), 1)
        assert job.upload is not None
        self.ask(JobKind.IMPORT, job.upload, digest=job.answer["digest"], force="on")
        self.work()
        self.assertEqual(self.booked(), 10)

    def test_what_cannot_be_read_is_told_with_the_field_to_blame_and_the_file_is_kept(self) -> None:
        job = self.ask(JobKind.PLAN, self.upload("campaign_id,date,price\n11,2026-03-10,1\n"))
        self.assertEqual(self.work()["refused"], 1)
        job.refresh_from_db()
        self.assertEqual((job.state, job.answer["fields"]), (JobState.FAILED, ["cost"]))
        self.assertTrue(Upload.objects.exists())

    def test_a_worker_that_dies_at_any_step_is_followed_by_one_that_goes_on(self) -> None:
        for steps in range(1, 6):
            with self.subTest(steps), patch.object(self, "days", 10):
                Spend.objects.all().delete()
                Import.objects.all().delete()
                ReportJob.objects.all().delete()
                job = self.agreed(self.text().replace("000000", f"{steps}00000"))
                with self.ended_after(steps), self.assertRaises(Killed):
                    self.work()
                self.assertEqual((self.state_of(job), self.booked()), (JobState.RUNNING, 2 * steps))

                self.assertEqual(self.work(self.now + MINUTE)["done"], 0, "its worker may live")
                self.assertEqual(self.work(self.now + claims.LEASE)["done"], 1)
                self.assertEqual(self.state_of(job), JobState.DONE)
                report = Import.objects.get()
                self.assertEqual((report.created, report.days, self.booked()), (10, 10, 10))

    def test_a_worker_that_died_after_its_last_step_is_followed_by_one_that_does_nothing(self) -> None:
        job = self.agreed()
        with patch.object(claims.ClaimedJob, "end", side_effect=Killed), self.assertRaises(Killed):
            self.work()
        self.assertEqual((self.state_of(job), self.booked()), (JobState.RUNNING, 10))
        self.work(self.now + claims.LEASE)
        self.assertEqual((self.state_of(job), Import.objects.count(), self.booked()), (JobState.DONE, 1, 10))

    def test_a_worker_that_was_taken_for_dead_stops_when_it_wakes(self) -> None:
        job = self.agreed()
        sleeper = claim(now=self.now)
        assert sleeper is not None
        self.work(self.now + claims.LEASE)
        with self.assertRaises(JobTaken):
            sleeper.progress("booking", clock=lambda: self.now)(1, 2)
        with self.assertRaises(JobTaken):
            sleeper.end(JobState.FAILED, {}, self.now)
        with self.assertRaises(JobTaken):
            sleeper.release()
        self.assertEqual(self.state_of(job), JobState.DONE)

    def test_of_two_workers_one_gets_the_job_and_the_other_none(self) -> None:
        self.agreed()
        self.ask(JobKind.PLAN)
        self.assertIsNotNone(claim(now=self.now))
        self.assertIsNone(claim(now=self.now), "one worker is left for what must be on time")

    def test_few_lines_do_not_wait_for_many(self) -> None:
        with patch.object(uploads, "MAX_SHORT_LINES", 5):
            long = [self.ask(JobKind.PLAN) for _ in range(2)]
            first = claim(now=self.now)
            assert first is not None
            short = [self.ask(JobKind.PLAN, self.upload(self.rows("11,2026-03-01,1"))) for _ in range(2)]
        self.assertEqual(first.job, long[0])
        self.assertEqual(self.work()["done"], 2)
        self.assertEqual([self.state_of(job) for job in (*long, *short)], ["running", "waiting", "done", "done"])
        first.end(JobState.DONE, {}, self.now)
        last = self.ask(JobKind.PLAN, self.upload(self.rows("11,2026-03-01,1")))
        second = claim(now=self.now)
        assert second is not None
        self.assertEqual(second.job, last, "short ones go first")

    def test_an_undo_of_many_days_is_long(self) -> None:
        self.load(self.text(), "--force")
        for limit, long in ((9, True), (10, False)):
            with patch.object(reversals, "MAX_DAYS_AT_ONCE", limit):
                job = enqueue_job(
                    kind=JobKind.OUTLOOK,
                    owner=self.manager if long else self.grouped,
                    brand_id=self.brand.pk,
                    report=self.last(),
                    now=self.now,
                )
            self.assertEqual(job.is_long, long)

    def test_of_two_workers_that_read_the_same_row_the_first_to_write_has_it(self) -> None:
        self.agreed()
        first = ReportJobQuerySet.first
        others: list[claims.ClaimedJob | None] = []

        def read_by_both(rows: ReportJobQuerySet) -> ReportJob | None:
            row = first(rows)
            if not others:
                others.append(None)
                others[0] = claim(now=self.now)
            return row

        with patch.object(ReportJobQuerySet, "first", read_by_both):
            self.assertIsNone(claim(now=self.now))
        self.assertIsNotNone(others[0])

    def test_one_that_has_held_the_worker_for_long_waits_for_its_next_turn(self) -> None:
        job = self.agreed()
        with patch.object(job_runs, "MAX_SECONDS", -1):
            self.assertEqual(self.work()["done"], 0)
        job.refresh_from_db()
        self.assertEqual((job.state, job.attempts, self.booked()), (JobState.WAITING, 0, 2))
        self.assertFalse(cancel(job), "it has written")
        self.work()
        self.assertEqual((self.state_of(job), self.booked()), (JobState.DONE, 10))

    def test_one_that_ends_every_worker_is_given_up(self) -> None:
        job = self.agreed()
        for attempt in range(claims.MAX_ATTEMPTS):
            with patch.object(job_runs, "as_file", side_effect=Killed), self.assertRaises(Killed):
                self.work(self.now + attempt * claims.LEASE)
        self.work(self.now + claims.MAX_ATTEMPTS * claims.LEASE)
        job.refresh_from_db()
        self.assertEqual((job.state, job.answer["text"]), (JobState.FAILED, claims.GAVE_UP))

    def test_a_fault_of_ours_is_logged_and_the_next_report_goes_in(self) -> None:
        broken, good = self.agreed(), self.ask(JobKind.PLAN)
        with (
            patch.object(job_runs, "carry_out", side_effect=ZeroDivisionError),
            self.assertLogs("budget_system.reports", "ERROR") as logs,
        ):
            self.assertEqual(self.work(), {"done": 1, "refused": 0, "errors": 1})
        self.assertIn("ZeroDivisionError", logs.output[0])
        self.assertEqual((self.state_of(broken), self.state_of(good)), (JobState.FAILED, JobState.DONE))

    def test_a_database_that_goes_away_leaves_the_job_for_later(self) -> None:
        job = self.agreed()
        with patch.object(job_runs, "carry_out", side_effect=OperationalError), self.assertRaises(OperationalError):
            self.work()
        self.work(self.now + claims.LEASE)
        self.assertEqual((self.state_of(job), self.booked()), (JobState.DONE, 10))

    def test_who_has_lost_the_brand_meanwhile_books_nothing_there(self) -> None:
        for lose in (self.lose, lambda user: User.objects.filter(pk=user.pk).update(is_active=False)):
            job = self.agreed()
            lose(self.manager)
            self.assertEqual(self.work()["refused"], 1)
            self.assertEqual((self.state_of(job), self.booked()), (JobState.FAILED, 0))
            User.objects.filter(pk=self.manager.pk).update(is_active=True)
            self.join(self.manager, self.brand, Role.MANAGER)

    def test_the_queries_do_not_depend_on_what_has_been_done(self) -> None:
        with self.assertNumQueries(2):
            self.work()


@tag("both_databases")
class EnqueueTests(JobTestCase):
    def test_the_same_yes_twice_is_one_job(self) -> None:
        job = self.agreed()
        assert job.upload is not None
        self.assertEqual(self.ask(JobKind.IMPORT, job.upload, digest="x"), job)
        for refused in (lambda: self.ask(JobKind.PLAN, job.upload), lambda: drop_upload(job.upload)):
            with self.assertRaisesMessage(Conflict, "being imported already"):
                refused()

    def test_a_plan_with_other_options_takes_the_place_of_the_first(self) -> None:
        upload = self.upload()
        first = self.ask(JobKind.PLAN, upload)
        second = self.ask(JobKind.PLAN, upload, strict="on")
        self.assertEqual(list(ReportJob.objects.all()), [second])
        self.assertNotEqual(first.pk, second.pk)

    def test_one_person_has_few_jobs_waiting_and_others_are_not_kept_from_theirs(self) -> None:
        for _ in range(jobs.MAX_WAITING):
            self.ask(JobKind.PLAN)
        with self.assertRaisesMessage(Conflict, "5 of your reports wait for the worker already"):
            self.ask(JobKind.PLAN)
        upload = self.upload(owner=self.grouped)
        enqueue_job(kind=JobKind.PLAN, owner=self.grouped, brand_id=self.brand.pk, upload=upload, now=self.now)
        self.work()
        self.ask(JobKind.PLAN)

    def test_what_waits_is_neither_purged_nor_pushed_out_and_what_is_done_goes_after_a_day(self) -> None:
        waiting = self.ask(JobKind.PLAN)
        for _ in range(7):
            self.upload()
        purge_uploads(now=self.now + 9 * RETENTION)
        self.assertEqual(list(Upload.objects.all()), [waiting.upload])
        late = self.now + 9 * RETENTION
        self.work(late)
        self.assertIsNotNone(find_upload(waiting.upload_id, owner=self.manager, now=late))  # type: ignore[arg-type]
        purge_jobs(now=late + jobs.RETENTION - MINUTE)
        self.assertTrue(ReportJob.objects.exists())
        purge_jobs(now=late + jobs.RETENTION)
        purge_uploads(now=late + jobs.RETENTION)
        self.assertFalse(ReportJob.objects.exists() or Upload.objects.exists())

    def test_a_job_is_cancelled_with_its_file_until_it_writes(self) -> None:
        self.assertTrue(cancel(self.agreed()))
        self.assertFalse(Upload.objects.exists() or ReportJob.objects.exists())
        plan = self.ask(JobKind.PLAN)
        claimed = claim(now=self.now)
        assert claimed is not None
        self.assertTrue(cancel(plan))
        with self.assertRaises(JobTaken):
            claimed.end(JobState.DONE, {}, self.now)
        job = self.agreed()
        claim(now=self.now)
        self.assertFalse(cancel(job))

    def test_is_found_by_its_owner_alone_and_only_while_that_one_may_write_the_brand(self) -> None:
        job = self.ask(JobKind.PLAN)
        access = self.acting(self.manager).access
        self.assertEqual(find_job(job.pk, owner=self.manager, access=access), job)
        for person in (self.administrator, self.grouped, self.stranger, self.viewer):
            with self.assertRaises(NotFound):
                find_job(job.pk, owner=person, access=self.acting(person).access)
        self.lose(self.manager)
        with self.assertRaises(NotFound):
            find_job(job.pk, owner=self.manager, access=self.acting(self.manager).access)


@tag("both_databases")
class UndoJobTests(JobTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.load(self.text(), "--force")

    def ask_undo(self, kind: JobKind = JobKind.UNDO, owner: User | None = None) -> ReportJob:
        return enqueue_job(
            kind=kind, owner=owner or self.manager, brand_id=self.brand.pk, report=self.last(), now=self.now
        )

    def test_is_looked_at_and_undone(self) -> None:
        look = self.ask_undo(JobKind.OUTLOOK)
        self.work()
        look.refresh_from_db()
        self.assertEqual((look.answer["days"], look.answer["refusal"], self.booked()), (10, "", 10))
        job = self.ask_undo()
        self.assertEqual(self.ask_undo(), job)
        with self.assertRaisesMessage(Conflict, "being undone already"):
            self.ask_undo(owner=self.grouped)
        self.work()
        self.assertEqual((self.state_of(job), self.booked(), self.last().undone_by), (JobState.DONE, 0, "user mona"))
        self.assertClean()

    def test_a_worker_that_dies_at_any_step_is_followed_by_one_that_goes_on(self) -> None:
        for steps in (1, 3, 5):
            with self.subTest(steps):
                job = self.ask_undo()
                with self.ended_after(steps), self.assertRaises(Killed):
                    self.work()
                self.assertEqual(self.booked(), 10 - 2 * steps)
                self.work(self.now + claims.LEASE)
                self.assertEqual((self.state_of(job), self.last().state, self.booked()), (JobState.DONE, "undone", 0))
                self.load(self.text(), "--force")

    def test_a_refusal_is_told_and_changes_nothing(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"name": "Acme Ltd"}, now=self.now, by=ALICE)
        entry = Spend.objects.earliest("spend_date")
        Spend.objects.filter(pk=entry.pk).update(amount="9.99")
        for kind in (JobKind.OUTLOOK, JobKind.UNDO):
            job = self.ask_undo(kind)
            self.work()
            job.refresh_from_db()
            self.assertIn("was corrected after the import", job.answer.get("refusal") or job.answer["text"])
        self.assertEqual(self.booked(), 10)
