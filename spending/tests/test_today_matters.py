"""What needs a person today: when it appears, what it says, and when it comes back."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import tag
from django.test.utils import CaptureQueriesContext

from brands.models import Brand
from brands.services import change_brand, hold_brand
from budget_system.core.actors import FULL_ACCESS, Actor, BrandAccess
from campaigns.models import Campaign
from campaigns.services import activate_campaign, pause_campaign, remove_campaign
from scheduling.services import change_schedule
from spending.enforcement.audit import check_totals
from spending.models import BrandTotal, Import, JobKind, JobState, ReportJob, Spend
from spending.recording.services import record
from spending.reports.clocks import clocks_of
from spending.reports.today.matter import SHOWN_OF_A_KIND, Matter, MatterKind, MoreOf
from spending.reports.today.matters import Matters, read_matters
from spending.reports.today.put_away import put_away, read_put_away
from tasks.heartbeats import TICK_COMMAND, TICK_PERIODS, record_heartbeat
from tasks.models import Heartbeat
from tests.support import ALICE, AgencyTestCase

DAY = timedelta(days=1)


class MatterTestCase(AgencyTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.person = User.objects.create_user("pat")
        self.access: BrandAccess = FULL_ACCESS
        self.at = self.now
        for name in TICK_PERIODS:
            record_heartbeat(name, at=self.now)

    def read(self) -> Matters:
        clocks = clocks_of(Brand.objects.all(), now=self.at)
        return read_matters(
            clocks,
            self.access,
            self.person,
            put_away=read_put_away(self.person),
            campaigns=1,
            page=(20, 0),
            now=self.at,
        )[0]

    def of(self, kind: MatterKind) -> list[Matter]:
        return [one for one in self.read().shown if one.kind == kind]

    def put_away(self, matter: Matter) -> None:
        put_away(self.person, key=matter.key, fingerprint=matter.fingerprint, now=self.at)

    def assert_returns(self, kind: MatterKind, *changes: object) -> None:
        """Put the one line of a kind away; it is gone, and another person's page has it still."""
        (matter,) = self.of(kind)
        self.put_away(matter)
        self.assertEqual(self.of(kind), [])
        self.assertIn(matter.key, {one.key for one in self.read().put_away})
        other, self.person = self.person, User.objects.create_user(f"other {kind.value}")
        self.assertEqual(len(self.of(kind)), 1)
        self.person = other

    def assert_hidden(self, kind: MatterKind) -> None:
        """A member of no brand does not see it."""
        self.access = BrandAccess(reads=frozenset({UUID(int=1)}), writes=frozenset({UUID(int=1)}))
        self.assertEqual(self.of(kind), [])
        self.access = BrandAccess(reads=frozenset({self.brand.pk}), writes=frozenset({self.brand.pk}))
        self.assertEqual(len(self.of(kind)), 1)

    def book(self, amount: str, on: date, campaign: Campaign | None = None, now: datetime | None = None) -> Spend:
        return record(
            campaign_id=(campaign or self.campaign).pk,
            amount=Decimal(amount),
            spend_date=on,
            now=now or self.at,
            by=ALICE,
        ).spend

    def book_days(self, days: Iterable[int]) -> None:
        """Book 1.00 on each of some days before today, on the day itself."""
        for back in days:
            at = self.now - back * DAY
            spend = self.book("1.00", at.date())
            Spend.objects.filter(pk=spend.pk).update(created_at=at, updated_at=at)


@tag("both_databases")
class UsedUpTests(MatterTestCase):
    def test_says_by_how_much_and_comes_back_when_that_grows(self) -> None:
        self.spend("112.50")

        (matter,) = self.of(MatterKind.USED_UP)
        self.assertEqual((matter.owner, matter.period, matter.size), (self.brand, "day", Decimal("112.5")))
        self.assert_returns(MatterKind.USED_UP)
        self.spend("1.00")
        self.assertEqual(self.of(MatterKind.USED_UP), [], "113.50 of 100.00 is in the same step")
        self.spend("10.00")
        self.assertEqual(len(self.of(MatterKind.USED_UP)), 1)

    def test_used_up_to_the_cent_counts_and_a_cent_less_does_not(self) -> None:
        self.spend("99.99")
        self.assertEqual(self.of(MatterKind.USED_UP), [])
        self.spend("0.01")
        self.assertEqual(len(self.of(MatterKind.USED_UP)), 1)

    def test_is_for_those_who_see_the_brand(self) -> None:
        self.spend("112.50")
        self.assert_hidden(MatterKind.USED_UP)

    def test_a_months_budget_comes_first_and_hides_the_days(self) -> None:
        other = self.make_brand("Zebra")
        campaign = self.make_campaign("Stripes", other)
        self.spend("500.00", campaign)
        self.book("2000.00", self.now.date())

        self.assertEqual(
            [(one.brand, one.period) for one in self.of(MatterKind.USED_UP)], [(self.brand, "month"), (other, "day")]
        )

    def test_of_a_capped_campaign(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00")
        self.spend("15.00", capped)
        self.assertEqual([one.owner for one in self.of(MatterKind.USED_UP)], [capped])

    def test_todays_is_that_of_the_brands_clock(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"timezone": "Pacific/Auckland"}, now=self.now, by=ALICE)
        self.book("150.00", self.now.date())
        self.assertEqual(self.of(MatterKind.USED_UP), [], "in Auckland it is the next day already")
        self.book("150.00", self.now.date() + DAY)
        self.assertEqual(len(self.of(MatterKind.USED_UP)), 1)

    def test_more_than_are_shown_are_told_of_and_come_up_when_others_are_put_away(self) -> None:
        for number in range(SHOWN_OF_A_KIND + 2):
            self.spend("15.00", self.make_campaign(f"Capped {number}", daily="10.00"))

        self.assertEqual(len(self.of(MatterKind.USED_UP)), SHOWN_OF_A_KIND)
        self.assertEqual(set(self.read().more), {MoreOf(MatterKind.USED_UP, of_campaigns=True)})
        for matter in self.of(MatterKind.USED_UP):
            self.put_away(matter)
        self.assertEqual(len(self.of(MatterKind.USED_UP)), SHOWN_OF_A_KIND + 2 + 1 - SHOWN_OF_A_KIND)


@tag("both_databases")
class PaceTests(MatterTestCase):
    def test_runs_out_an_hour_early_of_a_day(self) -> None:
        self.spend("52.00")
        self.assertEqual(self.of(MatterKind.RUNS_OUT), [], "52 % at noon lasts until 23:04")
        self.spend("3.00")
        (matter,) = self.of(MatterKind.RUNS_OUT)
        self.assertEqual((matter.owner, matter.period), (self.brand, "day"))
        self.assert_returns(MatterKind.RUNS_OUT)
        self.spend("15.00")
        self.assertEqual(len(self.of(MatterKind.RUNS_OUT)), 1)

    def test_runs_out_is_for_those_who_see_the_brand_and_not_of_a_held_one(self) -> None:
        self.spend("60.00")
        self.assert_hidden(MatterKind.RUNS_OUT)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.of(MatterKind.RUNS_OUT), [])

    def test_of_a_campaign_only_the_hours_of_its_windows_count(self) -> None:
        capped = self.make_campaign("Capped", daily="20.00")
        self.window(10, 18, campaign=capped)
        self.spend("4.00", capped)
        self.assertEqual(self.of(MatterKind.RUNS_OUT), [], "a quarter of the hours, a fifth of the money")
        self.spend("4.00", capped)
        self.assertEqual([one.owner for one in self.of(MatterKind.RUNS_OUT)], [capped])

    def test_far_under_pace_of_the_month(self) -> None:
        self.book("50.00", self.now.date() - DAY)

        (matter,) = self.of(MatterKind.UNDER_PACE)
        self.assertEqual((matter.owner, matter.period), (self.brand, "month"))
        self.assert_hidden(MatterKind.UNDER_PACE)
        self.access = FULL_ACCESS
        self.assert_returns(MatterKind.UNDER_PACE)
        self.book("100.00", self.now.date() - 2 * DAY)
        self.assertEqual(len(self.of(MatterKind.UNDER_PACE)), 1)
        self.book("400.00", self.now.date() - 2 * DAY)
        self.assertEqual(self.of(MatterKind.UNDER_PACE), [])

    def test_what_people_paused_is_not_under_pace(self) -> None:
        self.assertEqual(len(self.of(MatterKind.UNDER_PACE)), 1)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.of(MatterKind.UNDER_PACE), [])
        self.make_campaign("Another")
        self.assertEqual(len(self.of(MatterKind.UNDER_PACE)), 1)
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual(self.of(MatterKind.UNDER_PACE), [])

    def test_a_budget_of_zero(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": Decimal("0.00")}, now=self.now, by=ALICE)

        (matter,) = self.of(MatterKind.NOTHING_ALLOWED)
        self.assertEqual((matter.owner, matter.size), (self.brand, Decimal(0)))
        self.assert_hidden(MatterKind.NOTHING_ALLOWED)
        self.access = FULL_ACCESS
        self.assert_returns(MatterKind.NOTHING_ALLOWED)
        self.spend("1.00")
        self.assertEqual([one.size for one in self.of(MatterKind.NOTHING_ALLOWED)], [Decimal("1.00")])
        self.assertEqual(self.of(MatterKind.USED_UP), [])


@tag("both_databases")
class QuietTests(MatterTestCase):
    def test_no_active_schedule(self) -> None:
        window = self.window(9, 18)
        change_schedule(schedule_id=window.pk, values={"is_active": False}, now=self.now, by=ALICE)

        self.assertEqual([one.owner for one in self.of(MatterKind.NO_ACTIVE_SCHEDULE)], [self.campaign])
        self.assert_hidden(MatterKind.NO_ACTIVE_SCHEDULE)
        self.assert_returns(MatterKind.NO_ACTIVE_SCHEDULE)
        change_schedule(schedule_id=window.pk, values={"is_active": True}, now=self.now + 7 * DAY, by=ALICE)
        change_schedule(schedule_id=window.pk, values={"is_active": False}, now=self.now + 8 * DAY, by=ALICE)
        self.assertEqual(len(self.of(MatterKind.NO_ACTIVE_SCHEDULE)), 1)

    def pause(self, days_ago: int) -> None:
        pause_campaign(campaign_id=self.campaign.pk, now=self.now - days_ago * DAY, by=ALICE)

    def test_a_pause_older_than_14_days_of_what_had_spent_in_the_30_days_before(self) -> None:
        self.book("5.00", self.now.date() - 40 * DAY)
        self.pause(15)

        self.assertEqual([one.owner for one in self.of(MatterKind.OLD_PAUSE)], [self.campaign])
        self.assert_hidden(MatterKind.OLD_PAUSE)
        self.assert_returns(MatterKind.OLD_PAUSE)
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(self.of(MatterKind.OLD_PAUSE), [])
        self.at = self.now + 15 * DAY
        self.assertEqual(self.of(MatterKind.OLD_PAUSE), [], "it had not spent for longer than 30 days")

    def test_a_younger_pause_and_one_without_spends_are_nobodys_matter(self) -> None:
        self.pause(20)
        self.assertEqual(self.of(MatterKind.OLD_PAUSE), [])
        self.book("5.00", self.now.date() - 21 * DAY)
        self.assertEqual(len(self.of(MatterKind.OLD_PAUSE)), 1)
        self.at = self.now - 7 * DAY
        self.assertEqual(self.of(MatterKind.OLD_PAUSE), [])

    def test_silent_for_26_hours_after_5_days_of_7(self) -> None:
        self.book_days([2, 3, 4, 6, 8])

        self.assertEqual([one.owner for one in self.of(MatterKind.SILENT)], [self.campaign])
        self.assert_hidden(MatterKind.SILENT)
        self.access = FULL_ACCESS
        self.assert_returns(MatterKind.SILENT)
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual(len([one for one in self.read().put_away if one.kind == MatterKind.SILENT]), 0)

    def test_four_days_a_booking_within_26_hours_or_a_restatement_are_not_silence(self) -> None:
        self.book_days([2, 3, 4, 6])
        self.assertEqual(self.of(MatterKind.SILENT), [])
        self.book_days([5])
        self.assertEqual(len(self.of(MatterKind.SILENT)), 1)
        Spend.objects.filter(spend_date=self.now.date() - 2 * DAY).update(updated_at=self.now - timedelta(hours=25))
        self.assertEqual(self.of(MatterKind.SILENT), [])

    def test_outside_its_windows_nothing_is_to_be_expected(self) -> None:
        self.book_days([2, 3, 4, 6, 8])
        self.assertEqual(len(self.of(MatterKind.SILENT)), 1)
        self.window(9, 17)  # three hours of it are over, of 8:40 that 26 hours of one that never closes are
        self.assertEqual(self.of(MatterKind.SILENT), [])

    def test_what_has_long_ended_is_not_silent(self) -> None:
        self.book_days([16, 17, 18, 19, 20])
        self.assertEqual(self.of(MatterKind.SILENT), [])


@tag("both_databases")
class SystemTests(MatterTestCase):
    def test_a_tick_older_than_three_periods(self) -> None:
        self.assertEqual(self.of(MatterKind.LATE_TICK), [])
        self.at = self.now + timedelta(minutes=3, seconds=1)
        (matter,) = self.of(MatterKind.LATE_TICK)
        self.assertEqual(len(matter.tasks), 3)
        self.assert_returns(MatterKind.LATE_TICK)
        self.at = self.now + timedelta(minutes=15, seconds=1)
        self.assertEqual([len(one.tasks) for one in self.of(MatterKind.LATE_TICK)], [4])

    def test_the_tick_from_cron_does_what_all_of_them_do(self) -> None:
        self.at = self.now + timedelta(minutes=16)
        record_heartbeat(TICK_COMMAND, at=self.at - timedelta(minutes=1))
        self.assertEqual(self.of(MatterKind.LATE_TICK), [])
        self.at += timedelta(minutes=15)
        self.assertEqual([len(one.tasks) for one in self.of(MatterKind.LATE_TICK)], [4])

    def test_a_tick_that_never_ran_once_the_system_is_older_than_three_periods(self) -> None:
        Heartbeat.objects.all().delete()
        migrations = MigrationRecorder(connection).migration_qs
        migrations.update(applied=self.now)
        self.assertEqual(self.of(MatterKind.LATE_TICK), [])
        self.at = self.now + timedelta(minutes=3, seconds=1)
        (matter,) = self.of(MatterKind.LATE_TICK)
        self.assertEqual((len(matter.tasks), matter.at), (3, None))
        self.at = self.now + timedelta(minutes=15, seconds=1)
        self.assertEqual([len(one.tasks) for one in self.of(MatterKind.LATE_TICK)], [4])

    def test_drift_stays_until_a_check_finds_none_and_then_for_a_week_where_it_was_repaired(self) -> None:
        self.spend("5.00")
        BrandTotal.objects.filter(brand=self.brand, period="D").update(amount=Decimal("7.00"))
        check_totals(now=self.now, by=Actor.command("check_totals"))

        (matter,) = self.of(MatterKind.DRIFT)
        assert matter.drift is not None
        self.assertEqual((matter.drift.totals, matter.drift.left), (1, 1))
        self.assert_hidden(MatterKind.DRIFT)
        self.access = FULL_ACCESS
        self.assert_returns(MatterKind.DRIFT)
        check_totals(now=self.now, by=Actor.command("check_totals"), repair=True)
        self.assertEqual([one.drift.left for one in self.of(MatterKind.DRIFT) if one.drift], [0])
        check_totals(now=self.now, by=Actor.command("check_totals"))
        self.assertEqual(len(self.of(MatterKind.DRIFT)), 1)
        self.at = self.now + 8 * DAY
        self.assertEqual(self.of(MatterKind.DRIFT), [])

    def test_drift_that_is_gone_by_itself_is_forgotten(self) -> None:
        self.spend("5.00")
        totals = BrandTotal.objects.filter(brand=self.brand, period="D")
        totals.update(amount=Decimal("7.00"))
        check_totals(now=self.now, by=Actor.command("check_totals"))
        totals.update(amount=Decimal("5.00"))
        check_totals(now=self.now, by=Actor.command("check_totals"))
        self.assertEqual(self.of(MatterKind.DRIFT), [])

    def job(self, **values: object) -> ReportJob:
        fields: dict[str, object] = {
            "owner": self.person,
            "brand": self.brand,
            "kind": JobKind.IMPORT,
            "state": JobState.FAILED,
            "file_name": "march.csv",
            "answer": {"text": "It has no column of dates.", "fields": []},
            "at": self.now,
            "finished_at": self.now,
            **values,
        }
        return ReportJob.objects.create(**fields)

    def report(self, **values: object) -> Import:
        fields: dict[str, object] = {
            "brand": self.brand,
            "platform": "meta",
            "file_name": "march.csv",
            "at": self.now,
            "rows": 1,
            "bad_lines": 0,
            "days": 1,
            "money_booked": Decimal("1.00"),
            **values,
        }
        return Import.objects.create(**fields)

    def test_a_failed_import_until_the_file_is_imported(self) -> None:
        self.job()
        self.assertEqual(len(self.of(MatterKind.FAILED_IMPORT)), 1)
        self.assert_hidden(MatterKind.FAILED_IMPORT)
        self.assert_returns(MatterKind.FAILED_IMPORT)
        self.job()
        self.assertEqual(len(self.of(MatterKind.FAILED_IMPORT)), 1, "another failure is another line")
        self.report(finished_at=self.now + timedelta(minutes=1))
        self.assertEqual(self.of(MatterKind.FAILED_IMPORT), [])

    def test_a_failed_import_is_nothing_to_who_may_not_import(self) -> None:
        self.job()
        self.access = BrandAccess(reads=frozenset({self.brand.pk}), writes=frozenset())
        self.assertEqual(self.of(MatterKind.FAILED_IMPORT), [])

    def test_an_import_that_was_broken_off(self) -> None:
        self.report()
        self.assertEqual(self.of(MatterKind.FAILED_IMPORT), [], "it may be at work")
        self.at = self.now + timedelta(minutes=11)
        self.assertEqual(len(self.of(MatterKind.FAILED_IMPORT)), 1)
        self.assert_hidden(MatterKind.FAILED_IMPORT)
        self.assert_returns(MatterKind.FAILED_IMPORT)

    def test_one_that_its_failed_job_tells_is_not_told_as_broken_off_too(self) -> None:
        self.job(report=self.report(), file_name="april.csv")
        self.at = self.now + timedelta(minutes=11)
        self.assertEqual([one.report for one in self.of(MatterKind.FAILED_IMPORT)], [None])


@tag("both_databases")
class ManyTests(MatterTestCase):
    def test_the_worst_comes_first_and_archived_rows_need_nobody(self) -> None:
        capped = self.make_campaign("Capped", daily="10.00")
        self.spend("15.00", capped)
        window = self.window(9, 18)
        change_schedule(schedule_id=window.pk, values={"is_active": False}, now=self.now, by=ALICE)
        self.assertEqual(
            [one.kind for one in self.read().shown],
            [MatterKind.USED_UP, MatterKind.NO_ACTIVE_SCHEDULE, MatterKind.UNDER_PACE],
        )
        remove_campaign(campaign_id=capped.pk, now=self.now, by=ALICE)
        self.assertNotIn(MatterKind.USED_UP, [one.kind for one in self.read().shown])

    def test_the_number_of_queries_does_not_depend_on_how_many_there_are(self) -> None:
        def add(number: int) -> None:
            brand = self.make_brand(f"Brand {number}")
            for name in ("Capped", "Other"):
                self.spend("150.00", self.make_campaign(name, brand, daily="10.00"))

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                self.read()
            return len(captured)

        add(0)
        few = queries()
        for number in range(1, 6):
            add(number)
        self.assertEqual(queries(), few)
