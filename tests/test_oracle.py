"""The oracle itself, on examples from the rules."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from django.test import SimpleTestCase

from tests.oracle.facts import DAY, MANUAL, MONTH, NO_SCHEDULE, OUTSIDE, Brand, Campaign, Entry, Order, Outcome
from tests.oracle.import_rules import half_up
from tests.oracle.model import Oracle
from tests.oracle.walltime import clock_changes, day_start

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
WEDNESDAY = 2


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class OracleTestCase(SimpleTestCase):
    """A brand with budgets of 100.00 and 1,000.00 and two campaigns."""

    zone = "UTC"

    def setUp(self) -> None:
        self.oracle = Oracle(NOON)
        self.oracle.add_brand(name="Acme", timezone=self.zone, daily=Decimal(100), monthly=Decimal(1000))
        self.brand: Brand = self.oracle.brands[0]
        self.one, self.two = self.campaign("one"), self.campaign("two")

    def campaign(self, name: str) -> Campaign:
        self.oracle.add_campaign(self.brand, name=name, values={}, order=None)
        return self.store(self.oracle.campaigns[-1])

    def store(self, campaign: Campaign) -> Campaign:
        """Take the verdict for stored, as the system does in the same transaction."""
        campaign.shown = self.oracle.verdict(campaign)
        return campaign

    def spend(self, amount: str, campaign: Campaign | None = None, name: str = "", days: int = 0) -> Outcome:
        day = self.oracle.today(self.brand) + timedelta(days=days)
        return self.oracle.record(campaign or self.one, amount=Decimal(amount), day=day, external_id=name)

    def entry(self) -> Entry:
        return self.oracle.entries[-1]

    def counters(self, campaign: Campaign | None = None) -> tuple[str, str]:
        day = self.oracle.today(self.brand)
        if campaign is None:
            return (
                str(self.oracle.brand_counter(self.brand, "D", day)),
                str(self.oracle.brand_counter(self.brand, "M", day)),
            )
        return str(self.oracle.counter(campaign, "D", day)), str(self.oracle.counter(campaign, "M", day))

    def reasons(self, campaign: Campaign | None = None) -> tuple[str, ...]:
        return self.oracle.reasons(campaign or self.one)


class CountingTests(OracleTestCase):
    def test_a_fee_counts_in_the_month_only(self) -> None:
        self.oracle.record(self.one, amount=Decimal("7.00"), kind="MONTHLY")

        self.assertEqual(self.counters(self.one), ("0.00", "7.00"))

    def test_earlier_days_and_tomorrow_count_in_the_month_and_history_in_nothing(self) -> None:
        for days in (-1, 1, -40):
            self.spend("5.00", days=days)

        self.assertEqual(self.counters(), ("0.00", "10.00"))
        self.assertEqual(self.spend("5.00", days=2).code, 400)

    def test_what_is_dated_tomorrow_counts_when_its_day_begins(self) -> None:
        self.spend("5.00", days=1)
        self.oracle.now = at("2026-03-12 00:00")

        self.assertEqual(self.counters(), ("5.00", "5.00"))

    def test_what_a_reset_cleared_is_not_given_back_a_second_time(self) -> None:
        self.spend("30.00")
        self.oracle.reset("D", [self.brand])
        self.spend("4.00")
        self.oracle.change_entry(self.oracle.entries[0], {"amount": Decimal("10.00")})

        self.assertEqual(self.counters(self.one), ("0.00", "14.00"))
        self.spend("1.00")
        self.assertEqual(self.counters(self.one), ("1.00", "15.00"))

    def test_a_change_is_taken_as_a_whole(self) -> None:
        self.spend("10.00")
        self.oracle.reset("D", [self.brand])
        self.oracle.change_entry(self.entry(), {"amount": Decimal("12.00")})

        self.assertEqual(self.counters(self.one)[0], "2.00")

    def test_a_brand_moves_by_what_its_campaigns_move(self) -> None:
        self.spend("10.00")
        self.oracle.reset("D", [self.brand])
        self.oracle.change_entry(self.entry(), {"campaign": self.two})

        self.assertEqual((self.counters(self.one)[0], self.counters(self.two)[0]), ("0.00", "10.00"))
        self.assertEqual(self.counters()[0], "10.00")

    def test_an_archived_campaign_counts_on_in_its_brand(self) -> None:
        self.spend("10.00", name="a")
        self.oracle.remove_campaign(self.one)

        self.assertEqual(self.spend("12.00", name="a").code, 200)
        self.assertEqual(self.spend("12.00", name="b").code, 400)
        self.assertEqual(self.counters()[0], "12.00")

    def test_a_platform_restates_and_voids(self) -> None:
        codes = [self.spend(amount, name="a").code for amount in ("5.00", "6.00", "0.00", "0.00", "7.00")]

        self.assertEqual(codes, [201, 200, 200, 400, 201])
        self.assertEqual(self.counters(), ("7.00", "7.00"))

    def test_several_changes_can_be_one(self) -> None:
        self.spend("10.00")
        self.oracle.reset("D", [self.brand])
        with self.oracle.asking(self.brand):
            self.oracle.remove_entry(self.entry())
            self.spend("12.00")

        self.assertEqual(self.counters(self.one)[0], "2.00")


class CurrencyTests(OracleTestCase):
    def test_where_there_are_no_decimals_amounts_are_whole(self) -> None:
        self.assertEqual(self.oracle.change_brand(self.brand, {"currency": "JPY"}).code, 200)

        self.assertEqual([self.spend(amount).code for amount in ("1.50", "2.00")], [400, 201])
        self.assertEqual(self.oracle.change_entry(self.entry(), {"amount": Decimal("0.01")}).code, 400)
        self.assertEqual(self.oracle.change_brand(self.brand, {"daily_budget": Decimal("99.50")}).code, 400)
        self.assertEqual(self.oracle.change_campaign(self.one, {"daily_budget": Decimal("9.50")}).code, 400)
        self.assertEqual([half_up(Decimal("2.5"), code) for code in ("JPY", "USD")], [Decimal(3), Decimal("2.5")])

    def test_a_currency_without_decimals_needs_whole_caps_archived_ones_too(self) -> None:
        self.oracle.change_campaign(self.one, {"daily_budget": Decimal("9.50")})
        self.spend("5.00")
        self.oracle.remove_campaign(self.one)
        self.oracle.remove_entry(self.entry())

        self.assertEqual(self.oracle.change_brand(self.brand, {"currency": "JPY"}).code, 400)
        self.assertEqual(self.oracle.change_brand(self.brand, {"currency": "EUR"}).code, 200)


class VerdictTests(OracleTestCase):
    def test_a_budget_used_up_to_the_cent_pauses_every_campaign(self) -> None:
        self.spend("99.99")
        self.assertEqual(self.reasons(self.two), ())

        self.oracle.must.clear()
        self.spend("0.01")
        self.assertEqual(self.reasons(self.two), (DAY,))
        self.assertEqual(self.oracle.must, {self.one, self.two})

    def test_reasons_come_in_their_order(self) -> None:
        self.oracle.change_brand(self.brand, {"daily_budget": Decimal(0), "monthly_budget": Decimal(0)})
        self.oracle.hold(self.brand, held=True)
        self.oracle.add_window(self.one, day=0, start=time(9), end=time(10), overnight=False)
        self.oracle.add_window(self.two, day=0, start=time(9), end=time(10), overnight=False, active=False)

        self.assertEqual(self.reasons(self.one), (MANUAL, MONTH, DAY, OUTSIDE))
        self.assertEqual(self.reasons(self.two), (MANUAL, MONTH, DAY, NO_SCHEDULE))

    def order(self, status: str, reason: str | None = None, blocked_by: tuple[str, ...] | None = None) -> None:
        self.oracle.change_campaign(self.one, {}, Order(status, reason, blocked_by))
        self.store(self.one)

    def test_a_stated_reason_is_kept_until_a_person_lifts_the_pause(self) -> None:
        self.order("PAUSED", DAY)
        self.order("PAUSED", MONTH)
        self.assertEqual(self.oracle.verdict(self.one).pause_reason, DAY)
        self.assertEqual(self.reasons(), (MANUAL,))

        self.order("ACTIVE")
        self.assertEqual(self.reasons(), ())

    def test_a_pause_asked_of_what_rules_paused_is_a_persons_unless_it_repeats_the_reason(self) -> None:
        self.spend("100.00")
        self.store(self.one)
        self.order("PAUSED", DAY)
        self.assertEqual(self.reasons(), (DAY,))

        self.order("PAUSED")
        self.assertEqual(self.reasons(), (MANUAL, DAY))
        self.assertEqual(self.oracle.verdict(self.one).pause_reason, MANUAL)

    def test_an_answer_sent_back_is_no_order_and_one_that_was_changed_is(self) -> None:
        self.order("PAUSED", DAY, (DAY,))
        self.assertEqual(self.reasons(), ())

        self.order("PAUSED", None, ())
        self.assertEqual(self.reasons(), (MANUAL,))

        self.order("ACTIVE", MANUAL, (MANUAL,))
        self.assertEqual(self.reasons(), ())

    def test_lifting_a_hold_leaves_a_person_s_pause(self) -> None:
        self.order("PAUSED")
        self.oracle.hold(self.brand, held=True)
        self.oracle.hold(self.brand, held=False)

        self.assertEqual((self.reasons(self.one), self.reasons(self.two)), ((MANUAL,), ()))

    def test_a_month_used_up_outlasts_a_daily_reset(self) -> None:
        self.spend("1000.00")
        self.oracle.reset("D", [self.brand])
        self.assertEqual(self.reasons(), (MONTH,))

        self.oracle.reset("M", [self.brand])
        self.assertEqual(self.reasons(), ())


class WindowTests(OracleTestCase):
    zone = "Europe/Berlin"

    def window(self, start: str, end: str, *, day: int = WEDNESDAY, overnight: bool = False) -> int:
        opens, closes = time.fromisoformat(start), time.fromisoformat(end)
        return self.oracle.add_window(self.one, day=day, start=opens, end=closes, overnight=overnight).code

    def open_at(self, *instants: str) -> list[bool]:
        return [not self.oracle.by_hours(self.one, at(instant)) for instant in instants]

    def test_a_window_includes_its_start_and_not_its_end(self) -> None:
        self.window("09:00", "17:00")

        instants = ("2026-03-11 07:59:59", "2026-03-11 08:00", "2026-03-11 15:59:59", "2026-03-11 16:00")
        self.assertEqual(self.open_at(*instants), [False, True, True, False])

    def test_sundays_window_runs_into_monday(self) -> None:
        self.window("22:00", "02:00", day=6, overnight=True)

        instants = ("2026-03-15 20:59", "2026-03-15 21:00", "2026-03-16 00:59", "2026-03-16 01:00")
        self.assertEqual(self.open_at(*instants), [False, True, True, False])

    def test_an_hour_that_is_repeated_counts_both_times(self) -> None:
        self.window("02:00", "03:00", day=6)

        instants = ("2026-10-24 23:59", "2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00")
        self.assertEqual(self.open_at(*instants), [False, True, True, False])

    def test_the_same_window_twice_and_ends_before_starts_are_refused(self) -> None:
        self.assertEqual(self.window("22:00", "00:00"), 201)
        self.assertEqual(self.window("22:00", "00:00", overnight=True), 400)
        self.assertEqual(self.window("22:00", "23:59:59"), 400)
        self.assertEqual(self.window("22:00", "21:00"), 400)
        self.assertEqual(self.window("22:00", "21:00", overnight=True), 201)
        self.assertEqual(self.window("22:00", "23:00", overnight=True), 400)
        self.assertEqual(self.window("00:00", "22:00"), 201)


class RunsAgainTests(OracleTestCase):
    def test_it_is_the_next_day_the_next_month_or_never(self) -> None:
        self.spend("100.00")
        self.assertEqual(self.oracle.runs_again_at(self.one), at("2026-03-12 00:00"))

        self.spend("900.00")
        self.assertEqual(self.oracle.runs_again_at(self.one), at("2026-04-01 00:00"))

        self.oracle.change_campaign(self.one, {"daily_budget": Decimal(0)})
        self.assertIsNone(self.oracle.runs_again_at(self.one))

    def test_an_entry_dated_tomorrow_puts_it_off(self) -> None:
        self.spend("100.00")
        self.spend("100.00", days=1)

        self.assertEqual(self.oracle.runs_again_at(self.one), at("2026-03-13 00:00"))

    def test_it_waits_for_a_window_of_a_day_with_money(self) -> None:
        self.spend("100.00")
        self.oracle.add_window(self.one, day=WEDNESDAY, start=time(9), end=time(17), overnight=False)

        self.assertEqual(self.oracle.runs_again_at(self.one), at("2026-03-18 09:00"))

    def test_it_agrees_with_a_search_minute_by_minute_around_clock_changes(self) -> None:
        cases = {
            "Africa/Cairo": "2025-04-24 20:10",
            "America/Havana": "2026-03-07 20:10",
            "Europe/Berlin": "2026-10-24",
        }
        for zone, start in cases.items():
            self.oracle.change_brand(self.brand, {"timezone": zone})
            self.oracle.now = at(start)
            today = self.oracle.today(self.brand).weekday()
            self.oracle.windows.clear()
            for day in (today + 1, today + 2):
                self.oracle.add_window(self.one, day=day % 7, start=time(0, 30), end=time(2, 30), overnight=False)
            minutes = (self.oracle.now + timedelta(minutes=n) for n in range(5 * 1440))
            slow = next(minute for minute in minutes if not self.oracle.reasons(self.one, minute))

            with self.subTest(zone=zone):
                self.assertEqual(self.oracle.runs_again_at(self.one), slow)


class WallTimeTests(SimpleTestCase):
    def test_a_day_begins_at_its_first_instant(self) -> None:
        self.assertEqual(day_start(date(2025, 4, 25), "Africa/Cairo"), at("2025-04-24 22:00"))
        self.assertEqual(day_start(date(2026, 11, 1), "America/Havana"), at("2026-11-01 04:00"))
        self.assertEqual(day_start(date(2026, 3, 11), "UTC"), at("2026-03-11 00:00"))

    def test_clock_changes_are_found_to_the_second(self) -> None:
        self.assertEqual(clock_changes("Europe/Berlin", 2026), (at("2026-03-29 01:00"), at("2026-10-25 01:00")))
        self.assertEqual(clock_changes("UTC", 2026), ())
