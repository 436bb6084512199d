"""What the oracle knows of brands, campaigns, windows and the ledger."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

MANUAL = "MANUAL"
MONTH = "MONTHLY_BUDGET_EXCEEDED"
DAY = "DAILY_BUDGET_EXCEEDED"
NO_SCHEDULE = "NO_SCHEDULE"
OUTSIDE = "OUTSIDE_SCHEDULE"
REASONS = (MANUAL, MONTH, DAY, NO_SCHEDULE, OUTSIDE)

ZERO = Decimal("0.00")
WHOLE_ONLY = ("JPY",)
"""Of the currencies that the machine uses, those without decimals."""
WEEK = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Shown:
    """The stored verdict, as the API shows it."""

    status: str
    pause_reason: str | None
    blocked_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A status as it was sent, with the reason, the `blocked_by` and the note with it; `None` is not sent."""

    status: str
    pause_reason: str | None = None
    blocked_by: tuple[str, ...] | None = None
    note: bool = False


@dataclass(slots=True, eq=False)
class Brand:
    """A client of the agency."""

    key: str
    name: str
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    timezone: str
    currency: str
    held: bool = False
    gone: bool = False
    thresholds: tuple[int, ...] = (50, 80, 100)
    figures_max_age_hours: int = 3

    def takes(self, *amounts: object, currency: str = "") -> bool:
        """Return whether amounts can be the brand's, in its currency or in another that it is to have."""
        given = (amount for amount in amounts if isinstance(amount, Decimal))
        return (currency or self.currency) not in WHOLE_ONLY or not any(amount % 1 for amount in given)

    def __repr__(self) -> str:
        return self.key


@dataclass(slots=True, eq=False)
class Campaign:
    """A campaign: what a person wants of it, its caps, and what was last stored of its verdict.

    One that is `gone` was archived, if there is an `archived_at`, or else removed. It is `spoken_of` once a person has
    changed it or ordered about it by itself; `held_once` tells that a hold or release of its brand was about it too.
    """

    key: str
    brand: Brand
    name: str
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    platform: str = ""
    external_id: str = ""
    paused_by_person: bool = False
    stated: str | None = None
    gone: bool = False
    archived_at: datetime | None = None
    spoken_of: bool = False
    held_once: bool = False
    shown: Shown | None = None
    paused_at: datetime | None = None

    def __repr__(self) -> str:
        return self.key


@dataclass(slots=True, eq=False)
class Window:
    """A dayparting window of one campaign."""

    key: str
    campaign: Campaign
    day_of_week: int
    start: time
    end: time
    ends_next_day: bool
    is_active: bool = True

    def __repr__(self) -> str:
        return self.key

    @property
    def seconds(self) -> tuple[int, int]:
        """Return the second of the week at which it opens, and for how many it stays open."""
        start, end = _second(self.start), _second(self.end)
        length = end - start + (86_400 if self.ends_next_day or self.end == time() else 0)
        return self.day_of_week * 86_400 + start, length

    def holds(self, shown: datetime) -> bool:
        """Return whether a wall clock that shows this is inside the window."""
        opens, length = self.seconds
        now = shown.weekday() * 86_400 + _second(shown.time())
        return (now - opens) % WEEK < length


@dataclass(slots=True, eq=False)
class Entry:
    """One entry of the ledger."""

    key: str
    campaign: Campaign
    amount: Decimal
    day: date
    kind: str
    external_id: str = ""
    by_report: bool = False
    """Whether a report has booked it, or has restated it last."""

    def __repr__(self) -> str:
        return self.key


@dataclass(slots=True)
class Outcome:
    """What the rules answer to one operation, and the brands that it may have changed, their own rows or not."""

    code: int
    key: str = ""
    brands: list[Brand] = field(default_factory=list)
    own_rows: bool = True

    @property
    def accepted(self) -> bool:
        """Whether the operation was let in."""
        return self.code < 300


def _second(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60 + clock.second
