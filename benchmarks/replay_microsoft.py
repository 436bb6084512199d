"""Replay a real account: the day-by-day spend of a Microsoft Advertising account, under budgets that are too small.

    python -m benchmarks.replay_microsoft [--until 2018-11-30]

The report (`tests/data/reports`, 2,630 rows, per device and network) is summed per campaign and day: 403 campaign-days,
243 of them above zero, 946.34 in all. The sums are sent in date order, as `POST /api/spends/`, to the system served
over HTTP on an empty database (SQLite, or PostgreSQL where TEST_DATABASE_URL is given), with the clock moved along in
the account's own time zone: 284 days, two changes of the clocks, nine turns of a month. One second before every
midnight, and at it, the tasks of the schedule run. In the end every sum is sent a second time, which moves nothing.

Budgets are chosen so that each of the 3 campaigns is paused at least ten times: see `BRAND` and `CAPS`.

What must come out is worked out by `benchmarks.microsoft_report`, which shares no code with the system: every pause and
waking with its instant and reason, every overshoot, every counter at the end of every day, every entry of the ledger.
Prints when each campaign paused and woke, every overshoot, and the counts; ends with status 1 where anything differs.
"""

import argparse
import sys
import time
from collections import Counter
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

import time_machine
from django.core.management import call_command

from benchmarks.microsoft_report import (
    ACTIVE,
    DAY,
    MONTH,
    NONE,
    ZONE,
    Budgets,
    Course,
    Days,
    every_day,
    instant,
    read_days,
    work_out,
)
from benchmarks.replaying import Replay, served
from benchmarks.scratch import scratch_database

BRAND = Budgets(daily=Decimal("25.00"), monthly=Decimal("400.00"))
CAPS = {
    "349886458": Budgets(daily=Decimal("3.00"), monthly=Decimal("60.00")),
    "349886462": Budgets(daily=Decimal("1.00"), monthly=Decimal("10.00")),
    "359751135": Budgets(daily=Decimal("15.00"), monthly=None),
}
FEWEST_PAUSES = 10

WHY = {DAY: "the day's budget is used up", MONTH: "the month's budget is used up", None: ""}


def differences(found: Course, expected: Course) -> list[str]:
    """Name everything in which the system's course differs from the one worked out."""
    answer = [f"did not happen: {change}" for change in expected.changes if change not in found.changes]
    answer += [f"should not have happened: {change}" for change in found.changes if change not in expected.changes]
    answer += [f"was not shown: {over}" for over in expected.overshoots if over not in found.overshoots]
    answer += [f"should not be shown: {over}" for over in found.overshoots if over not in expected.overshoots]
    for day, owner in sorted({*found.counters, *expected.counters}):
        is_, should_be = found.counters.get((day, owner)), expected.counters.get((day, owner))
        if is_ != should_be:
            answer.append(f"{day} {owner or 'the brand'}: {is_} should be {should_be}")
    if len(found.changes) != len(expected.changes):
        answer.append(f"{len(found.changes)} changes should be {len(expected.changes)}")
    return answer


def tell(course: Course) -> Counter[tuple[str, str]]:
    """Print when each campaign paused and woke, and every overshoot; count per campaign what happened."""
    counts: Counter[tuple[str, str]] = Counter()
    stood = dict.fromkeys(CAPS, ACTIVE)
    print("when, on the account's clock  campaign   what")
    for at, campaign, status, reason in course.changes:
        word = "stays paused" if stood[campaign] == status else "woke" if status == ACTIVE else "paused"
        stood[campaign] = status
        counts[campaign, word] += 1
        print(
            f"{at.astimezone(ZoneInfo(ZONE)):%a %Y-%m-%d %H:%M:%S %Z}   {campaign}  {word:12}  {WHY[reason]}".rstrip()
        )
    print("\nday         whose budget         overshoot")
    for day, owner, period, over in course.overshoots:
        whose = f"{owner or 'the brand'}, {period}"
        print(f"{day}  {whose:18}  {over:>10}")
    return counts


def prove(replay: Replay, days: Days, *, fewest_pauses: int) -> list[str]:
    """Replay, print, and name all that differs from what must come out."""
    course = replay.run()
    faults = differences(course, work_out(days, BRAND, CAPS))
    sums = {(day, campaign): amount for day, rows in days.items() for campaign, amount in rows.items()}
    above_zero = {key: amount for key, amount in sums.items() if amount}

    before = replay.counters()
    replay.send_again()
    if replay.counters() != before:
        faults.append("the counters moved when everything was sent again")
    ledger = replay.ledger()
    if ledger != above_zero:
        faults.append("the ledger does not hold the report's sums")

    counts = tell(course)
    print(f"\n{len(sums)} campaign-days, {len(above_zero)} above zero, over {len(every_day(days))} days")
    for campaign in CAPS:
        booked = sum((amount for (_, of), amount in ledger.items() if of == campaign), NONE)
        should_be = sum((amount for (_, of), amount in sums.items() if of == campaign), NONE)
        pauses, wakings = counts[campaign, "paused"], counts[campaign, "woke"]
        print(f"{campaign}: {booked} booked, {should_be} in the report; paused {pauses} times, woke {wakings} times")
        if booked != should_be:
            faults.append(f"{campaign}: {booked} booked should be {should_be}")
        if pauses < fewest_pauses:
            faults.append(f"{campaign}: paused {pauses} times should be {fewest_pauses} at least")
    over = Counter(f"{'campaign' if owner else 'brand'} and {period}" for _, owner, period, _ in course.overshoots)
    print(f"{len(course.overshoots)} overshoots: {', '.join(f'{count} by {whose}' for whose, count in over.items())}")
    print(f"{len(course.counters)} pairs of counters compared, {len(course.changes)} changes of status or reason")
    print(f"{sum(ledger.values(), NONE)} booked, {sum(sums.values(), NONE)} in the report")
    return faults


def main() -> int:
    """Replay the report, or its beginning; return the exit status."""
    parser = argparse.ArgumentParser(description="Replays a real account through the REST API.")
    parser.add_argument("--until", type=date.fromisoformat, help="the last day to replay, YYYY-MM-DD")
    until: date | None = parser.parse_args().until
    started = time.monotonic()
    rows, whole = read_days()
    days = {day: sums for day, sums in whole.items() if until is None or day <= until}
    print(f"{rows} rows in the report")
    fewest = FEWEST_PAUSES if until is None else 0
    with scratch_database() as vendor, time_machine.travel(instant(min(days)), tick=False) as clock, served() as api:
        faults = prove(Replay(api, days, BRAND, CAPS, clock.move_to), days, fewest_pauses=fewest)
        call_command("check_totals")
    for fault in faults:
        print(f"DIFFERS: {fault}")
    seconds = time.monotonic() - started
    print(f"{'FAILED' if faults else 'OK'}: replayed on {vendor} in {seconds:.1f} s, {len(faults)} differences")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
