"""Operations on dayparting windows."""

from datetime import datetime, time, timedelta
from random import Random

from tests.oracle.driver import Driver
from tests.oracle.facts import Campaign, Outcome, Window
from tests.oracle.operations import body_of, operation, pick, seldom
from tests.oracle.walltime import wall

FIELDS = {
    "day_of_week": "day_of_week",
    "start": "start_time",
    "end": "end_time",
    "ends_next_day": "ends_next_day",
    "is_active": "is_active",
}
CLOCKS = (time(), time(0, 30), time(2), time(2, 30), time(9), time(12), time(17, 30), time(23), time(23, 59, 59))


class WindowOperations(Driver):
    """What is added, changed and deleted of windows."""

    def windows(self) -> list[Window]:
        """List all windows of living campaigns."""
        return self.oracle.windows

    def clock_time(self, rng: Random, campaign: Campaign) -> time:
        """Choose a clock time: a telling one, or one within the next hours."""
        if seldom(rng, 2):
            return pick(rng, CLOCKS)
        shown = wall(self.oracle.now, campaign.brand.timezone) + timedelta(minutes=rng.randint(-90, 90))
        return datetime.combine(shown.date(), shown.time().replace(microsecond=0)).time()

    def weekday(self, rng: Random, campaign: Campaign) -> int:
        """Choose a weekday: mostly today or one of its neighbours."""
        today = self.oracle.today(campaign.brand).weekday()
        return (today + pick(rng, (0, 0, 0, -1, 1, 3))) % 7

    def add(self, campaign: Campaign, day: int, start: time, end: time, *, overnight: bool, active: bool) -> Outcome:
        """POST a window."""
        outcome = self.oracle.add_window(campaign, day=day, start=start, end=end, overnight=overnight, active=active)
        sent: dict[str, object] = {"day_of_week": day, "start_time": start, "end_time": end, "is_active": active}
        if overnight:
            sent["ends_next_day"] = True
        return self.ask(outcome, "POST", "/api/schedules/", {"campaign": self.ident(campaign)} | body_of(sent))

    @operation(Driver.campaigns, weight=3)
    def add_window(self, rng: Random) -> Outcome:
        """Add a window of one day; one that ends before it starts is refused."""
        gone = self.gone()
        campaign = pick(rng, gone if gone and seldom(rng, 30) else self.campaigns())
        day, active = self.weekday(rng, campaign), not seldom(rng, 8)
        start, end = self.clock_time(rng, campaign), self.clock_time(rng, campaign)
        if end < start and not seldom(rng, 8):
            start, end = end, start
        return self.add(campaign, day, start, end, overnight=False, active=active)

    @operation(Driver.campaigns, weight=3)
    def add_overnight_window(self, rng: Random) -> Outcome:
        """Add a window over midnight; one of more than 24 hours is refused."""
        campaign = pick(rng, self.campaigns())
        day, active = self.weekday(rng, campaign), not seldom(rng, 8)
        start, end = self.clock_time(rng, campaign), self.clock_time(rng, campaign)
        if end > start and not seldom(rng, 8):
            start, end = end, start
        return self.add(campaign, day, start, end, overnight=True, active=active)

    @operation(windows, weight=5)
    def add_twin_window(self, rng: Random) -> Outcome:
        """Add a window that touches another, or is the same and refused."""
        other = pick(rng, self.windows())
        start, end, overnight = other.end, pick(rng, CLOCKS), False
        if seldom(rng, 3):
            start, end = other.start, other.end
            overnight = other.ends_next_day if end != time() else seldom(rng, 2)
        day = (other.day_of_week + (other.ends_next_day or other.end == time())) % 7
        if start == other.start:
            day = other.day_of_week
        return self.add(other.campaign, day, start, end, overnight=overnight, active=True)

    def patch(self, window: Window, values: dict[str, object]) -> Outcome:
        """PATCH a window."""
        outcome = self.oracle.change_window(window, values)
        sent = {FIELDS[name]: value for name, value in values.items()}
        return self.ask(outcome, "PATCH", f"/api/schedules/{self.ident(window)}/", body_of(sent))

    @operation(windows, weight=3)
    def change_window(self, rng: Random) -> Outcome:
        """Change one side of a window, its weekday, or whether it runs over midnight."""
        window = pick(rng, self.windows())
        name = pick(rng, ("start", "end", "end", "day_of_week", "day_of_week", "ends_next_day"))
        if name == "day_of_week":
            return self.patch(window, {name: self.weekday(rng, window.campaign)})
        if name == "ends_next_day":
            return self.patch(window, {name: not window.ends_next_day})
        return self.patch(window, {name: self.clock_time(rng, window.campaign)})

    @operation(windows)
    def toggle_window(self, rng: Random) -> Outcome:
        """Switch a window off, or on again."""
        window = pick(rng, self.windows())
        return self.patch(window, {"is_active": not window.is_active})

    @operation(windows)
    def switch_off_all_windows(self, rng: Random) -> Outcome:
        """Switch off all windows of a campaign, one after the other."""
        campaign = pick(rng, self.windows()).campaign
        for window in self.oracle.windows_of(campaign):
            outcome = self.patch(window, {"is_active": False})
            self.comparison.brands([campaign.brand])
        return outcome

    @operation(windows)
    def delete_window(self, rng: Random) -> Outcome:
        """Delete a window; a second time it is not there."""
        window = pick(rng, self.windows())
        path = f"/api/schedules/{self.ident(window)}/"
        outcome = self.ask(self.oracle.remove_window(window), "DELETE", path)
        if seldom(rng, 4):
            self.ask(Outcome(404), "DELETE", path)
        return outcome

    @operation(windows)
    def delete_all_windows(self, rng: Random) -> Outcome:
        """Delete all windows of a campaign: it may run at any hour."""
        campaign = pick(rng, self.windows()).campaign
        for window in self.oracle.windows_of(campaign):
            outcome = self.ask(self.oracle.remove_window(window), "DELETE", f"/api/schedules/{self.ident(window)}/")
            self.comparison.brands([campaign.brand])
        return outcome
