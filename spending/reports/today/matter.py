"""One thing that needs a person: what it is about, and what it says."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Final, NamedTuple

from brands.models import Brand
from campaigns.models import Campaign
from delivery.models import Account, Delivery
from spending.models import DriftFound, Import, ReportJob
from spending.reports.pacing.owners import OwnerPacing

MANY_CAMPAIGNS: Final = 20_000
LOOK_AGAIN_AFTER: Final = 300
"""Where somebody sees more campaigns than that, those that may be silent, run out or lag are looked for at most every
so many seconds; what is said of them is always of now.
"""
SHOWN_OF_A_KIND: Final = 10
"""How many lines of one kind stand on the page; the others are counted, and behind a link."""


class MatterKind(Enum):
    """What may need a person, the worst first."""

    LATE_TICK = "late_tick"
    DRIFT = "drift"
    STOPPED_ACCOUNT = "stopped_account"
    STALE_ACCOUNT = "stale_account"
    CONTESTED = "contested"
    DELIVERY_DRIFT = "delivery_drift"
    USED_UP = "used_up"
    FAILED_IMPORT = "failed_import"
    RUNS_OUT = "runs_out"
    SILENT = "silent"
    NO_ACTIVE_SCHEDULE = "no_active_schedule"
    UNDER_PACE = "under_pace"
    NOTHING_ALLOWED = "nothing_allowed"
    OLD_PAUSE = "old_pause"


SEVERITY: Final = {kind: place for place, kind in enumerate(MatterKind)}


@dataclass(frozen=True, slots=True)
class Matter:
    """One line of what needs a person.

    `key` names what it is about, `fingerprint` says what would make it another line: who has put it away sees it again
    when that changes.
    """

    kind: MatterKind
    key: str
    fingerprint: str
    size: Decimal = Decimal(0)
    """How bad it is, beside others of its kind."""
    brand: Brand | None = None
    campaign: Campaign | None = None
    period: str = ""
    """`day` or `month`, of a budget."""
    pacing: OwnerPacing | None = None
    at: datetime | None = None
    """Since when, or of when."""
    day: date | None = None
    """Of which date on the brand's calendar."""
    tasks: tuple[str, ...] = ()
    drift: DriftFound | None = None
    report: Import | None = None
    job: ReportJob | None = None
    account: Account | None = None
    delivery: Delivery | None = None

    @property
    def owner(self) -> Brand | Campaign | None:
        """The campaign that it is about, else the brand."""
        return self.campaign or self.brand

    @property
    def order(self) -> tuple[int, int, Decimal, str]:
        """By which lines are sorted: the worst kind first, months before days, the largest first."""
        return SEVERITY[self.kind], 0 if self.period == "month" else 1, -self.size, self.key


class MoreOf(NamedTuple):
    """Matters of which there are more than are shown: of a kind, and of campaigns or of what else it is about."""

    kind: MatterKind
    of_campaigns: bool = False


@dataclass(slots=True)
class Found:
    """Matters of one kind or several, and of which kinds there are more than were read."""

    matters: list[Matter] = field(default_factory=list)
    more: set[MoreOf] = field(default_factory=set)

    def add(self, other: "Found") -> None:
        """Add what else was found."""
        self.matters += other.matters
        self.more |= other.more
