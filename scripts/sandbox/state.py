"""What the sandbox knows: accounts, campaigns, and what these cost while they run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

CENT = Decimal("0.01")


@dataclass(slots=True)
class Campaign:
    """A campaign, and the spans in which it ran."""

    name: str
    status: str = "ACTIVE"
    """ACTIVE, PAUSED or REMOVED."""
    rate: Decimal = Decimal(0)
    """What it costs in an hour."""
    budget: Decimal | None = None
    """What it costs in a day at most."""
    spent: dict[date, Decimal] = field(default_factory=dict)
    """What days had cost already when it was created."""
    stated: dict[date, Decimal] = field(default_factory=dict)
    """Costs of days that are what they are, whatever ran."""
    ran: list[tuple[datetime, datetime]] = field(default_factory=list)
    runs_since: datetime | None = None
    changed_at: datetime | None = None

    def switch(self, status: str, at: datetime) -> None:
        """Activate, pause or remove it."""
        if status == self.status:
            return
        if self.runs_since is not None:
            self.ran.append((self.runs_since, at))
            self.runs_since = None
        if status == "ACTIVE":
            self.runs_since = at
        self.status, self.changed_at = status, at

    def cost(self, day: date, zone: ZoneInfo, now: datetime) -> Decimal:
        """Return what it has cost on a day of a zone until `now`, rounded to cents."""
        if day in self.stated:
            return self.stated[day]
        begins, ends = (datetime.combine(one, time(0), zone).astimezone(UTC) for one in (day, day + timedelta(days=1)))
        spans = [*self.ran, (self.runs_since, now)] if self.runs_since is not None else self.ran
        ran = sum((max(min(end, ends) - max(start, begins), timedelta(0)) for start, end in spans), timedelta(0))
        cost = self.rate * Decimal(int(ran.total_seconds())) / 3600 + self.spent.get(day, Decimal(0))
        return (cost if self.budget is None else min(cost, self.budget)).quantize(CENT, ROUND_HALF_UP)


@dataclass(slots=True)
class Account:
    """An account with its campaigns."""

    token: str
    name: str
    currency: str
    timezone: str
    campaigns: dict[str, Campaign] = field(default_factory=dict)

    def costs(self, first: date, last: date, now: datetime) -> Iterator[dict[str, str]]:
        """Yield what each campaign has cost on each day; removed ones had their costs too."""
        zone = ZoneInfo(self.timezone)
        for pk, campaign in sorted(self.campaigns.items()):
            for offset in range((last - first).days + 1):
                day = first + timedelta(days=offset)
                amount = campaign.cost(day, zone, now)
                if amount or day in campaign.stated:
                    yield {"campaign": pk, "name": campaign.name, "day": str(day), "amount": str(amount)}


@dataclass(slots=True)
class Fault:
    """What goes wrong with some calls."""

    call: str
    """Which: account, status, changes or costs."""
    kind: str
    """`error` (500), `hang` and `applied_then_hang` (no answer in `seconds`), `throttle` (429, with a wait of
    `seconds`), `throttle_each` (each change says so), `refuse_each`, `slow` (`seconds` later) or `dead_token`.
    """
    seconds: float = 0
    times: int = 1_000_000


class State:
    """Everything, in memory."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._set_to: datetime | None = None
        self.accounts: dict[str, Account] = {}
        self.faults: list[Fault] = []
        self.calls: dict[str, int] = {}

    def now(self) -> datetime:
        """Return the time: the machine's, or the one that was set."""
        return self._set_to or self._clock()

    def set_clock(self, now: datetime | None) -> None:
        """Set the time, which then stands still; `None`: the machine's again."""
        self._set_to = now

    def fault(self, call: str) -> Fault | None:
        """Return what goes wrong with this call, and count it."""
        self.calls[call] = self.calls.get(call, 0) + 1
        for fault in self.faults:
            if fault.call == call and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def put(self, account_id: str, values: Mapping[str, Any]) -> None:
        """Create an account or change it, and create or replace campaigns of it."""
        account = self.accounts.setdefault(account_id, Account("", account_id, "USD", "UTC"))
        for name in ("token", "name", "currency", "timezone"):
            setattr(account, name, values.get(name, getattr(account, name)))
        for pk, one in values.get("campaigns", {}).items():
            campaign = Campaign(one.get("name", pk), "", Decimal(one.get("rate", "0")))
            campaign.spent = _by_day(one.get("spent", {}))
            campaign.budget = Decimal(one["budget"]) if one.get("budget") is not None else None
            campaign.switch(one.get("status", "ACTIVE"), self.now())
            account.campaigns[pk] = campaign
            self.state_costs(account_id, {pk: one.get("costs", {})})

    def state_costs(self, account_id: str, costs: Mapping[str, Mapping[str, str]]) -> None:
        """State what days have cost."""
        campaigns = self.accounts[account_id].campaigns
        for pk, days in costs.items():
            campaigns[pk].stated |= _by_day(days)

    def switch(self, account_id: str, wanted: Mapping[str, str]) -> dict[str, dict[str, object]]:
        """Switch campaigns; return for each what became of it."""
        campaigns, results = self.accounts[account_id].campaigns, dict[str, dict[str, object]]()
        for pk, status in wanted.items():
            campaign = campaigns.get(pk)
            if campaign is None or campaign.status == "REMOVED":
                results[pk] = {"status": "not_found", "message": "There is no such campaign, or it was removed."}
                continue
            campaign.switch(status, self.now())
            results[pk] = {"status": "applied"}
        return results


def _by_day(amounts: Mapping[str, str]) -> dict[date, Decimal]:
    return {date.fromisoformat(day): Decimal(amount) for day, amount in amounts.items()}
