"""Percents as people read them."""

from decimal import Decimal

from django.test import SimpleTestCase

from budget_system.core.percents import percent_text, used_percent, used_text


class PercentTests(SimpleTestCase):
    def test_what_is_not_used_up_never_reads_100(self) -> None:
        for spent, percent in (("999.99", 99), ("1000.00", 100), ("1000.01", 100), ("1010.00", 101), ("780.40", 78)):
            self.assertEqual(used_percent(Decimal(spent), Decimal("1000.00")), percent)

    def test_what_is_hardly_begun_is_not_nothing(self) -> None:
        texts = [used_text(Decimal(spent), Decimal("1000.00")) for spent in ("0.00", "0.01", "10.00", "12345.00")]

        self.assertEqual(texts, [f"{text}\N{NO-BREAK SPACE}%" for text in ("0", "under 1", "1", "1,234")])

    def test_a_pace_is_rounded_half_up(self) -> None:
        self.assertEqual(percent_text(Decimal("99.5")), "100\N{NO-BREAK SPACE}%")
        self.assertEqual(percent_text(Decimal("99.4")), "99\N{NO-BREAK SPACE}%")
