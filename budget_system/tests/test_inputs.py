"""What is let in, value by value: no database, no HTTP."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from time import process_time

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from budget_system.core import validation as inputs
from budget_system.core.text import clean_name, clean_text, fold
from spending.imports.columns.names import shortened


class InputTestCase(SimpleTestCase):
    def assert_refused(self, parse: Callable[[object], object], *values: object) -> None:
        for value in values:
            with self.subTest(value=value), self.assertRaises(ValidationError) as caught:
                parse(value)
            self.assertTrue(caught.exception.messages[0].encode())


class AmountTests(InputTestCase):
    def test_takes_plain_decimals(self) -> None:
        for text, amount in {
            "150": "150.00",
            "150.0": "150.00",
            "150.00": "150.00",
            "0": "0.00",
            "0.01": "0.01",
            "999999999999.99": "999999999999.99",
        }.items():
            self.assertEqual(str(inputs.parse_amount(text)), amount)

    def test_takes_numbers_by_their_value_whatever_their_spelling(self) -> None:
        for number in (150, Decimal("150"), Decimal("150.000"), Decimal("1.5e2"), Decimal("1500e-1")):
            self.assertEqual(str(inputs.parse_amount(number)), "150.00")
        self.assertEqual(str(inputs.parse_amount(Decimal("-0"))), "0.00")

    def test_refuses_what_only_looks_like_an_amount(self) -> None:
        self.assert_refused(
            inputs.parse_amount,
            *("", " ", "1_000", "１２", " 5", "5 ", "5\n", "+5", "-5", "1e3", ".5", "5.", "1,50", "1.234", "$5", "5 €"),
            *("٣", "NaN", "Infinity", "0x10", "1000000000000", "0000000000001", "1.005", "½"),
        )

    def test_refuses_numbers_that_are_no_amount_without_hanging(self) -> None:
        self.assert_refused(
            inputs.parse_amount,
            *(-1, 10**12, Decimal("0.001"), Decimal("1e999999"), Decimal("1e-999999"), Decimal("NaN"), Decimal("inf")),
            *(True, False, None, 1.5, [], {}),
        )


class NameTests(InputTestCase):
    def test_trims_spaces_of_every_kind_and_composes(self) -> None:
        self.assertEqual(inputs.clean_name("\u3000 Cafe\u0301\u00a0 "), "Café")

    def test_counts_characters_after_trimming(self) -> None:
        self.assertEqual(len(inputs.clean_name(f"  {'ä' * 255}  ")), 255)
        self.assert_refused(inputs.clean_name, "ä" * 256, "x" * 1_000_000)

    def test_keeps_joiners_between_letters_and_emoji(self) -> None:
        for name in ("می\u200cخواهم", "क्\u200dष", "👩\u200d💻", "👩🏽\u200d🚀", "🏳️\u200d🌈", "🙂\u200d↔️"):
            self.assertEqual(inputs.clean_name(name), unicodedata.normalize("NFC", name))

    def test_refuses_what_cannot_be_seen(self) -> None:
        self.assert_refused(
            inputs.clean_name,
            *("", "   ", "\u200b", "a\u200bb", "a\u200d", "\u200da", "a\u200d b", "a\u200d\u200db", "1\u200d2"),
            *("a\x00b", "a\nb", "a\tb", "a\x7f", "a\u2028b", "a\u2029b", "\ufeffa", "a\u202eb", "a\ud800b", "a\u00adb"),
            *(5, None, True, ["a"]),
        )

    def test_names_differing_in_case_only_are_the_same_in_any_script(self) -> None:
        for one, other in (
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("Ёлка", "ёлка"),
            ("Cafe\u0301", "CAFÉ"),
            ("ﬁn", "FIN"),
            ("ᾳ\u0301", "\u0391\u0345\u0301"),
        ):
            self.assertEqual(inputs.fold(one), inputs.fold(other))


class TextTests(InputTestCase):
    def test_may_be_empty_and_hold_lines_and_tabs(self) -> None:
        self.assertEqual(inputs.clean_text(""), "")
        self.assertEqual(inputs.clean_text("a\r\nb\rc\n\td "), "a\nb\nc\n\td ")

    def test_refuses_the_unseen_and_the_endless(self) -> None:
        self.assert_refused(inputs.clean_text, "a\x00", "a\u200bb", "\ud83d", "x" * 5_001, "\u0301\u0316" * 500_000, 5)

    def test_marks_upon_marks_are_refused_before_they_cost_anything(self) -> None:
        """Composing sorts the marks on a letter, in a time that grows with their number's square."""
        for marks in ("\u0301\u0316" * 10_000, "\u0f73" * 20_000):
            begun = process_time()
            for clean in (clean_text, clean_name):
                with self.assertRaises(ValidationError):
                    clean(f"a{marks}")
            fold(f"a{marks}")
            shortened(f"a{marks}")
            self.assertLess(process_time() - begun, 0.5)
        with self.assertRaisesMessage(ValidationError, "Character 2 begins more than 30 marks upon one letter"):
            clean_text("a" + "\u0301\u0316" * 16)
        self.assertEqual(len(clean_text("a" + "\u0316" * 29 + "bé")), 32)

    def test_codes_are_taken_as_sent(self) -> None:
        self.assertEqual(inputs.clean_code(" A/b\u0301 "), " A/b\u0301 ")
        self.assertEqual(inputs.clean_code("", blank=True), "")
        self.assert_refused(inputs.clean_code, "", "a\nb", "a\x00", "a\u200cb", "x" * 256, 7)


class TimeTests(InputTestCase):
    def test_reads_hours_minutes_and_seconds(self) -> None:
        self.assertEqual(inputs.parse_time("09:00"), time(9))
        self.assertEqual(inputs.parse_time("23:59:59"), time(23, 59, 59))

    def test_the_end_of_the_day_is_told_from_its_beginning(self) -> None:
        self.assertEqual(inputs.parse_time("24:00", end_of_day=True), time(0))
        self.assertEqual(inputs.parse_time("24:00", end_of_day=True).fold, 1)
        self.assertEqual(inputs.parse_time("00:00", end_of_day=True).fold, 0)
        self.assert_refused(inputs.parse_time, "24:00", "24:00:00")

    def test_refuses_other_spellings(self) -> None:
        self.assert_refused(
            inputs.parse_time,
            *("9:00", "0900", "09:00+02:00", "09:00Z", "09:00:00.5", "25:00", "09:60", "٠٩:٠٠", " 09:00", "", 9, None),
        )

    def test_dates_are_written_one_way_only(self) -> None:
        self.assertEqual(inputs.parse_date("2000-01-01"), date(2000, 1, 1))
        self.assertEqual(inputs.parse_date("1999-12-31", earliest=None), date(1999, 12, 31))
        self.assert_refused(
            inputs.parse_date,
            *("1999-12-31", "20260311", "2026-W11-3", "2026-3-1", "2026-02-30", "11.03.2026", "２０２６-03-11"),
            *("2026-03-11T00:00", "", 20260311, None),
        )

    def test_instants_carry_their_zone(self) -> None:
        self.assertEqual(inputs.parse_instant("2026-03-31T22:00:00+02:00"), datetime(2026, 3, 31, 20, tzinfo=UTC))
        self.assert_refused(
            inputs.parse_instant,
            *("2026-03-31T22:00:00", "2026-03-31", "2026-03-31 22:00:00Z", "0001-01-01T00:00:00+23:59", "", None),
        )


class CodeTests(InputTestCase):
    def test_currencies_have_two_decimals_or_none_and_are_kept_in_capitals(self) -> None:
        self.assertEqual(inputs.clean_currency("eUr"), "EUR")
        for code in ("JPY", "KRW", "CLP", "VND", "ISK", "PYG", "XAF", "XOF"):
            self.assertEqual(inputs.clean_currency(code.lower()), code)
        self.assert_refused(inputs.clean_currency, "KWD", "BHD", "CLF", "XXX", "XAU", "ABC", "EU", "ﬁm", "USD ", "")
        self.assert_refused(inputs.clean_currency, None)

    def test_a_currency_of_three_decimals_is_told_which_are_taken(self) -> None:
        with self.assertRaisesMessage(ValidationError, "with two decimals, like USD, or none, like JPY"):
            inputs.clean_currency("KWD")

    def test_time_zones_are_spelled_exactly(self) -> None:
        self.assertEqual(inputs.clean_timezone("Europe/Berlin"), "Europe/Berlin")
        self.assert_refused(
            inputs.clean_timezone,
            *("europe/berlin", "Berlin", "+02:00", "localtime", "Factory", "../etc/passwd", "", "Europe/Berlin ", 1),
        )

    def test_uuids_have_one_form(self) -> None:
        text = "01a20419-4408-70c1-802a-92037f993a41"
        self.assertEqual(str(inputs.parse_uuid(text.upper())), text)
        self.assert_refused(
            inputs.parse_uuid, text.replace("-", ""), f"{{{text}}}", f"urn:uuid:{text}", f"{text} ", "", 5, None
        )
