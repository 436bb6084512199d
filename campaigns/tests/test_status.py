"""The verdict, from facts alone."""

from dataclasses import replace
from decimal import Decimal
from itertools import combinations

from django.test import SimpleTestCase

from campaigns.status import BudgetUse, Facts, PauseReason, decide, from_bits, to_bits

ROOM = BudgetUse(
    day_spend=Decimal("9.99"), month_spend=Decimal("99.99"), day_budget=Decimal(10), month_budget=Decimal(100)
)
NO_LIMIT = BudgetUse(day_spend=Decimal(10), month_spend=Decimal(100), day_budget=None, month_budget=None)
RUNS = Facts(
    paused_by_person=False,
    brand_held=False,
    brand=ROOM,
    campaign=NO_LIMIT,
    has_schedules=False,
    has_active_schedule=False,
    inside_window=False,
)
DAY_GONE = replace(ROOM, day_spend=Decimal(10))
MONTH_GONE = replace(ROOM, month_spend=Decimal(100))

MANUAL, MONTH, DAY = PauseReason.MANUAL, PauseReason.MONTHLY_BUDGET_EXCEEDED, PauseReason.DAILY_BUDGET_EXCEEDED
NO_SCHEDULE, OUTSIDE = PauseReason.NO_SCHEDULE, PauseReason.OUTSIDE_SCHEDULE


class DecideTests(SimpleTestCase):
    def assertBlockedBy(self, facts: Facts, *reasons: PauseReason) -> None:  # noqa: N802  # unittest's way
        verdict = decide(facts)
        self.assertEqual(verdict.blocked_by, reasons)
        self.assertEqual(verdict.status, "PAUSED" if reasons else "ACTIVE")
        self.assertEqual(verdict.reason, reasons[0] if reasons else None)

    def test_runs_with_a_cent_left(self) -> None:
        self.assertBlockedBy(RUNS)

    def test_pauses_at_the_days_budget_not_only_past_it(self) -> None:
        self.assertBlockedBy(replace(RUNS, brand=DAY_GONE), DAY)
        self.assertBlockedBy(replace(RUNS, campaign=DAY_GONE), DAY)

    def test_pauses_at_the_months_budget_not_only_past_it(self) -> None:
        self.assertBlockedBy(replace(RUNS, brand=MONTH_GONE), MONTH)
        self.assertBlockedBy(replace(RUNS, campaign=MONTH_GONE), MONTH)

    def test_a_budget_of_zero_is_used_up_before_anything_is_spent(self) -> None:
        nothing = BudgetUse(Decimal(0), Decimal(0), day_budget=Decimal(0), month_budget=None)
        self.assertBlockedBy(replace(RUNS, brand=nothing), DAY)

    def test_no_limit_never_holds(self) -> None:
        self.assertBlockedBy(replace(RUNS, brand=NO_LIMIT))

    def test_a_campaign_without_any_schedule_may_run_at_any_hour(self) -> None:
        self.assertBlockedBy(replace(RUNS, has_schedules=False, inside_window=False))

    def test_hours(self) -> None:
        self.assertBlockedBy(replace(RUNS, has_schedules=True), NO_SCHEDULE)
        self.assertBlockedBy(replace(RUNS, has_schedules=True, has_active_schedule=True), OUTSIDE)
        self.assertBlockedBy(replace(RUNS, has_schedules=True, has_active_schedule=True, inside_window=True))

    def test_a_hold_is_manual(self) -> None:
        self.assertBlockedBy(replace(RUNS, brand_held=True), MANUAL)

    def test_all_reasons_stand_in_the_order_of_the_rule(self) -> None:
        worst = replace(
            RUNS,
            paused_by_person=True,
            brand=DAY_GONE,
            campaign=MONTH_GONE,
            has_schedules=True,
            has_active_schedule=True,
        )
        self.assertBlockedBy(worst, MANUAL, MONTH, DAY, OUTSIDE)
        self.assertBlockedBy(replace(worst, has_active_schedule=False), MANUAL, MONTH, DAY, NO_SCHEDULE)

    def test_a_stated_reason_is_shown_while_the_pause_of_the_person_lasts(self) -> None:
        stated = replace(RUNS, paused_by_person=True, stated_reason=NO_SCHEDULE)
        self.assertEqual(decide(stated).reason, NO_SCHEDULE)
        self.assertEqual(decide(stated).blocked_by, (MANUAL,))
        self.assertEqual(decide(replace(stated, paused_by_person=False, brand_held=True)).reason, MANUAL)

    def test_reasons_survive_their_packing(self) -> None:
        for length in range(6):
            for reasons in combinations(PauseReason, length):
                self.assertEqual(from_bits(to_bits(reasons)), list(reasons))
