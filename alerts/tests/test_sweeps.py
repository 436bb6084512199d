"""What the sweeps find: each alert opens once, and ends once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from django.contrib.auth.models import User
from django.db import connection
from django.test import TestCase, tag
from django.test.utils import CaptureQueriesContext

from alerts.models import Alert, AlertKind
from alerts.services.muting import mute_alert
from alerts.sweeps import sweep_alerts
from alerts.sweeps.projections import sweep_projections
from alerts.sweeps.reports import sweep_reports
from alerts.sweeps.silence import sweep_silence
from alerts.sweeps.turns import every_brand
from brands.services import change_brand, hold_brand, remove_brand
from campaigns.models import Campaign
from campaigns.services import activate_campaign, change_campaign, pause_campaign, remove_campaign
from delivery.models import Message
from spending.enforcement.sweeps import begin_days, enforce_dayparting
from spending.models import DriftFound, Import, JobKind, JobState, ReportJob
from spending.recording.services import record
from tests.support import ALICE, Agency

HOUR: Final = timedelta(hours=1)


class SweepTestCase(Agency, TestCase):
    kind: AlertKind
    sweep: Callable[..., int]
    of_brands = True

    def open(self) -> list[Alert]:
        return list(Alert.objects.open().filter(kind=self.kind).order_by("key"))

    def number(self) -> tuple[int, int]:
        """Return how many are open, and how many were ever written."""
        return len(self.open()), Alert.objects.filter(kind=self.kind).count()

    def told(self) -> int:
        batches = {str(alert.batch) for alert in Alert.objects.filter(kind=self.kind)}
        return sum(message.body["batch"] in batches for message in Message.objects.filter(channel="alerts"))

    def at(self, now: datetime) -> None:
        """Set the clock later: days begin, windows turn."""
        self.now = now
        begin_days(now=now, by=ALICE)
        enforce_dayparting(now=now, by=ALICE)

    def look(self) -> int:
        sweep = type(self).sweep
        return sweep(every_brand(), now=self.now) if self.of_brands else sweep(now=self.now)

    def daily(self, amount: str, first: datetime, days: int, campaign: Campaign | None = None) -> None:
        """Book an amount on each of some days, at the hour of the first."""
        for number in range(days):
            self.now = first + timedelta(days=number)
            begin_days(now=self.now, by=ALICE)
            record(campaign_id=(campaign or self.campaign).pk, amount=Decimal(amount), now=self.now, by=ALICE)


@tag("both_databases")
class SilenceTests(SweepTestCase):
    kind = AlertKind.SILENT
    sweep = staticmethod(sweep_silence)

    def setUp(self) -> None:
        super().setUp()
        self.daily("5.00", datetime(2026, 3, 12, 12, tzinfo=UTC), 5)  # to Monday, 16 March
        self.last = self.now

    def test_opens_once_after_26_hours_and_ends_with_the_next_spend(self) -> None:
        self.at(self.last + 26 * HOUR - timedelta(seconds=1))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))
        self.at(self.last + 26 * HOUR)
        self.assertEqual((self.look(), self.look(), self.number(), self.told()), (1, 0, (1, 1), 1))
        self.assertIn("nothing has been booked for 26 hours; its last spend is dated Mon 16 Mar", str(self.open()[0]))
        self.at(self.last + 50 * HOUR)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))

        self.spend("1.00")
        self.now += timedelta(minutes=5)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))

    def test_a_spend_of_an_old_day_is_a_sign_of_life(self) -> None:
        self.at(self.last + 25 * HOUR)
        self.spend("1.00", days=-3)
        self.now = self.last + 30 * HOUR
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_is_of_those_that_spent_on_five_days_of_seven(self) -> None:
        rare = self.make_campaign("Rare")
        self.daily("5.00", self.last, 1, rare)
        self.at(self.last + 27 * HOUR)
        self.look()
        self.assertEqual([alert.campaign_id for alert in self.open()], [self.campaign.pk])

    def test_what_has_been_silent_for_a_fortnight_has_ended(self) -> None:
        self.at(self.last + timedelta(days=15))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_what_a_person_paused_or_holds_or_archived_is_not_silent(self) -> None:
        self.at(self.last + 27 * HOUR)
        for stop in (
            lambda: pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE),
            lambda: hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE),
            lambda: remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE),
            lambda: remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE),
        ):
            with self.subTest(stop=stop):
                stop()
                self.assertEqual((self.look(), self.number()), (0, (0, 0)))
                Campaign.everything.update(archived_at=None, status="ACTIVE", blocked=0, paused_by_person=False)
                type(self.brand).everything.update(archived_at=None, is_held=False)

    def test_ends_when_a_person_stops_it_and_not_when_the_rules_do(self) -> None:
        self.at(self.last + 27 * HOUR)
        self.look()
        change_campaign(campaign_id=self.campaign.pk, values={"daily_budget": Decimal("0.00")}, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))

    def test_outside_its_windows_nothing_is_to_be_expected(self) -> None:
        self.window(9, 17, day=0)
        self.window(9, 17, day=3)
        self.at(datetime(2026, 3, 16, 16, tzinfo=UTC))
        self.spend("1.00")
        # Eight hours on each of its days: 26 hours of one that never closes are 8:40 of them, one on Monday.
        self.at(datetime(2026, 3, 19, 16, 39, tzinfo=UTC))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))
        self.at(datetime(2026, 3, 19, 16, 41, tzinfo=UTC))
        self.assertEqual((self.look(), self.number()), (1, (1, 1)))

    def test_one_that_is_muted_stays_open_and_is_told_anew_once_it_comes_back(self) -> None:
        self.at(self.last + 27 * HOUR)
        self.look()
        mute_alert(alert_id=self.open()[0].pk, now=self.now, by=ALICE)
        self.at(self.last + 50 * HOUR)
        self.assertEqual((self.look(), self.number(), self.told()), (0, (1, 1), 1))
        self.spend("1.00")
        self.at(self.now + 27 * HOUR)
        self.look()
        self.assertEqual((self.number(), self.told(), self.open()[0].muted_at), ((1, 2), 2, None))


@tag("both_databases")
class ProjectionTests(SweepTestCase):
    kind = AlertKind.WILL_EXCEED
    sweep = staticmethod(sweep_projections)

    def setUp(self) -> None:
        super().setUp()
        self.brand.created_at = self.now
        change_brand(
            brand_id=self.brand.pk,
            values={"daily_budget": None, "monthly_budget": Decimal("3100.00")},
            now=self.now,
            by=ALICE,
        )

    def april(self, day: int, hour: int = 12) -> datetime:
        return datetime(2026, 4, day, hour, tzinfo=UTC)

    def test_opens_once_both_projections_are_above_and_ends_below_97_percent(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)  # to 10 April: 1,200 of 3,100 in a third
        self.at(self.april(11, 0))
        self.assertEqual((self.look(), self.look(), self.number(), self.told()), (1, 0, (1, 1), 1))
        (alert,) = self.open()
        self.assertEqual((alert.period, str(alert.start), alert.campaign), ("M", "2026-04-01", None))
        self.assertEqual(alert.figures["projected_run_rate"], "3600.00")
        self.assertIn("“Acme” will exceed its monthly budget of 3,100.00 USD: at the rate", alert.message)

        # 3,600 / 0.97 = 3,711.34: above the budget, and not below 97 % of it
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("3711.00")}, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("3712.00")}, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("3650.00")}, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (0, (0, 1)))

    def test_is_quiet_before_the_fifth_day(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 15)  # to 3 April
        self.at(self.april(4, 0))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))
        self.daily("120.00", self.april(4), 1)
        self.at(self.april(5, 0))
        self.assertEqual((self.look(), self.number()), (1, (1, 1)))

    def test_one_projection_alone_says_nothing(self) -> None:
        self.daily("300.00", datetime(2026, 4, 1, 12, tzinfo=UTC), 3)  # a dear beginning, then little
        self.daily("5.00", self.april(4), 9)
        self.at(self.april(13, 0))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_a_campaigns_own_cap_counts_in_the_hours_in_which_it_is_open(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        change_campaign(
            campaign_id=self.campaign.pk, values={"monthly_budget": Decimal("3100.00")}, now=self.now, by=ALICE
        )
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)
        self.at(self.april(11, 0))
        self.look()
        self.assertEqual([alert.campaign_id for alert in self.open()], [self.campaign.pk])
        self.assertIn("Campaign “Spring sale” of “Acme” will exceed", str(self.open()[0]))
        # Open from the 1st to the 10th alone, it has no time left to exceed anything in.
        for day in range(7):
            self.window(0, 1, day=day)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))

    def test_what_a_person_paused_or_holds_or_archived_or_what_has_no_budget_will_exceed_nothing(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)
        self.at(self.april(11, 0))
        self.look()
        self.assertEqual(self.number(), (1, 1))
        hold_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))
        type(self.brand).everything.update(is_held=False)
        self.assertEqual((self.look(), self.number()), (1, (1, 2)))
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": None}, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (1, (0, 2)))
        change_campaign(
            campaign_id=self.campaign.pk, values={"monthly_budget": Decimal("3100.00")}, now=self.now, by=ALICE
        )
        self.assertEqual((self.look(), self.number()), (1, (1, 3)))
        pause_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (1, (0, 3)))
        activate_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.number()), (1, (1, 4)))
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 4)))

    def test_what_is_used_up_already_is_told_by_its_thresholds(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)
        change_brand(brand_id=self.brand.pk, values={"monthly_budget": Decimal("1000.00")}, now=self.now, by=ALICE)
        self.at(self.april(11, 0))
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_each_brand_has_its_turn_once_an_hour(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)
        turns = []
        for minute in range(0, 60, 5):
            self.at(self.april(11, 0) + timedelta(minutes=minute))
            turns.append(sweep_alerts(now=self.now)[AlertKind.WILL_EXCEED])
        self.assertEqual((sum(turns), self.number()), (1, (1, 1)))

    def test_ends_with_its_month(self) -> None:
        self.daily("120.00", datetime(2026, 3, 20, 12, tzinfo=UTC), 22)
        self.at(self.april(11, 0))
        self.look()
        self.at(datetime(2026, 5, 1, 0, tzinfo=UTC))
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))


@tag("both_databases")
class ReportTests(SweepTestCase):
    kind = AlertKind.IMPORT_FAILED
    sweep = staticmethod(sweep_reports)
    of_brands = False

    def job(self, kind: JobKind = JobKind.IMPORT, state: JobState = JobState.FAILED) -> ReportJob:
        return ReportJob.objects.create(
            owner=User.objects.get_or_create(username="ines")[0],
            brand=self.brand,
            kind=kind,
            state=state,
            platform="meta",
            file_name="march.csv",
            answer={"text": "No column of costs."},
            at=self.now,
            finished_at=self.now,
        )

    def report(self, **values: object) -> Import:
        columns = {"campaign_column": "c", "date_column": "d", "cost_column": "s", "unit": "units"}
        counts = {"rows": 1, "bad_lines": 0, "days": 1, "money_in": "1", "money_booked": 1, "rounding": "0"}
        named = {"brand": self.brand, "platform": "meta", "file_name": "march.csv", "sha256": "5e", "by": "x"}
        return Import.objects.create(**{"at": self.now, **named, **columns, **counts, **values})

    def test_opens_once_and_ends_when_the_report_comes_after_all(self) -> None:
        job = self.job()
        self.assertEqual((self.look(), self.look(), self.number(), self.told()), (1, 0, (1, 1), 1))
        self.assertEqual(
            str(self.open()[0]), "The import of “march.csv” (Meta Ads) of “Acme” failed: No column of costs."
        )
        job.delete()  # as every job is, a day after its end
        self.now += timedelta(days=2)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        self.report(file_name="april.csv", finished_at=self.now)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        self.report(finished_at=self.now)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))

    def test_what_is_refused_again_is_told_once_and_a_file_of_that_name_of_another_platform_does_not_end_it(
        self,
    ) -> None:
        self.job()
        self.report(platform="google", finished_at=self.now + timedelta(minutes=1))
        self.now += timedelta(minutes=5)
        self.assertEqual((self.look(), self.number()), (1, (1, 1)))
        self.job()
        self.report(platform="google", finished_at=self.now + timedelta(minutes=1))
        self.now += timedelta(minutes=5)
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        ReportJob.objects.all().delete()
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        self.report(finished_at=self.now)
        self.assertEqual((self.look(), self.number()), (1, (0, 1)))

    def test_one_from_before_platforms_were_told_ends_with_a_file_of_that_name(self) -> None:
        job = self.job()
        self.look()
        Alert.objects.update(figures={"job": str(job.pk), "file_name": "march.csv"})
        job.delete()
        self.assertEqual((self.look(), self.number()), (0, (1, 1)))
        self.now += timedelta(minutes=1)
        self.report(platform="google", finished_at=self.now)
        self.assertEqual((self.look(), self.number()), (1, (0, 1)))

    def test_is_not_opened_where_the_report_came_before_anybody_looked(self) -> None:
        self.job()
        self.report(finished_at=self.now + timedelta(minutes=1))
        self.now += timedelta(minutes=2)
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_what_was_only_looked_at_has_not_failed(self) -> None:
        for kind, state in (
            (JobKind.PLAN, JobState.FAILED),
            (JobKind.OUTLOOK, JobState.FAILED),
            (JobKind.IMPORT, JobState.WAITING),
            (JobKind.IMPORT, JobState.DONE),
        ):
            self.job(kind, state)
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))

    def test_is_forgotten_after_a_week_and_with_its_brand(self) -> None:
        self.job().delete()
        job = self.job()
        self.look()
        job.delete()
        self.now += timedelta(days=7)
        self.assertEqual((self.look(), self.number()), (1, (0, 1)))
        self.job(JobKind.UNDO)
        self.look()
        self.assertEqual(self.number(), (1, 2))
        self.spend("1.00")
        remove_brand(brand_id=self.brand.pk, now=self.now, by=ALICE)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 2)))

    def test_an_import_that_was_broken_off_is_told_until_it_is_finished(self) -> None:
        report = self.report()
        self.now += timedelta(minutes=10)
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))
        self.now += timedelta(minutes=1)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (1, 1)))
        self.assertIn("was broken off", str(self.open()[0]))
        Import.objects.filter(pk=report.pk).update(finished_at=self.now)
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))


@tag("both_databases")
class DriftTests(SweepTestCase):
    kind = AlertKind.DRIFT

    def look(self) -> int:
        return sweep_alerts(now=self.now)[AlertKind.DRIFT]

    def test_opens_while_totals_differ_and_ends_when_they_do_not(self) -> None:
        found = DriftFound.objects.create(brand=self.brand, at=self.now, totals=3, left=2, text="Acme, day: 1 not 2")
        self.assertEqual((self.look(), self.look(), self.number(), self.told()), (1, 0, (1, 1), 1))
        self.assertIn("2 totals differ from the ledger of “Acme”", str(self.open()[0]))
        found.left = 0
        found.save()
        self.assertEqual((self.look(), self.look(), self.number()), (1, 0, (0, 1)))
        found.left = 1
        found.save()
        self.look()
        found.delete()
        self.assertEqual((self.look(), self.number()), (1, (0, 2)))

    def test_what_was_mended_is_not_told(self) -> None:
        DriftFound.objects.create(brand=self.brand, at=self.now, totals=3, left=0, text="Acme, day: 1 not 2")
        self.assertEqual((self.look(), self.number()), (0, (0, 0)))


class CostTests(SweepTestCase):
    kind = AlertKind.SILENT

    def statements(self) -> int:
        with CaptureQueriesContext(connection) as queries:
            self.sweep_all()
        return len(queries)

    def sweep_all(self) -> int:
        return sweep_projections(every_brand(), now=self.now) + sweep_silence(every_brand(), now=self.now)

    def silent(self, number: int) -> None:
        """Make campaigns that have spent more than their caps have for, and have fallen silent."""
        for one in range(number):
            campaign = self.make_campaign(f"C{one} {self.now}", monthly="100.00")
            for day in range(1, 9):
                self.spend("9.00", campaign=campaign, days=-day)
        self.at(self.now + timedelta(hours=27))

    def test_a_sweep_asks_as_often_of_many_as_of_few_and_writes_nothing_where_nothing_changed(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        self.silent(1)
        self.assertGreater(self.sweep_all(), 1)
        few = self.statements()
        self.silent(6)
        self.assertGreater(self.sweep_all(), 6)

        with CaptureQueriesContext(connection) as queries:
            self.assertEqual(self.sweep_all(), 0)

        self.assertLessEqual(len(queries), few)
        changed = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "DELETE"))]
        self.assertEqual(changed, [])
