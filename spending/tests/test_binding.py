"""Which budget binds a campaign."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.test import SimpleTestCase

from campaigns.pacing import PeriodFacts, pacing_of
from spending.reports.pacing.binding import binding_budget
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
Money = tuple[str, str | None]


def owner(day: Money, month: Money) -> OwnerPacing:
    """Return an owner with what is spent of its day's and month's budget."""
    return OwnerPacing(NOON, "UTC", "EUR", _period(*day), _period(*month))


def _period(spent: str, budget: str | None) -> PeriodPacing:
    amount, limit = Decimal(spent), None if budget is None else Decimal(budget)
    today = date(2026, 3, 11)
    return PeriodPacing(today, today, amount, limit, pacing_of(PeriodFacts(NOON, NOON, [], amount, limit)))


NONE = owner(("0.00", None), ("0.00", None))


class BindingTests(SimpleTestCase):
    def assert_binds(self, expected: tuple[str, str] | None, *, own: OwnerPacing, brand: OwnerPacing) -> None:
        found = binding_budget(own=own, brand=brand)
        self.assertEqual(None if found is None else (found.owner, found.period), expected)

    def test_nothing_limits(self) -> None:
        self.assert_binds(None, own=NONE, brand=NONE)

    def test_of_those_with_money_left_it_is_the_one_of_which_most_is_spent(self) -> None:
        brand = owner(("50.00", "100.00"), ("900.00", "2000.00"))
        self.assert_binds(("brand", "day"), own=NONE, brand=brand)
        self.assert_binds(("campaign", "day"), own=owner(("8.00", "10.00"), ("0.00", None)), brand=brand)
        self.assert_binds(("campaign", "month"), own=owner(("1.00", "10.00"), ("51.00", "100.00")), brand=brand)

    def test_what_is_used_up_goes_before_what_is_not_and_lasts_longest_first(self) -> None:
        brand = owner(("150.00", "100.00"), ("900.00", "2000.00"))
        self.assert_binds(("brand", "day"), own=owner(("9.99", "10.00"), ("0.00", None)), brand=brand)
        self.assert_binds(("campaign", "month"), own=owner(("1.00", None), ("100.00", "100.00")), brand=brand)

    def test_a_budget_of_nothing_is_used_up(self) -> None:
        self.assert_binds(("campaign", "day"), own=owner(("0.00", "0.00"), ("0.00", None)), brand=NONE)
