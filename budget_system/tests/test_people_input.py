"""Amounts and times as people type them."""

from datetime import time
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.test import SimpleTestCase

from budget_system.admin.people_input import read_amount, read_time
from budget_system.core.money import money


class AmountTests(SimpleTestCase):
    def assert_says(self, typed: str, *words: str, currency: str = "") -> None:
        with self.assertRaises(ValidationError) as caught:
            read_amount(typed, currency)
        for word in words:
            self.assertIn(word, caught.exception.message)

    def test_what_is_typed_is_read(self) -> None:
        for typed, amount in (
            ("150", "150.00"),
            ("150.5", "150.50"),
            ("0", "0.00"),
            ("0.00", "0.00"),
            ("007", "7.00"),
            ("1,000", "1000.00"),
            ("1 000.50", "1000.50"),
            ("1,500.00", "1500.00"),
            ("1'000", "1000.00"),
            ("1’000’000.5", "1000000.50"),
            ("1\u202f000", "1000.00"),
            ("1\u00a0000.50", "1000.50"),
            ("12,345,678.90", "12345678.90"),
            (" 90 ", "90.00"),
            ("999,999,999,999.99", "999999999999.99"),
        ):
            with self.subTest(typed):
                self.assertEqual(str(read_amount(typed)), amount)

    def test_what_is_shown_may_be_typed(self) -> None:
        for amount in ("0.00", "9.99", "1500.00", "999999999999.99", "100000.10"):
            for currency in ("USD", "JPY"):
                with self.subTest(amount, currency=currency):
                    self.assertEqual(read_amount(money(Decimal(amount), currency)), Decimal(amount))

    def test_two_readings_are_both_named(self) -> None:
        self.assert_says("1.500", "1,500 ", "1.50;")
        self.assert_says("0,500", "500", "0.50")
        self.assert_says("12.345", "12,345", "12.35")
        self.assert_says("1,50", "1.50", "150")
        self.assert_says("1234,5", "1,234.50", "12,345")

    def test_only_what_the_currency_accepts_is_proposed(self) -> None:
        for typed, proposed in (
            ("1.500", "write 1,500."),
            ("0,500", "write 500."),
            ("1,50", "write 150."),
            ("1.500,00", "write it as 1,500."),
            ("abc", "write it like 1,500."),
            ("-1", "never below 0."),
            ("9" * 13, "the largest amount is 999,999,999,999."),
        ):
            with self.subTest(typed):
                self.assert_says(typed, proposed, currency="JPY")
        for typed in ("1.500,50", "1.5001"):
            self.assert_says(typed, "amounts in JPY are whole; write it like 150.", currency="JPY")

    def test_decimals_after_a_comma_are_refused_with_the_way_to_write_it(self) -> None:
        self.assert_says("1.500,00", "write it as 1,500.00")
        self.assert_says("1 000,50", "write it as 1,000.50")
        self.assert_says("1.500.000", "write it as 1,500,000.00")

    def test_what_is_no_amount_is_refused(self) -> None:
        for typed in (
            "",
            "abc",
            "1,00,000",
            "1,0000",
            "1,000 000",
            "1 00",
            "1_000",
            "+5",
            "1e3",
            "$5",
            "５",
            ".",
            "1.",
            ".5",
        ):
            with self.subTest(typed):
                self.assert_says(typed, "is not an amount; write it like 1,500.00")
        self.assert_says("-5", "has a sign")
        self.assert_says("1000.123", "more than two decimals")
        self.assert_says("0.001", "more than two decimals")
        self.assert_says("1,000,000,000,000", "the largest amount is 999,999,999,999.99")
        self.assert_says("9" * 5000, "too large")
        for typed in ("9.999" * 5000, "9" * 30 + ",5", "1" + ".000" * 12 + ",50"):
            self.assert_says(typed, "is not an amount")


class TimeTests(SimpleTestCase):
    def assert_says(self, typed: str, *words: str, end_of_day: bool = False) -> None:
        with self.assertRaises(ValidationError) as caught:
            read_time(typed, end_of_day=end_of_day)
        for word in words:
            self.assertIn(word, caught.exception.message)

    def test_what_is_typed_is_read(self) -> None:
        for typed, at in (
            ("9", time(9)),
            ("09", time(9)),
            ("0", time(0)),
            ("9:00", time(9)),
            ("09:00", time(9)),
            ("09:00:30", time(9, 0, 30)),
            ("18.30", time(18, 30)),
            ("1830", time(18, 30)),
            ("0900", time(9)),
            ("9am", time(9)),
            ("9 AM", time(9)),
            ("9:30pm", time(21, 30)),
            ("9.30 p.m.", time(21, 30)),
            ("12am", time(0)),
            ("12pm", time(12)),
            ("12:30 am", time(0, 30)),
            (" 23:59 ", time(23, 59)),
        ):
            with self.subTest(typed):
                self.assertEqual(read_time(typed), at)

    def test_the_end_of_a_day_is_read_where_a_window_may_end_so(self) -> None:
        for typed in ("24:00", "24", "2400", "24:00:00"):
            with self.subTest(typed):
                self.assertEqual(read_time(typed, end_of_day=True).fold, 1)
                self.assert_says(typed, "end of a day", "00:00")
        self.assertEqual(read_time("00:00", end_of_day=True).fold, 0)

    def test_two_readings_are_both_named(self) -> None:
        self.assert_says("9.5", "09:05", "09:30")
        self.assert_says("18,2", "18:02", "18:12")

    def test_what_is_no_time_is_refused(self) -> None:
        for typed in ("", "nine", "25:00", "24:30", "9:60", "9:5", "930", "9-5", "９", "9:00Z", "9:00+02:00", "9:000"):
            with self.subTest(typed):
                self.assert_says(typed, "is not a time; write it like 9:00", end_of_day=True)
        self.assert_says("13pm", "am and pm go with the hours 1 to 12")
        self.assert_says("0am", "am and pm go with the hours 1 to 12")
        self.assert_says("9.0", "write 09:00")
