"""What becomes of an entry: the one rule, from what stands and what is sent."""

from decimal import Decimal
from typing import NamedTuple

from django.test import SimpleTestCase

from spending.ledger.entries import BookingResult, outcome


class Existing(NamedTuple):
    """An entry of which two things can be said."""

    amount: Decimal
    description: str


class OutcomeTests(SimpleTestCase):
    """Every combination of what stands and what is sent."""

    stands = Existing(Decimal(5), "fee")

    def test_creates_where_nothing_stands(self) -> None:
        self.assertEqual(outcome(None, {"amount": Decimal(5)}), (BookingResult.CREATED, {"amount": Decimal(5)}))

    def test_replaces_only_what_differs(self) -> None:
        sent = {"amount": Decimal(6), "description": "fee"}
        self.assertEqual(outcome(self.stands, sent), (BookingResult.REPLACED, {"amount": Decimal(6)}))

    def test_a_repetition_changes_nothing(self) -> None:
        self.assertEqual(outcome(self.stands, {"amount": Decimal("5.00")}), (BookingResult.UNCHANGED, {}))

    def test_voids_what_must_not_stand(self) -> None:
        self.assertEqual(outcome(self.stands, None), (BookingResult.VOIDED, {}))
        self.assertEqual(outcome(None, None), (BookingResult.UNCHANGED, {}))
