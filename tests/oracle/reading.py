"""What follows from the facts at an instant: counters, reasons, and when a campaign runs again.

Everything is worked out from the ledger each time. What resets have cleared of a period is the least that the ledger
has held of it at and since its last reset: a reset clears all there is, and a later correction downwards takes from
what was cleared only what is no longer there.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import chain

from tests.oracle.facts import (
    DAY,
    MANUAL,
    MONTH,
    NO_SCHEDULE,
    OUTSIDE,
    ZERO,
    Brand,
    Campaign,
    Entry,
    Shown,
    Window,
)
from tests.oracle.feed_facts import Report
from tests.oracle.walltime import date_at, dates_from, instants_of, month_of, turns_of, wall

Period = tuple[Campaign, str, date]

# From any instant on, a month's end, the next month's and two weeks of windows lie within this.
HORIZON_DAYS = 84


class Reading:
    """The facts, and what can be read from them."""

    def __init__(self, now: datetime) -> None:
        """Begin with nothing, at an instant."""
        self.now = now
        self.brands: list[Brand] = []
        self.campaigns: list[Campaign] = []
        self.windows: list[Window] = []
        self.entries: list[Entry] = []
        self.cleared: dict[Period, Decimal] = {}
        self.moved_by_people: set[Campaign] = set()
        self.reports: list[Report] = []
        self.chosen: dict[tuple[str, str], str] = {}
        """What a brand's reports of a platform do with other entries: what was said last."""
        self._sums: dict[Period, Decimal] | None = None

    # What there is

    def living(self, brand: Brand) -> list[Campaign]:
        """List a brand's campaigns that are not archived."""
        return [campaign for campaign in self.campaigns if campaign.brand is brand and not campaign.gone]

    def windows_of(self, campaign: Campaign) -> list[Window]:
        """List a campaign's windows."""
        return [window for window in self.windows if window.campaign is campaign]

    def has_spends(self, owner: Brand | Campaign) -> bool:
        """Return whether the ledger holds an entry of the brand's or campaign's."""
        return any(owner in (entry.campaign, entry.campaign.brand) for entry in self.entries)

    def had_spends(self, campaign: Campaign) -> bool:
        """Return whether anything was ever booked on a campaign, by more than imports that were undone."""
        reports = (report for report in self.reports if report.undone_at is None)
        return (
            campaign in self.moved_by_people
            or self.has_spends(campaign)
            or any(day.campaign is campaign for report in reports for day in report.changed)
        )

    def today(self, brand: Brand) -> date:
        """Return the brand's date of now."""
        return date_at(self.now, brand.timezone)

    # Money

    def ledger(self) -> dict[Period, Decimal]:
        """Sum the ledger per campaign, and day or month."""
        if self._sums is None:
            sums: dict[Period, Decimal] = defaultdict(lambda: ZERO)
            for entry in self.entries:
                sums[entry.campaign, "M", month_of(entry.day)] += entry.amount
                if entry.kind == "DAILY":
                    sums[entry.campaign, "D", entry.day] += entry.amount
            self._sums = dict(sums)
        return self._sums

    def counter(self, campaign: Campaign, period: str, day: date) -> Decimal:
        """Return a campaign's counter of the day, or of the month, that a date lies in."""
        key = (campaign, period, day if period == "D" else month_of(day))
        return self.ledger().get(key, ZERO) - self.cleared.get(key, ZERO)

    def brand_counter(self, brand: Brand, period: str, day: date) -> Decimal:
        """Return a brand's counter: the sum over its campaigns, archived ones included."""
        owned = (campaign for campaign in self.campaigns if campaign.brand is brand)
        return sum((self.counter(campaign, period, day) for campaign in owned), ZERO)

    def forget_sums(self) -> None:
        """Sum the ledger anew when it is next asked for."""
        self._sums = None

    def settle(self) -> None:
        """Lower what was cleared to what the ledger still holds, after a change as a whole."""
        self.forget_sums()
        held = self.ledger()
        for key, amount in self.cleared.items():
            self.cleared[key] = min(amount, held.get(key, ZERO))

    def used_up(self, campaign: Campaign, period: str, day: date) -> bool:
        """Return whether the brand's or the campaign's own budget is used up on a date."""
        brand = campaign.brand
        limit = brand.daily_budget if period == "D" else brand.monthly_budget
        cap = campaign.daily_budget if period == "D" else campaign.monthly_budget
        return (limit is not None and self.brand_counter(brand, period, day) >= limit) or (
            cap is not None and self.counter(campaign, period, day) >= cap
        )

    # The verdict

    def by_hand(self, campaign: Campaign) -> list[str]:
        """Name what only a person can lift."""
        return [MANUAL] if campaign.paused_by_person or campaign.brand.held else []

    def by_money(self, campaign: Campaign, day: date) -> list[str]:
        """Name the budgets that are used up on a date."""
        lines = ((MONTH, "M"), (DAY, "D"))
        return [reason for reason, period in lines if self.used_up(campaign, period, day)]

    def by_hours(self, campaign: Campaign, at: datetime) -> list[str]:
        """Name what the windows say at an instant."""
        windows = self.windows_of(campaign)
        active = [window for window in windows if window.is_active]
        if windows and not active:
            return [NO_SCHEDULE]
        shown = wall(at, campaign.brand.timezone)
        return [OUTSIDE] if active and not any(window.holds(shown) for window in active) else []

    def reasons(self, campaign: Campaign, at: datetime | None = None) -> tuple[str, ...]:
        """Return every line of the verdict that holds at an instant, in order."""
        at = at or self.now
        day = date_at(at, campaign.brand.timezone)
        return (*self.by_hand(campaign), *self.by_money(campaign, day), *self.by_hours(campaign, at))

    def verdict(self, campaign: Campaign) -> Shown:
        """Return what must be stored of the campaign now."""
        reasons = self.reasons(campaign)
        first = reasons[0] if reasons else None
        stated = campaign.stated if campaign.paused_by_person else None
        return Shown("PAUSED" if reasons else "ACTIVE", stated or first, reasons)

    # When it runs again

    def runs_again_at(self, campaign: Campaign) -> datetime | None:
        """Find the first instant at or after now at which nothing blocks, if only the clock moves."""
        brand = campaign.brand
        limits = (brand.daily_budget, brand.monthly_budget, campaign.daily_budget, campaign.monthly_budget)
        if self.by_hand(campaign) or NO_SCHEDULE in self.by_hours(campaign, self.now) or ZERO in limits:
            return None
        if not self.reasons(campaign):
            return self.now
        found: list[datetime] = []
        days_left = HORIZON_DAYS
        for day in dates_from(self.today(brand) - timedelta(days=1), HORIZON_DAYS):
            if not self.by_money(campaign, day):
                found += [at for at in self._turns(campaign, day) if not self.by_hours(campaign, at)]
            days_left = min(days_left, 1) if found else days_left
            days_left -= 1
            if days_left < 0:
                break
        return min(found, default=None)

    def _turns(self, campaign: Campaign, day: date) -> list[datetime]:
        """List the instants after now, on a date, at which the verdict may change."""
        zone = campaign.brand.timezone
        edges = (
            datetime.combine(day, edge) for window in self.windows_of(campaign) for edge in (window.start, window.end)
        )
        turns = chain(turns_of(day, zone), *(instants_of(edge, zone) for edge in edges))
        return [at for at in turns if at > self.now and date_at(at, zone) == day]
