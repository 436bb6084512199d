"""A report goes into the ledger: found, summed, rounded once, replaced, voided, and listed where it is bad."""

import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import time_machine
from django.core.management import CommandError, call_command
from django.test import Client, tag
from django.utils import timezone

from alerts.models import Alert
from alerts.sweeps.reports import sweep_reports
from brands.models import Change
from campaigns.models import Campaign, PauseReason
from campaigns.services import change_campaign, remove_campaign
from spending.enforcement.audit import check_totals
from spending.imports.plan.other_entries import entry_id
from spending.models import Import, ImportedDay, ReportJob, Spend
from tests.support import ALICE, AgencyTestCase

TODAY = "2026-03-11"


class ImportTestCase(AgencyTestCase):
    """Campaign 11 of Acme on Google Ads, and a folder for files."""

    now = datetime(2026, 3, 11, 12, tzinfo=UTC)
    platform = "google"

    def setUp(self) -> None:
        traveller = time_machine.travel(self.now, tick=False)
        traveller.start()
        self.addCleanup(traveller.stop)
        super().setUp()
        self.known("11", self.campaign)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def known(self, external_id: str, campaign: Campaign) -> None:
        change_campaign(
            campaign_id=campaign.pk,
            values={"platform": self.platform, "external_id": external_id},
            now=self.now,
            by=ALICE,
        )

    def file(self, text: str | bytes, name: str = "report.csv") -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def rows(self, *rows: str, header: str = "campaign_id,date,cost_micros") -> str:
        return "\n".join([header, *rows]) + "\n"

    def load(self, text: str | bytes, *options: str, platform: str = "google") -> str:
        out = StringIO()
        path = self.file(text)
        call_command("import_spends", str(path), "--brand", "Acme", "--platform", platform, *options, stdout=out)
        return out.getvalue()

    def refused(self, text: str | bytes, *options: str, platform: str = "google") -> str:
        with self.assertRaises(CommandError) as caught:
            self.load(text, *options, platform=platform)
        message = str(caught.exception)
        self.assertNotIn("\n", message)
        return message

    def ledger(self) -> list[tuple[str, str, str]]:
        rows = Spend.objects.order_by("spend_date", "campaign__name_key", "external_id")
        return [(str(row.spend_date), str(row.amount), row.external_id) for row in rows]

    def last(self) -> Import:
        return Import.objects.get(pk=max(Import.objects.values_list("pk", flat=True)))

    def assertClean(self) -> None:  # noqa: N802  # unittest's way
        drifts, _ = check_totals(now=self.now, by=ALICE)
        self.assertEqual([str(drift) for drift in drifts], [])


@tag("both_databases")
class BookingTests(ImportTestCase):
    def test_rows_of_a_day_are_added_exactly_and_rounded_once(self) -> None:
        out = self.load(self.rows("11,2026-03-11,4000", "11,2026-03-11T09:00:00,3999.5", "11,2026-03-10,1.5E6"))

        self.assertEqual(
            self.ledger(),
            [("2026-03-10", "1.50", "report:google:2026-03-10"), (TODAY, "0.01", entry_id("google", TODAY))],
        )
        self.assertIn("money in 1.5079995 = money booked 1.51 + rounding -0.0020005", out)
        report = self.last()
        self.assertEqual((report.rows, report.days, report.created, report.money_booked), (3, 2, 2, Decimal("1.51")))
        self.assertEqual(Decimal(report.money_in), report.money_booked + Decimal(report.rounding))
        self.assertEqual(set(Spend.objects.values_list("imported_by", flat=True)), {report.pk})
        self.assertClean()

    def test_a_later_report_replaces_voids_and_creates_nothing_for_nothing(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000", "11,2026-03-11,100000000"))
        self.assertPaused(PauseReason.DAILY_BUDGET_EXCEEDED)
        entry = Spend.objects.get(spend_date=TODAY)
        out = self.load(self.rows("11,2026-03-10,20000000", "11,2026-03-11,99990000", "11,2026-03-09,0"))
        self.assertIn("0 new, 1 restated, 0 voided, 2 unchanged", out)
        self.assertRuns()
        entry.refresh_from_db()
        self.assertEqual((entry.amount, entry.imported_by), (Decimal("99.99"), self.last()))
        self.load(self.rows("11,2026-03-11,0.004"), "--force")
        self.assertEqual(self.ledger(), [("2026-03-10", "20.00", "report:google:2026-03-10")])
        self.assertEqual(Change.objects.filter(kind="spend").count(), 2)
        self.assertClean()

    def test_the_same_file_again_changes_nothing(self) -> None:
        text = self.rows("11,2026-03-10,20000000", "11,2026-03-11,30000000")
        self.load(text)
        before = list(Spend.objects.values())
        self.load(text)

        self.assertEqual(list(Spend.objects.values()), before)
        self.assertEqual((self.last().unchanged, ImportedDay.objects.count()), (2, 2))

    def test_an_unknown_campaign_is_a_bad_line_or_is_created(self) -> None:
        header = "campaign_id,campaign_name,date,cost_micros"
        text = self.rows(
            "12,Spring sale,2026-03-11,1000000", "13,,2026-03-11,2000000", "14,No,2026-03-11,0", header=header
        )
        refusal = self.refused(text)
        self.assertIn("None of its lines can be booked", refusal)
        self.assertIn("where they name campaigns that are not known yet, --create-campaigns creates them", refusal)
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())
        out = self.load(self.rows("12,2026-03-11,1000000", "11,2026-03-11,1000000"), "--dry-run")
        self.assertIn("bad line 2: “12”: “Acme” has no campaign with this id on Google Ads", out)

        self.load(text, "--create-campaigns")
        names = set(Campaign.objects.values_list("name", flat=True))
        self.assertEqual(names, {"Spring sale", "Spring sale (12)", "Google Ads 13"})
        self.assertEqual((Spend.objects.count(), self.last().campaigns_created), (2, 2))
        self.assertClean()

    def test_an_archived_campaign_takes_corrections_and_nothing_new_nor_a_twin(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        remove_campaign(campaign_id=self.campaign.pk, now=self.now, by=ALICE)
        out = self.load(self.rows("11,2026-03-10,21000000", "11,2026-03-11,5000000"), "--create-campaigns")

        self.assertIn("bad line 3: “11”: “Spring sale” is archived", out)
        self.assertEqual(self.ledger(), [("2026-03-10", "21.00", "report:google:2026-03-10")])
        self.assertFalse(Campaign.objects.exists())
        self.assertClean()

    def test_bad_lines_are_listed_and_good_ones_booked_or_with_strict_nothing(self) -> None:
        far = (self.now + timedelta(days=2)).date()
        text = self.rows(
            "11,2026-03-11,USD,5.00",
            "11,2026-03-10,EUR,5.00",
            "11,2026-02-30,USD,5.00",
            f"11,{far},USD,5.00",
            "11,1999-12-31,USD,5.00",
            "11,2026-03-09,USD,-5.00",
            "11,2026-03-08,USD,abc",
            "11,2026-03-07,USD",
            "1.1E+10,2026-03-07,USD,1",
            "11,2026-03-06,USD,1.2.3",
            header="campaign_id,date,currency,cost",
        )
        self.assertIn("9 lines are bad, and with --strict nothing is booked", self.refused(text, "--strict"))
        self.assertIn("1 line is bad", self.refused(self.rows("99,2026-03-11,1"), "--strict"))
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())

        out = self.load(text)
        self.assertEqual(self.ledger(), [(TODAY, "5.00", entry_id("google", TODAY))])
        for number, reason in (
            (3, "“EUR”: the currency is not USD"),
            (4, "“2026-02-30”: there is no such date"),
            (5, f"“{far}”: the date is in the future"),
            (6, "“1999-12-31”: the date is too early"),
            (7, "“-5.00”: the day 2026-03-09 of this campaign comes to less than nothing"),
            (8, "“abc”: this is no cost"),
            (9, "“11”: the line has 3 cells, the header has 4"),
            (10, "“1.1E+10”: a spreadsheet has shortened this id"),
            (11, "“1.2.3”: this is no cost"),
        ):
            self.assertIn(f"bad line {number}: {reason}", out)
        self.assertEqual((self.last().bad_lines, len(self.last().first_bad_lines)), (9, 9))

    def test_it_counts_as_people_do(self) -> None:
        one = self.load("Campaign ID,Day,Cost (USD)\n11,2026-03-09,5\nTotal,,5\n", "--unit", "units")
        self.assertIn("report.csv: 1 line, 0 bad, 1 campaign-day (", one)
        self.assertIn("left out, as they only add up others or are notes: 1\n", one)

        two = self.load(self.rows("11,2026-03-10,5000000", "11,2026-03-11,5000000"))
        self.assertIn("report.csv: 2 lines, 0 bad, 2 campaign-days (", two)

    def test_a_line_that_covers_several_days_is_bad(self) -> None:
        change_campaign(campaign_id=self.campaign.pk, values={"platform": "meta"}, now=self.now, by=ALICE)
        out = self.load(
            "campaign_id,date_start,date_stop,spend\n11,2026-03-01,2026-03-10,300.00\n11,2026-03-11,2026-03-11,5.00\n",
            platform="meta",
        )
        self.assertIn("bad line 2: “2026-03-10”: the line covers several days", out)
        self.assertEqual([row[:2] for row in self.ledger()], [(TODAY, "5.00")])

    def test_a_line_that_ends_at_midnight_ends_with_the_day_before(self) -> None:
        change_campaign(campaign_id=self.campaign.pk, values={"platform": "snapchat"}, now=self.now, by=ALICE)
        out = self.load(
            "campaign_id,start_time,end_time,amount_spent\n"
            "11,2026-03-11T00:00:00.000-05:00,2026-03-12T00:00:00.000-05:00,5.00\n"
            "11,2026-03-10T00:00:00,2026-03-10T00:00:00,2.00\n"
            "11,2026-03-01T00:00:00,2026-03-11T00:00:00,300.00\n"
            "11,2026-03-09T00:00:00,2026-03-10T10:00:00,70.00\n",
            platform="snapchat",
        )
        self.assertIn("bad line 4: “2026-03-11T00:00:00”: the line covers several days", out)
        self.assertIn("bad line 5: “2026-03-10T10:00:00”: the line covers several days", out)
        self.assertEqual([row[1] for row in self.ledger()], ["2.00", "5.00"])

    def test_a_report_as_amazons_console_writes_it_goes_in(self) -> None:
        self.platform = "amazon"
        self.known("123", self.campaign)
        text = self.rows(
            '"Mar 10, 2026",Autumn,"=""123""",$16.12',
            '"Mar 10, 2026",Autumn,"=""123""","$1,000.005"',
            '"Mar 09, 2026",Autumn,"=""123""",€1.00',
            header="Date,Campaign Name,Campaign ID,Spend",
        )
        out = self.load(text, "--force", platform="amazon")
        self.assertIn("bad line 4: “€1.00”: the currency is not USD", out)
        self.assertEqual(self.ledger(), [("2026-03-10", "1016.13", entry_id("amazon", "2026-03-10"))])
        text = self.rows("123,2026-03-10,$16120000", header="campaign_id,date,spend")
        self.assertIn(
            "“$16120000”: this is no cost", self.load(text, "--unit", "micros", "--dry-run", platform="amazon")
        )

    def test_the_currency_of_a_columns_name_is_refused_with_a_way_out(self) -> None:
        with self.assertRaisesMessage(
            CommandError, "is in EUR; “Acme” spends USD; name the column with the cost in USD"
        ):
            self.load("campaign_id,date,amount spent (EUR)\n11,2026-03-11,5.00\n", platform="meta")

    def test_a_dry_run_writes_nothing(self) -> None:
        out = self.load(self.rows("11,2026-03-11,5000000"), "--dry-run")

        self.assertIn("1 new", out)
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())


@tag("both_databases")
class StoppingTests(ImportTestCase):
    def test_a_unit_that_nothing_tells_is_asked_for_with_three_cells_in_both_readings(self) -> None:
        text = self.rows("11,2026-03-11,1500000", "11,2026-03-10,2", "11,2026-03-09,3", header="campaign_id,date,spend")
        message = self.refused(text)
        self.assertIn("--unit units or --unit micros", message)
        self.assertIn("1500000 is 1500000 as units, 1.500000 as micros; 2 is 2", message)
        self.load(text, "--unit", "micros")
        self.assertEqual(self.ledger()[-1][1], "1.50")

    def test_micros_read_as_units_stop_before_anything_is_written(self) -> None:
        text = self.rows("11,2026-03-11,1500000", header="campaign_id,date,spend")
        self.assertIn("above 3 × the tightest daily budget", self.refused(text, "--unit", "units"))
        self.assertIn("says micros", self.refused(text.replace("spend", "cost_micros"), "--unit", "units"))
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())
        self.load(text, "--unit", "units", "--force")
        self.assertEqual(self.ledger()[0][1], "1500000.00")

    def test_lowering_by_more_than_half_stops(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000", "11,2026-03-11,20000000"))
        self.load(self.rows("11,2026-03-10,10000000", "11,2026-03-11,10000000"))
        message = self.refused(self.rows("11,2026-03-10,9990000", "11,2026-03-11,-0"))
        self.assertIn("It would lower the days it speaks of from 20.00 to 9.99.", message)
        self.assertEqual(len(self.ledger()), 2)


class ListTests(ImportTestCase):
    def test_imports_are_listed_and_read_only(self) -> None:
        self.load(self.rows("11,2026-03-10,20000000"))
        report = self.last()
        listed = Client().get("/api/imports/?platform=google").json()
        self.assertEqual([row["id"] for row in listed], [str(report.pk)])
        one = Client().get(f"/api/imports/{report.pk}/").json()
        self.assertEqual((one["money_in"], one["money_booked"], one["created"]), ("20.000000", "20.00", 1))
        self.assertEqual(Client().delete(f"/api/imports/{report.pk}/").status_code, 405)
        self.assertEqual(Client().post("/api/imports/", "{}", content_type="application/json").status_code, 405)


class FolderTestCase(ImportTestCase):
    def put(self, place: str, text: str) -> None:
        path = self.folder / "inbox" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def imported(self) -> str:
        out = StringIO()
        call_command("import_spends", "--folder", str(self.folder / "inbox"), stdout=out)
        return out.getvalue()


class FolderTests(FolderTestCase):
    def test_reports_are_moved_with_what_was_said_of_them(self) -> None:
        inbox = self.folder / "inbox"
        for place, text in (
            ("Acme/google/good.csv", self.rows("11,2026-03-10,20000000")),
            ("Acme/google.micros/said.csv", self.rows("11,2026-03-09,20000000", header="campaign_id,date,spend")),
            ("Acme/google/broken.csv", "nothing"),
            ("Acme/gogle/a.csv", "nothing"),
            ("Nobody/google/b.csv", "nothing"),
        ):
            path = inbox / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        with self.assertRaisesRegex(CommandError, "3 of the reports failed"):
            call_command("import_spends", "--folder", str(inbox), stdout=StringIO())

        moved = sorted(
            str(path.relative_to(inbox)) for path in inbox.rglob("*.*") if path.suffix in (".csv", ".report")
        )
        self.assertEqual(
            [name for name in moved if name.endswith(".csv")],
            [
                "done/Acme/google.micros/said.csv",
                "done/Acme/google/good.csv",
                "failed/Acme/gogle/a.csv",
                "failed/Acme/google/broken.csv",
                "failed/Nobody/google/b.csv",
            ],
        )
        self.assertIn("1 new", (inbox / "done/Acme/google/good.csv.report").read_text())
        self.assertIn("no table", (inbox / "failed/Acme/google/broken.csv.report").read_text())
        self.assertEqual(len(self.ledger()), 2)
        call_command("import_spends", "--folder", str(inbox), stdout=StringIO())

    def test_a_report_that_lies_in_no_place_for_one_or_is_no_text_fails_and_is_told_where_to_put_it(self) -> None:
        good = self.rows("11,2026-03-10,20000000")
        for place in ("loose.csv", "Acme/loose.csv", "Acme/google/old/deep.csv"):
            self.put(place, good)
        self.put("Acme/google/book.xlsx", "PK\x03\x04")
        self.put("Acme/google/.hidden/half.csv", good)
        self.put("Acme/google/half.part", good)
        with self.assertRaisesRegex(CommandError, "4 of the reports failed"):
            self.imported()

        inbox = self.folder / "inbox"
        for place in ("loose.csv", "Acme/loose.csv", "Acme/google/old/deep.csv"):
            message = (inbox / "failed" / f"{place}.report").read_text()
            self.assertEqual(message, f"The report lies at “{place}”; put it into <brand>/<platform>/.\n")
        self.assertIn("a zip archive", (inbox / "failed/Acme/google/book.xlsx.report").read_text())
        self.assertTrue((inbox / "Acme/google/.hidden/half.csv").exists())
        self.assertTrue((inbox / "Acme/google/half.part").exists())
        self.assertFalse(Spend.objects.exists())

    def test_a_report_of_which_no_line_can_be_booked_fails(self) -> None:
        self.put("Acme/google/anothers.csv", self.rows("12,2026-03-10,20000000", "13,2026-03-10,20000000"))
        with self.assertRaisesRegex(CommandError, "1 of the reports failed"):
            self.imported()

        message = (self.folder / "inbox/failed/Acme/google/anothers.csv.report").read_text()
        self.assertIn("bad line 3", message)
        self.assertRegex(message, r"None of its lines can be booked, and nothing was written; .* --create-campaigns")
        self.assertFalse(Import.objects.exists())

    def test_of_a_report_that_went_in_the_lines_that_did_not_are_told(self) -> None:
        self.put("Acme/google/some.csv", self.rows("11,2026-03-10,20000000", "12,2026-03-10,20000000"))

        output = self.imported()

        self.assertIn(
            f"look: 1 line of Acme/google/some.csv not booked; see beside it in {self.folder / 'inbox/done'}\n", output
        )
        self.assertIn("INFO Folder import completed: {'done': 1, 'failed': 0}", output)

    def test_a_refused_report_is_told_of_until_it_is_imported_under_that_name(self) -> None:
        for place in ("Acme/google/day.csv", "acme/meta/day.csv", "Acme/gogle/day.csv", "Acme/loose.csv"):
            self.put(place, "nothing")
        for place in ("Nobody/google/day.csv", "loose.csv"):
            self.put(place, "nothing")
        for number in (6, 1):
            with self.assertRaisesRegex(CommandError, f"{number} of the reports failed"):
                self.imported()
            self.put("Acme/google/day.csv", "nothing")  # the same again: told once
        told = {str(alert): alert for alert in self.alerts()}
        self.assertEqual((len(told), ReportJob.objects.count()), (4, 4))
        self.assertEqual({alert.brand_id for alert in told.values()}, {self.brand.pk})
        no_table, no_platform = "failed: The file holds no table", "failed: The folder “gogle” names no platform"
        for beginning in (
            f"The import of “day.csv” (Google Ads) of “Acme” {no_table}",
            f"The import of “day.csv” (Meta Ads) of “Acme” {no_table}",
            f"The import of “day.csv” of “Acme” {no_platform}",
        ):
            self.assertEqual(sum(text.startswith(beginning) for text in told), 1, told)

        self.put("Acme/google/day.csv", self.rows("11,2026-03-10,20000000"))
        with time_machine.travel(self.now + timedelta(minutes=15), tick=False):
            self.imported()

        self.assertEqual(sorted(alert.figures["platform"] for alert in self.alerts()), ["", "meta"])

    def test_a_report_that_failed_in_the_middle_is_told_of_once(self) -> None:
        self.put("Acme/google/day.csv", self.rows("11,2026-03-10,20000000"))
        with (
            patch("spending.imports.apply.batches.PlanBatch.write", side_effect=ZeroDivisionError),
            self.assertLogs("budget_system.imports", "ERROR"),
            self.assertRaises(CommandError),
        ):
            self.imported()
        Import.objects.update(at=timezone.now() - timedelta(hours=1))

        self.assertRegex(str(self.alerts()), "failed: It failed unexpectedly")
        self.assertEqual(len(self.alerts()), 1)

    def alerts(self) -> list[Alert]:
        sweep_reports(now=timezone.now())
        return list(Alert.objects.open())

    def test_a_dry_run_shows_the_plans_and_moves_nothing(self) -> None:
        path = self.folder / "inbox/Acme/google/good.csv"
        path.parent.mkdir(parents=True)
        path.write_text(self.rows("11,2026-03-10,20000000"))
        out = StringIO()
        call_command("import_spends", "--folder", str(self.folder / "inbox"), "--dry-run", stdout=out)

        self.put("Acme/google/bad.csv", "nothing")
        call_command("import_spends", "--folder", str(self.folder / "inbox"), "--dry-run", stdout=out)
        self.assertFalse(ReportJob.objects.exists())

        self.assertIn("Acme/google/good.csv\n", out.getvalue())
        self.assertIn("1 new", out.getvalue())
        self.assertTrue(path.exists())
        self.assertFalse(Spend.objects.exists() or Import.objects.exists())

    def test_what_the_places_of_the_files_say_is_not_said_again(self) -> None:
        with self.assertRaisesRegex(CommandError, "the places of the files say it"):
            call_command("import_spends", "--folder", str(self.folder), "--unit", "units", stdout=StringIO())
