"""A file is read as one: its dates, its decimals, its other columns, its sums, in any language."""

from brands.services import change_brand
from campaigns.models import Campaign
from spending.imports.columns.names import is_sum, known_names, read_table
from spending.imports.platforms import PLATFORMS
from spending.models import ReportChoice, Spend
from spending.tests.test_admin_imports import ImportingTestCase
from spending.tests.test_import_basics import FolderTestCase, ImportTestCase
from tests.support import ALICE


class NotationTestCase(ImportTestCase):
    platform = "linkedin"

    def days(self, text: str, *options: str) -> list[tuple[str, str]]:
        Spend.objects.all().delete()
        self.load(text, "--force", *options, platform=self.platform)
        return [(day, amount) for day, amount, _ in self.ledger()]


class DateTests(NotationTestCase):
    header = "campaign_id,date,spend"

    def test_one_cell_shows_the_order_for_the_whole_file(self) -> None:
        for other, day in (("13/02/2026", "2026-03-02"), ("02/13/2026", "2026-02-03")):
            with self.subTest(other):
                text = self.rows("11,02/03/2026,1.00", f"11,{other},2.00", header=self.header)
                self.assertEqual(set(self.days(text)), {("2026-02-13", "2.00"), (day, "1.00")})

    def test_a_file_that_shows_no_order_or_two_is_refused_and_says_how_to_say_it(self) -> None:
        for dates in (("05/03/2026", "06/03/2026"), ("05-03-2026",)):
            text = self.rows(*(f"11,{day},1.00" for day in dates), header=self.header)
            refusal = self.refused(text, platform=self.platform)
            self.assertIn(
                f"Line 2: “{dates[0]}” could be meant either way, and no cell of the file shows which", refusal
            )
            self.assertIn("with --dates day-first or --dates month-first", refusal)
        text = self.rows("11,13/02/2026,1.00", "11,02/14/2026,1.00", header=self.header)
        refusal = self.refused(text, platform=self.platform)
        self.assertIn("The file contradicts itself: line 2 (“13/02/2026”) begins with the day and line 3", refusal)
        self.assertFalse(Spend.objects.exists())

    def test_a_persons_word_decides_and_is_kept(self) -> None:
        text = self.rows("11,03/02/2026,1.00", header=self.header)
        self.assertEqual(self.days(text, "--dates", "day-first"), [("2026-02-03", "1.00")])
        self.assertEqual(self.days(text), [("2026-02-03", "1.00")])
        self.assertEqual(self.days(text, "--dates", "month-first"), [("2026-03-02", "1.00")])
        self.assertIn("--dates", self.refused(text, "--usual", platform=self.platform))

    def test_a_day_that_is_the_same_either_way_asks_nobody(self) -> None:
        self.assertEqual(self.days(self.rows("11,03/03/2026,1.00", header=self.header)), [("2026-03-03", "1.00")])


class DecimalTests(NotationTestCase):
    header = "campaign_id;date;spend"

    def test_one_cell_shows_the_sign_for_the_whole_file(self) -> None:
        for shows, amount in (("12,50", "1234.00"), ("12.50", "1.23"), ("1.318,42", "1234.00"), ("1,318.42", "1.23")):
            with self.subTest(shows):
                text = self.rows("11;2026-03-09;1.234", f"11;2026-03-10;{shows}", header=self.header)
                self.assertEqual(self.days(text)[0], ("2026-03-09", amount))

    def test_a_file_that_shows_no_sign_or_two_is_refused_and_says_how_to_say_it(self) -> None:
        for text in (
            self.rows("11;2026-03-09;1.234", "11;2026-03-10;500", header=self.header),
            self.rows('11,2026-03-09,"1,234"', "11,2026-03-10,500", header="campaign_id,date,spend"),
        ):
            refusal = self.refused(text, platform=self.platform)
            self.assertIn("could be meant either way, and no cell of the file shows which", refusal)
            self.assertIn("with --decimal point or --decimal comma", refusal)
        for one, other in (("1.318,42", "1,318.42"), ("12,50", "12.50")):
            text = self.rows(f"11;2026-03-09;{one}", f"11;2026-03-10;{other}", header=self.header)
            self.assertIn("The file contradicts itself: line 2", self.refused(text, platform=self.platform))
        self.assertFalse(Spend.objects.exists())

    def test_a_persons_word_decides(self) -> None:
        text = self.rows("11;2026-03-09;1.234", header=self.header)
        self.assertEqual(self.days(text, "--decimal", "comma"), [("2026-03-09", "1234.00")])
        self.assertEqual(self.days(text, "--decimal", "point"), [("2026-03-09", "1.23")])

    def test_a_point_between_commas_is_the_decimal_one(self) -> None:
        self.assertEqual(
            self.days(self.rows("11,2026-03-09,1.234", header="campaign_id,date,spend")), [("2026-03-09", "1.23")]
        )


class GuardTests(NotationTestCase):
    platform = "meta"
    chosen = ("--campaign-column", "Identificador", "--date-column", "Inicio", "--cost-column", "Importe")

    def test_a_column_of_currency_codes_is_found_under_any_name(self) -> None:
        for name in ("Divisa", "Valuta konta", "x"):
            text = self.rows(
                "11,2026-03-09,1.00,EUR", "11,2026-03-10,2.00,USD", header=f"Identificador,Inicio,Importe,{name}"
            )
            with self.subTest(name):
                out = self.load(text, *self.chosen, "--force", platform=self.platform)
                self.assertIn("bad line 2: “EUR”: the currency is not USD", out)
                self.assertEqual([row[1] for row in self.ledger()], ["2.00"])

    def test_words_that_happen_to_be_codes_are_none(self) -> None:
        text = self.rows("11,2026-03-09,1.00,ALL", "11,2026-03-10,1.00,Alle", header="campaign_id,day,spend,Network")
        self.assertIn(" 0 bad", self.load(text, platform=self.platform))

    def test_a_second_date_that_differs_is_found_under_any_name(self) -> None:
        text = self.rows(
            "11,2026-03-01,1.00,2026-03-09",
            "11,2026-03-10,2.00,2026-03-10",
            header="Identificador,Inicio,Importe,Koniec",
        )
        out = self.load(text, *self.chosen, platform=self.platform)

        self.assertIn("bad line 2: “2026-03-09”: the line covers several days", out)
        self.assertEqual([row[1] for row in self.ledger()], ["2.00"])

    def test_dates_of_the_report_or_the_campaign_are_no_last_days(self) -> None:
        for header, other in (("Koniec", "2026-03-10"), ("Campaign end date", "2026-12-31"), ("Klicks", "46090")):
            with self.subTest(header):
                text = self.rows(
                    f"11,2026-03-09,1.00,{other}",
                    f"11,2026-03-10,2.00,{other}",
                    header=f"campaign_id,day,spend,{header}",
                )
                self.assertEqual([amount for _, amount in self.days(text)], ["1.00", "2.00"])


class SumTests(NotationTestCase):
    platform = "meta"
    header = "campaign_id,campaign_name,day,spend"

    def test_a_line_without_a_campaign_is_a_sum_only_where_it_adds_up(self) -> None:
        good = ("11,A,2026-03-09,1.00", "11,A,2026-03-10,2.00")
        for line in (",,,3.00", "All,All,All,3.00", ",,2026-03-09,1.00", "11,A,All,3.00", ",Summe: 2,2026-03-10,2.00"):
            with self.subTest(line):
                out = self.load(self.rows(line, *good, header=self.header), "--strict", platform=self.platform)
                self.assertIn("left out, as they only add up others or are notes: 1", out)
        for line in (",,,4.00", ",,2026-03-09,2.00", "11,A,All,1.00"):
            with self.subTest(line):
                out = self.load(self.rows(*good, line, header=self.header), platform=self.platform)
                self.assertRegex(out, "bad line 4: .* is not the sum of the others")

    def test_a_sum_holds_what_bad_lines_cost_too(self) -> None:
        text = self.rows(",,,3.50", "11,A,2026-03-09,1.00", "99,B,2026-03-09,2.50", header=self.header)
        self.assertIn(" 1 bad", self.load(text, platform=self.platform))

    def test_a_campaign_may_be_called_as_a_sum_is(self) -> None:
        campaign = self.make_campaign("Total Wellness")
        text = self.rows("Total Wellness,2026-03-09,5.00", "Spring sale,2026-03-09,5.00", header="campaign,day,spend")
        self.load(text, "--match-by", "name", "--strict", platform=self.platform)

        self.assertEqual(set(Spend.objects.values_list("campaign", flat=True)), {campaign.pk, self.campaign.pk})

    def test_a_line_called_as_a_sum_that_does_not_add_up_creates_no_campaign(self) -> None:
        text = self.rows("Spring sale,2026-03-09,5.00", "Gesamt,2026-03-09,7.00", header="campaign,day,spend")
        out = self.load(text, "--match-by", "name", "--create-campaigns", platform=self.platform)

        self.assertIn("bad line 3: “Gesamt”", out)
        self.assertEqual(Campaign.objects.count(), 1)


class NameTests(NotationTestCase):
    platform = "meta"
    header = "campaign,day,spend"

    def test_a_name_that_may_mean_two_is_refused(self) -> None:
        text = self.rows("Spring sale,2026-03-09,5.00", header=self.header)
        self.load(text, "--match-by", "name", platform=self.platform)
        Campaign.objects.filter(pk=self.campaign.pk).update(name="Autumn", name_key="autumn")
        self.make_campaign("Spring sale")
        refusal = self.refused(text, "--match-by", "name", platform=self.platform)

        self.assertIn("None of its lines can be booked", refusal)

    def test_a_campaign_that_was_renamed_here_is_still_found(self) -> None:
        text = self.rows("Spring sale,2026-03-09,5.00", header=self.header)
        self.load(text, "--match-by", "name", platform=self.platform)
        Campaign.objects.filter(pk=self.campaign.pk).update(name="Autumn", name_key="autumn")

        self.assertIn("1 unchanged", self.load(text, "--create-campaigns", platform=self.platform))
        self.assertEqual(Campaign.objects.count(), 1)

    def test_two_ids_under_one_name_are_refused(self) -> None:
        text = self.rows(
            "7,Spring sale,2026-03-09,5.00", "8,Spring sale,2026-03-09,6.00", header="campaign_id,campaign,day,spend"
        )
        self.refused(text, "--match-by", "name", platform=self.platform)
        self.assertFalse(Spend.objects.exists())

    def test_two_accounts_in_one_file_are_not_mixed_up(self) -> None:
        header = "account,campaign,day,spend"
        text = self.rows("UK,Spring sale,2026-03-09,5.00", "DE,Spring sale,2026-03-09,6.00", header=header)
        self.refused(text, "--match-by", "name", platform=self.platform)
        self.load(
            self.rows("UK,Spring sale,2026-03-09,5.00", header=header), "--match-by", "name", platform=self.platform
        )
        self.load(text, "--match-by", "name", "--create-campaigns", platform=self.platform)

        names = {(row.campaign.name, str(row.amount)) for row in Spend.objects.select_related("campaign")}
        self.assertEqual(names, {("Spring sale", "5.00"), ("Spring sale (DE)", "6.00")})


class ColumnTests(NotationTestCase):
    def test_every_platform_and_language_has_the_columns_that_are_needed(self) -> None:
        needed = {"campaign_id", "campaign_name", "date", "cost", "currency"}
        for platform in ("google", "meta", "microsoft", "linkedin", "tiktok"):
            for language in ("de", "fr", "es", "pt", "it", "nl", "pl", "sv", "tr", "ja"):
                fields = {row.field for row in read_table() if (row.platform, row.language) == (platform, language)}
                self.assertLessEqual(needed, fields, (platform, language))
        self.assertLessEqual({row.platform for row in read_table()}, {"*", *PLATFORMS})
        self.assertTrue(all(row.source for row in read_table()))

    def test_a_guessed_name_finds_a_column_only_where_one_fits(self) -> None:
        guessed = next(
            row for row in read_table() if (row.platform, row.language, row.field) == ("linkedin", "sv", "date")
        )
        self.assertEqual(guessed.source, "guessed")
        text = self.rows("11,2026-03-09,1.00", header=f"campaign_id,{guessed.name},spend")
        self.assertEqual(self.days(text), [("2026-03-09", "1.00")])
        other = next(
            name for name in sorted(known_names("linkedin", "date", ()).guessed) if name != guessed.name.casefold()
        )
        text = self.rows("11,2026-03-09,1.00,2026-03-08", header=f"campaign_id,{guessed.name},spend,{other}")
        self.assertIn(f"The date may be any of “{guessed.name}”, “{other}”", self.refused(text, platform=self.platform))

    def test_all_that_is_missing_is_told_at_once_with_the_files_headers(self) -> None:
        refusal = self.refused(self.rows("1,2,3", header="Uno,Dos,Tres"), platform=self.platform)
        self.assertRegex(refusal, "no column for the campaign .* and for the date .* and for the cost")
        self.assertIn("among “Uno”, “Dos”, “Tres”", refusal)
        self.assertIn("with --campaign-column and with --date-column and with --cost-column", refusal)

    def test_chosen_columns_are_kept_and_used_where_the_file_has_them(self) -> None:
        text = self.rows("11,2026-03-09,1.00", header="Uno,Dos,Tres")
        chosen = ("--campaign-column", "Uno", "--date-column", "Dos", "--cost-column", "Tres")
        self.load(text, *chosen, platform=self.platform)
        self.assertIn("1 unchanged", self.load(text, platform=self.platform))
        english = self.rows("11,2026-03-09,1.00", header="campaign_id,date,spend")
        self.assertIn("1 unchanged", self.load(english, platform=self.platform))
        self.assertEqual(ReportChoice.objects.get().cost_column, "Tres")
        self.assertIn("no column", self.refused(text, "--usual", platform=self.platform))

    def test_sum_words_are_whole_cells(self) -> None:
        for cell in (
            "Total",
            "Gesamt: Konto",
            "Total : compte",
            "Results from 12 campaigns",
            "Total of 2 results",
            "合計",
        ):
            self.assertTrue(is_sum(cell), cell)
        for cell in ("Total Wellness", "Gesamtpaket Brand", "Summer", "", "Results from campaigns"):
            self.assertFalse(is_sum(cell), cell)


class FolderChoiceTests(FolderTestCase):
    def test_one_run_takes_reports_of_several_languages(self) -> None:
        german = "Kampagnen-ID;Tag;Kosten\n11;2026-03-09;1,50\n"
        self.put("Acme/google/german.csv", german)
        self.make_campaign("Other")
        change_brand(brand_id=self.brand.pk, values={"daily_budget": None}, now=self.now, by=ALICE)
        Campaign.objects.filter(name="Other").update(platform="meta", external_id="21")
        self.put("Acme/meta/english.csv", "Campaign ID,Day,Amount spent (USD)\n21,2026-03-09,2.50\n")
        self.put("Acme/meta/odd.csv", "Nummer,Day,Amount spent (USD)\n21,2026-03-10,3.50\n")
        ReportChoice.objects.create(brand=self.brand, platform="meta", campaign_column="Nummer")
        self.imported()

        self.assertEqual([row[1] for row in self.ledger()], ["2.50", "1.50", "3.50"])


class AdminChoiceTests(ImportingTestCase):
    def test_what_the_file_does_not_show_is_asked_at_its_field(self) -> None:
        answer = self.post("campaign_id,date,cost\n11,05/03/2026,1.00\n")
        self.assertEqual(list(self.faults(answer)), ["dates"])
        answer = self.post('campaign_id,date,cost\n11,2026-03-09,"1,234"\n')
        self.assertEqual(list(self.faults(answer)), ["decimal"])
        page = self.post("campaign_id,date,cost\n11,05/03/2026,1.00\n", dates="day-first")
        self.assertContains(page, "dates day-first")

    def test_by_name(self) -> None:
        text = "campaign,date,cost\nSpring sale,2026-03-09,1.00\n"
        self.assertEqual(list(self.faults(self.post(text))), ["campaign_column"])
        self.go(self.plan(text, match_by="name"))
        self.assertEqual([row[1] for row in self.ledger()], ["1.00"])
        self.assertContains(self.post(text), "campaigns matched by name")


class RegressionTests(NotationTestCase):
    """Money that was silently wrong, found by trying."""

    platform = "google"

    def test_a_campaign_called_like_a_sum_is_guarded_and_never_left_out(self) -> None:
        header = "Campaign,Campaign ID,Day,Divisa,Cost"
        out = self.load(self.rows("Summer Sale,11,2026-03-09,EUR,1.00", "Sum,11,2026-03-10,USD,2.00", header=header))
        self.assertIn("bad line 2: “EUR”: the currency is not USD", out)
        out = self.load(self.rows("Summer Sale,11,,USD,7.00", "S,11,2026-03-10,USD,2.00", header=header))
        self.assertIn("bad line 2", out)

    def test_what_was_said_of_an_earlier_report_does_not_overrule_what_a_file_shows(self) -> None:
        self.load(self.rows('11,2026-03-08,"1,500"', header="campaign_id,date,cost"), "--decimal", "comma")
        text = self.rows('11,2026-03-09,"1,234.56"', '11,2026-03-10,"1,234"', header="campaign_id,date,cost")
        self.assertEqual(self.days(text), [("2026-03-09", "1234.56"), ("2026-03-10", "1234.00")])
        self.load(self.rows("11,03/02/2026,1.00", header="campaign_id,date,cost"), "--dates", "day-first")
        text = self.rows("11,02/13/2026,1.00", "11,02/03/2026,2.00", header="campaign_id,date,cost")
        self.assertEqual(self.days(text), [("2026-02-03", "2.00"), ("2026-02-13", "1.00")])

    def test_a_file_of_which_a_spreadsheet_rewrote_half_is_refused(self) -> None:
        text = self.rows("11,2026-02-03,1.00", "11,13/02/2026,2.00", header="campaign_id,date,cost")
        self.assertIn("A spreadsheet has rewritten some dates", self.refused(text))
        self.assertEqual(len(self.days(text, "--dates", "day-first")), 2)

    def test_no_campaign_is_created_of_what_no_platform_calls_an_id(self) -> None:
        for cell in (
            "“11”",
            "011",
            "#11",
            "11;",
            "campaigns/11",
            "#N/A",
            "nan",
            "None",
            "0",
            "TRUE",
            "(not set)",
            "-11",
        ):
            with self.subTest(cell):
                self.refused(self.rows(f"{cell},2026-03-09,1.00", header="campaign_id,date,cost"), "--create-campaigns")
                self.assertEqual(Campaign.objects.count(), 1)

    def test_a_campaign_that_was_booked_by_name_is_not_created_again_by_its_id(self) -> None:
        by_name = self.rows("Brand,2026-03-09,1.00", header="campaign,date,cost")
        self.load(by_name, "--match-by", "name", "--create-campaigns")
        by_id = self.rows("7001,Brand,2026-03-09,1.00", header="campaign_id,campaign,date,cost")
        self.refused(by_id, "--match-by", "id", "--create-campaigns")
        self.assertEqual(Spend.objects.count(), 1)

    def test_one_account_is_one_however_it_is_written(self) -> None:
        options = ("--match-by", "name", "--create-campaigns")
        header = "account_id,campaign,date,cost"
        self.load(self.rows("123-456-7890,Brand,2026-03-09,1.00", header=header), *options)
        for account in ("1234567890", "1234567890.0"):
            self.assertIn(
                "1 unchanged", self.load(self.rows(f"{account},Brand,2026-03-09,1.00", header=header), *options)
            )

    def test_a_cost_columns_name_that_speaks_of_another_currency_is_refused(self) -> None:
        change_brand(brand_id=self.brand.pk, values={"currency": "EUR"}, now=self.now, by=ALICE)
        for name in ("Cost (US$)", "Spend USD", "cost_usd", "Cost [USD]"):
            refusal = self.refused(
                self.rows("11,2026-03-09,1.00", header=f"campaign_id,date,{name}"), "--cost-column", name
            )
            self.assertIn("“Acme” spends EUR", refusal)
        out = self.load(self.rows("11,2026-03-09,1,usd", "11,2026-03-10,1,n/a", header="campaign_id,date,cost,Divisa"))
        self.assertIn("bad line 2: “usd”", out)

    def test_a_name_that_costs_as_much_as_all_others_stops_the_import(self) -> None:
        text = self.rows(
            "A,2026-03-09,1.00", "B,2026-03-09,2.00", "Overall,2026-03-09,3.00", header="campaign,day,cost"
        )
        refusal = self.refused(text, "--match-by", "name", "--create-campaigns")
        self.assertIn("“Overall” cost as much as all others together", refusal)

    def test_weeks_and_months_are_no_days(self) -> None:
        text = self.rows("11,2026-03-02,1.00", header="campaign_id,Week,cost")
        self.assertIn("“Week” is of more than a day", self.refused(text, "--date-column", "Week"))

    def test_a_currency_that_comes_after_a_thousand_empty_cells_is_checked_too(self) -> None:
        lines = (f"11,2026-03-{1 + number % 10:02},0.01," for number in range(1_001))
        out = self.load(self.rows(*lines, "11,2026-03-11,9.00,EUR", header="campaign_id,date,cost,Divisa"))
        self.assertIn("bad line 1003: “EUR”: the currency is not USD", out)
