"""What becomes of an entry: the one rule, from what stands and what is sent."""

from decimal import Decimal
from typing import NamedTuple

from django.test import SimpleTestCase

from spending.ledger.entries import BookingResult, SpendValues, outcome, wanted_values
from spending.models import Spend

ZERO: SpendValues = {"amount": Decimal("0.00")}


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


class WantedValuesTests(SimpleTestCase):
    """What is meant by the amount that is sent with an `external_id`."""

    def test_an_amount_of_zero_voids_the_entry_that_stands(self) -> None:
        stands = Spend(amount=Decimal(5))

        self.assertIsNone(wanted_values(stands, ZERO))
        self.assertEqual(outcome(stands, wanted_values(stands, ZERO)).result, BookingResult.VOIDED)

    def test_where_nothing_stands_it_is_what_was_sent_and_refused_as_such(self) -> None:
        self.assertIs(wanted_values(None, ZERO), ZERO)
