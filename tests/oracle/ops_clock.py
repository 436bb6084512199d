"""Operations of the clock: jumps, ticks, ordered resets, and the commands a person types."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from tests.oracle.driver import ALL_TASKS, Driver
from tests.oracle.facts import DAY, MONTH, Brand, Campaign, Outcome
from tests.oracle.operations import operation, pick, seldom
from tests.oracle.walltime import DAY as ONE_DAY
from tests.oracle.walltime import changes_between, day_start, instants_of, month_of

# Zones that skip or repeat midnight, half and quarter hours, both ends of the date line, and the usual ones.
ZONES = (
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Africa/Cairo",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Niue",
)
STARTS = tuple(
    datetime.fromisoformat(text).replace(tzinfo=UTC)
    for text in (
        "2026-03-05 11:00",
        "2026-03-26 21:50",
        "2026-10-20 08:00",
        "2025-04-22 15:30",
        "2025-09-04 20:00",
        "2025-12-29 23:00",
        "2028-02-27 12:00",
        "2018-11-01 09:00",
        "2018-02-14 18:00",
    )
)
NEAR = tuple(timedelta(seconds=seconds) for seconds in (-1, 0, 0, 1, 1800))
LOOK_AHEAD = timedelta(days=40)


class ClockOperations(Driver):
    """What the clock does, and what people order of it."""

    def jump(self, at: datetime) -> Outcome:
        """Move the clock, never back."""
        self.go_to(max(at, self.oracle.now))
        return Outcome(200)

    def windowed(self) -> list[Campaign]:
        """List the campaigns that have windows."""
        return [campaign for campaign in self.campaigns() if self.oracle.windows_of(campaign)]

    # Jumps

    @operation()
    def jump_by_seconds(self, rng: Random) -> Outcome:
        """Move the clock by some seconds."""
        return self.jump(self.oracle.now + timedelta(seconds=rng.randint(1, 600)))

    @operation()
    def jump_by_hours(self, rng: Random) -> Outcome:
        """Move the clock by some hours."""
        return self.jump(self.oracle.now + timedelta(minutes=rng.randint(20, 1200)))

    @operation()
    def jump_by_days(self, rng: Random) -> Outcome:
        """Move the clock by some days with nobody there."""
        return self.jump(self.oracle.now + timedelta(hours=rng.randint(24, 120)))

    @operation(Driver.brands)
    def jump_to_midnight(self, rng: Random) -> Outcome:
        """Go to a brand's next midnight, to a second before, or past it."""
        brand = pick(rng, self.brands())
        start = day_start(self.oracle.today(brand) + ONE_DAY, brand.timezone)
        return self.jump(start + pick(rng, NEAR))

    @operation(Driver.brands)
    def jump_to_month_end(self, rng: Random) -> Outcome:
        """Go to the turn of a brand's month."""
        brand = pick(rng, self.brands())
        first = month_of(month_of(self.oracle.today(brand)) + 32 * ONE_DAY)
        return self.jump(day_start(first, brand.timezone) + pick(rng, NEAR))

    @operation(Driver.brands)
    def jump_to_clock_change(self, rng: Random) -> Outcome:
        """Go to a clock change that is near, if there is one, else only to the next hour."""
        now = self.oracle.now
        soon = sorted({at for b in self.brands() for at in changes_between(b.timezone, now, now + LOOK_AHEAD)})
        return self.jump((soon[0] if soon else now + timedelta(hours=1)) + pick(rng, NEAR))

    @operation(windowed)
    def jump_to_window_edge(self, rng: Random) -> Outcome:
        """Go to where a window opens or closes, today or tomorrow."""
        campaign = pick(rng, self.windowed())
        window, zone = pick(rng, self.oracle.windows_of(campaign)), campaign.brand.timezone
        day = self.oracle.today(campaign.brand) + pick(rng, (0, 1)) * ONE_DAY
        edge = datetime.combine(day, pick(rng, (window.start, window.end)))
        return self.jump(pick(rng, instants_of(edge, zone)) + pick(rng, NEAR))

    # Ticks

    def tick(self, task: str, decided: Sequence[Campaign]) -> Outcome:
        """Run one task; what it is there to find must be decided afterwards."""
        self.note(f"task {task}")
        self.system.tick(task)
        self.oracle.must.update(decided)
        return Outcome(200, brands=self.oracle.brands)

    def outdated(self, *reasons: str, only_gone: bool = False) -> list[Campaign]:
        """List the campaigns of which one of these reasons no longer holds, or does now."""
        found = []
        for campaign in self.campaigns():
            stored = set(campaign.shown.blocked_by if campaign.shown else ()) & set(reasons)
            due = set(self.oracle.reasons(campaign)) & set(reasons)
            if stored - due or (due - stored and not only_gone):
                found.append(campaign)
        return found

    @operation()
    def dayparting_task(self, rng: Random) -> Outcome:
        """Run the task of every minute."""
        return self.tick("dayparting", self.outdated("NO_SCHEDULE", "OUTSIDE_SCHEDULE"))

    @operation()
    def budget_task(self, rng: Random) -> Outcome:
        """Run the task of every five minutes."""
        return self.tick("budgets", self.outdated(MONTH, DAY))

    @operation()
    def daily_reset_task(self, rng: Random) -> Outcome:
        """Run the daily reset, however often: it clears nothing."""
        return self.tick("daily", self.outdated(DAY, only_gone=True))

    @operation()
    def monthly_reset_task(self, rng: Random) -> Outcome:
        """Run the monthly reset, on whatever day."""
        return self.tick("monthly", self.outdated(MONTH, only_gone=True))

    @operation()
    def all_tasks(self, rng: Random) -> Outcome:
        """Run all tasks in any order."""
        return self.tick_all(rng.sample(ALL_TASKS, len(ALL_TASKS)))

    @operation()
    def all_tasks_twice(self, rng: Random) -> Outcome:
        """Run all tasks, then all again: the second time changes nothing."""
        self.tick_all()
        self.comparison.everything()
        return self.tick_all(rng.sample(ALL_TASKS, len(ALL_TASKS)))

    # Orders

    def some_brands(self, rng: Random) -> tuple[list[Brand], list[str]]:
        """Choose one brand, by name or id, or all."""
        if not self.brands() or seldom(rng, 3):
            return self.brands(), []
        brand = pick(rng, self.brands())
        return [brand], ["--brand", pick(rng, (brand.name, self.ident(brand)))]

    def reset(self, rng: Random, flag: str, periods: str) -> Outcome:
        """Type a reset."""
        brands, narrowed = self.some_brands(rng)
        words = ["reset_spends", flag, *narrowed]
        self.note(" ".join(words))
        if seldom(rng, 8):
            self.system.command(*words, "--dry-run")
            return Outcome(200, brands=brands)
        self.oracle.reset(periods, brands)
        self.system.command(*words, "--yes")
        return Outcome(200, brands=brands)

    @operation()
    def reset_daily(self, rng: Random) -> Outcome:
        """Order a daily reset, at whatever hour."""
        return self.reset(rng, "--daily", "D")

    @operation()
    def reset_monthly(self, rng: Random) -> Outcome:
        """Order a monthly reset."""
        return self.reset(rng, "--monthly", "M")

    @operation()
    def reset_both(self, rng: Random) -> Outcome:
        """Order both."""
        return self.reset(rng, "--both", "DM")

    @operation()
    def enforce_budgets(self, rng: Random) -> Outcome:
        """Type the budget command: it decides every campaign."""
        brands, narrowed = self.some_brands(rng)
        self.system.command("enforce_budgets", *narrowed)
        self.note(" ".join(["enforce_budgets", *narrowed]))
        self.oracle.must.update(campaign for brand in brands for campaign in self.oracle.living(brand))
        return Outcome(200, brands=brands)

    @operation()
    def enforce_dayparting(self, rng: Random) -> Outcome:
        """Type the dayparting command: it decides every campaign's windows."""
        brands, narrowed = self.some_brands(rng)
        due = self.outdated("NO_SCHEDULE", "OUTSIDE_SCHEDULE")
        self.system.command("enforce_dayparting", *narrowed)
        self.note(" ".join(["enforce_dayparting", *narrowed]))
        self.oracle.must.update(campaign for campaign in due if campaign.brand in brands)
        return Outcome(200, brands=brands)

    @operation()
    def check_totals(self, rng: Random) -> Outcome:
        """See that no total has drifted."""
        self.totals_are_clean()
        return Outcome(200)
