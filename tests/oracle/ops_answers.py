"""Operations that send an answer back: as it was shown, however old, or with one thing changed."""

from collections.abc import Sequence
from datetime import date, time
from decimal import Decimal
from random import Random
from typing import TypeVar

from tests.oracle.compare import Difference
from tests.oracle.driver import Driver
from tests.oracle.facts import Brand, Campaign, Entry, Order, Outcome, Window
from tests.oracle.operations import operation, pick, seldom
from tests.oracle.rows import Row, entry_row, window_row

T = TypeVar("T", Brand, Campaign, Entry, Window)
KEPT = 12


def _money(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))


class AnswerOperations(Driver):
    """GET, then PUT of what was shown."""

    def __init__(self) -> None:
        """Begin with no answer kept."""
        super().__init__()
        self.kept_entries: list[tuple[Entry, Row]] = []
        self.kept_windows: list[tuple[Window, Row]] = []

    def known(self, things: Sequence[T], ident: object) -> T:
        """Find what the system calls by an id."""
        return next(thing for thing in things if self.ident(thing) == ident)

    def put(self, thing: object, path: str, row: Row, outcome: Outcome) -> Outcome:
        """PUT a body."""
        return self.ask(outcome, "PUT", f"{path}{self.ident(thing)}/", row)

    def is_outdated(self, campaign: Campaign) -> bool:
        """Return whether the clock has made another status due than the one that is stored."""
        return campaign.shown != self.oracle.verdict(campaign)

    @operation(Driver.campaigns)
    def put_same_campaign(self, rng: Random) -> Outcome:
        """GET a campaign, PUT the same body: nothing happens, not even a new ETag."""
        campaign = pick(rng, self.campaigns())
        path = f"/api/campaigns/{self.ident(campaign)}/"
        outdated = self.is_outdated(campaign)
        self.expected = 200
        before = self.system.send("GET", path)
        after = self.system.send("PUT", path, before.body if isinstance(before.body, dict) else {})
        self.note(f"PUT {path} of what was shown -> {after.code}")
        if after.code != 200 or (after.etag != before.etag and not outdated):
            raise Difference(f"PUT of the same body: {after.code} {after.body}, ETag {before.etag} -> {after.etag}")
        return Outcome(200, brands=[campaign.brand])

    @operation(Driver.campaigns)
    def put_old_campaign(self, rng: Random) -> Outcome:
        """PUT an older answer: its status is no order; one that was changed in it is."""
        campaign = pick(rng, self.campaigns())
        row = dict(pick(rng, self.comparison.answers[campaign]))
        how = rng.randint(0, 5)
        if how == 0:
            row["daily_budget"] = pick(rng, (None, "12.00", "25.50"))
        if how in (1, 2):
            row["status"] = "PAUSED" if row["status"] == "ACTIVE" else "ACTIVE"
        blocked_by, reason = row["blocked_by"], row["pause_reason"]
        assert isinstance(blocked_by, list)
        order = Order(str(row["status"]), None if reason is None else str(reason), tuple(blocked_by))
        values = {
            "brand": self.known(self.oracle.brands, row["brand"]),
            "name": row["name"],
            "platform": row["platform"],
            "external_id": row["external_id"],
            "daily_budget": _money(row["daily_budget"]),
            "monthly_budget": _money(row["monthly_budget"]),
        }
        if how in (1, 2):
            self.comparison.ordered.add(campaign)
        outcome = self.oracle.change_campaign(campaign, values, order)
        return self.put(campaign, "/api/campaigns/", row, outcome)

    @operation(Driver.brands)
    def put_old_brand(self, rng: Random) -> Outcome:
        """PUT an older answer of a brand, its hold ignored."""
        brand = pick(rng, self.brands())
        row = pick(rng, self.comparison.answers[brand])
        values = {name: row[name] for name in ("name", "timezone", "currency", "figures_max_age_hours")}
        values |= {name: _money(row[name]) for name in ("daily_budget", "monthly_budget")}
        thresholds = row["alert_thresholds"]
        assert isinstance(thresholds, list)
        values["thresholds"] = tuple(thresholds)
        return self.put(brand, "/api/brands/", row, self.oracle.change_brand(brand, values))

    @operation(lambda self: any(not entry.campaign.brand.gone for entry in self.oracle.entries))
    def put_old_spend(self, rng: Random) -> Outcome:
        """PUT an answer of a spend, of now or of some time ago."""
        kept = [(entry, row) for entry, row in self.kept_entries if not entry.campaign.brand.gone]
        if not kept or not seldom(rng, 3):
            entry = pick(rng, [entry for entry in self.oracle.entries if not entry.campaign.brand.gone])
            row = entry_row(entry, self.ident)
            self.kept_entries = [*self.kept_entries, (entry, row)][-KEPT:]
        else:
            entry, row = pick(rng, kept)
        values = {
            "campaign": self.known(self.oracle.campaigns, row["campaign"]),
            "amount": _money(row["amount"]),
            "day": date.fromisoformat(str(row["spend_date"])),
            "kind": row["spend_type"],
            "external_id": row["external_id"],
        }
        return self.put(entry, "/api/spends/", row, self.oracle.change_entry(entry, values))

    @operation(lambda self: self.oracle.windows, weight=3)
    def put_old_window(self, rng: Random) -> Outcome:
        """PUT an answer of a window, of now or of some time ago."""
        kept = [(window, row) for window, row in self.kept_windows if not window.campaign.gone]
        if not kept or not seldom(rng, 2):
            window = pick(rng, self.oracle.windows)
            row = window_row(window, self.ident)
            self.kept_windows = [*self.kept_windows, (window, row)][-KEPT:]
        else:
            window, row = pick(rng, kept)
        values = {
            "day_of_week": row["day_of_week"],
            "start": time.fromisoformat(str(row["start_time"])),
            "end": time.fromisoformat(str(row["end_time"])),
            "ends_next_day": row["ends_next_day"],
            "is_active": row["is_active"],
        }
        return self.put(window, "/api/schedules/", row, self.oracle.change_window(window, values))
