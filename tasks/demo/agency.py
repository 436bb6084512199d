"""The agency of `seed_demo`: brands, campaigns and hours. Data only; `days.py` books its days."""

from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal

from campaigns.models import Platform

WEEKDAYS = (0, 1, 2, 3, 4)
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)
MIDNIGHT = time(0)


@dataclass(frozen=True, slots=True)
class Hours:
    """The same window on several weekdays."""

    days: tuple[int, ...]
    start: time
    end: time
    ends_next_day: bool = False
    is_active: bool = True


OFFICE = Hours(WEEKDAYS, time(9), time(18))
EVENING = Hours(EVERY_DAY, time(17), MIDNIGHT)
LATE = Hours((3, 4, 5), time(21), time(2), ends_next_day=True)
NIGHT = Hours(EVERY_DAY, time(20), time(4), ends_next_day=True)
SWITCHED_OFF = replace(OFFICE, is_active=False)


@dataclass(frozen=True, slots=True)
class DemoCampaign:
    """One campaign: `weight` percent of what its brand spends, `reported` when its figures of a day come in.

    With a `cap` of its own it spends `cap_today` of that today.
    """

    name: str
    platform: Platform
    weight: int
    reported: time
    hours: tuple[Hours, ...] = ()
    cap: Decimal | None = None
    cap_today: Decimal = Decimal("0.88")
    fee: Decimal | None = None
    pause_note: str = ""

    @property
    def is_steady(self) -> bool:
        """Whether it spends at any hour, with no limit of its own."""
        return not self.hours and self.cap is None and not self.pause_note


@dataclass(frozen=True, slots=True)
class DemoBrand:
    """One brand: on most days it spends about its `pace`, of which `today` is the part spent by now.

    `month` is the part of its monthly budget that is used up by now; without one it is whatever the days gave.
    """

    name: str
    timezone: str
    currency: str
    pace: Decimal
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    campaigns: tuple[DemoCampaign, ...]
    today: Decimal = Decimal("0.55")
    month: Decimal | None = None
    hold_note: str = ""


BRANDS = (
    DemoBrand(
        "Alder & Finch Coffee",
        "America/New_York",
        "USD",
        pace=Decimal(900),
        daily_budget=Decimal(900),
        monthly_budget=Decimal(27_000),
        campaigns=(
            DemoCampaign("Brand search", Platform.GOOGLE, 30, time(18), fee=Decimal(250)),
            DemoCampaign("Subscriptions", Platform.META, 28, time(19)),
            DemoCampaign("Office coffee", Platform.LINKEDIN, 18, time(17), hours=(OFFICE,)),
            DemoCampaign("Morning pickup", Platform.GOOGLE, 12, time(10), hours=(Hours(EVERY_DAY, time(6), time(11)),)),
            DemoCampaign("Winter blends", Platform.PINTEREST, 12, time(20)),
        ),
    ),
    DemoBrand(
        "Brightwater Outdoors",
        "America/Los_Angeles",
        "USD",
        pace=Decimal(1_500),
        daily_budget=Decimal(1_500),
        monthly_budget=Decimal(45_000),
        today=Decimal("0.93"),
        campaigns=(
            DemoCampaign("Tents and packs", Platform.GOOGLE, 34, time(16)),
            DemoCampaign("Trail running", Platform.META, 24, time(18)),
            DemoCampaign("Outlet", Platform.AMAZON, 22, time(19), fee=Decimal(400)),
            DemoCampaign("Gear talk", Platform.REDDIT, 10, time(21), hours=(EVENING,)),
            DemoCampaign("Short clips", Platform.TIKTOK, 10, time(20)),
        ),
    ),
    DemoBrand(
        "Kestrel Cycles",
        "Europe/London",
        "GBP",
        pace=Decimal(600),
        daily_budget=Decimal(600),
        monthly_budget=Decimal(18_000),
        today=Decimal("1.04"),
        campaigns=(
            DemoCampaign("Road bikes", Platform.GOOGLE, 34, time(15)),
            DemoCampaign("E-bikes", Platform.MICROSOFT, 26, time(17)),
            DemoCampaign("Commuters", Platform.META, 20, time(18)),
            DemoCampaign("Weekend rides", Platform.SNAPCHAT, 10, time(14), hours=(Hours((5, 6), time(8), time(20)),)),
            DemoCampaign("Workshop", Platform.GOOGLE, 10, time(16), hours=(OFFICE,)),
        ),
    ),
    DemoBrand(
        "Lindenhof Möbel",
        "Europe/Berlin",
        "EUR",
        pace=Decimal(1_100),
        daily_budget=Decimal(1_300),
        monthly_budget=Decimal(36_000),
        month=Decimal("1.02"),
        campaigns=(
            DemoCampaign("Sofas", Platform.GOOGLE, 40, time(18)),
            DemoCampaign("Kitchens", Platform.MICROSOFT, 25, time(17)),
            DemoCampaign("Ideas", Platform.PINTEREST, 15, time(20)),
            DemoCampaign("Evening catalogue", Platform.META, 12, time(22), hours=(EVENING,)),
            DemoCampaign("Architects", Platform.LINKEDIN, 8, time(16), hours=(OFFICE,), fee=Decimal(320)),
        ),
    ),
    DemoBrand(
        "Casa Jacarandá",
        "America/Sao_Paulo",
        "BRL",
        pace=Decimal(2_000),
        daily_budget=Decimal(2_400),
        monthly_budget=Decimal(66_000),
        month=Decimal("0.91"),
        campaigns=(
            DemoCampaign("Decoração", Platform.META, 40, time(19)),
            DemoCampaign("Presentes", Platform.GOOGLE, 30, time(17)),
            DemoCampaign("Vídeos curtos", Platform.TIKTOK, 18, time(20)),
            DemoCampaign("Fim de semana", Platform.GOOGLE, 12, time(15), hours=(Hours((4, 5, 6), time(10), time(22)),)),
        ),
    ),
    DemoBrand(
        "Nilgiri Tea Traders",
        "Asia/Kolkata",
        "INR",
        pace=Decimal(40_000),
        daily_budget=Decimal(45_000),
        monthly_budget=Decimal(1_300_000),
        hold_note="The invoice of last month is unpaid.",
        campaigns=(
            DemoCampaign("Loose leaf", Platform.GOOGLE, 40, time(18)),
            DemoCampaign("Gift boxes", Platform.AMAZON, 30, time(19)),
            DemoCampaign("Tea rooms", Platform.META, 20, time(20)),
            DemoCampaign("Wholesale", Platform.LINKEDIN, 10, time(16), hours=(OFFICE,)),
        ),
    ),
    DemoBrand(
        "Harbour Lane Hotels",
        "Asia/Tokyo",
        "JPY",
        pace=Decimal(240_000),
        daily_budget=None,
        monthly_budget=Decimal(8_000_000),
        campaigns=(
            DemoCampaign("City breaks", Platform.GOOGLE, 36, time(18)),
            DemoCampaign("Last minute", Platform.META, 20, time(23), hours=(NIGHT,)),
            DemoCampaign("Rooftop bar", Platform.SNAPCHAT, 10, time(23), hours=(LATE,)),
            DemoCampaign("Weddings", Platform.PINTEREST, 14, time(17), cap=Decimal(32_000), cap_today=Decimal("1.01")),
            DemoCampaign("Loyalty app", Platform.APPLE, 12, time(16), cap=Decimal(27_000)),
            DemoCampaign("Conferences", Platform.LINKEDIN, 8, time(15), hours=(OFFICE,), fee=Decimal(55_000)),
        ),
    ),
    DemoBrand(
        "Tasman Wool",
        "Pacific/Auckland",
        "NZD",
        pace=Decimal(750),
        daily_budget=Decimal(900),
        monthly_budget=None,
        campaigns=(
            DemoCampaign("Merino basics", Platform.META, 34, time(18)),
            DemoCampaign("Knitting yarn", Platform.PINTEREST, 22, time(19)),
            DemoCampaign("Blankets", Platform.GOOGLE, 20, time(17)),
            DemoCampaign("Farm stories", Platform.X, 12, time(16), pause_note="The landing page is being rebuilt."),
            DemoCampaign("Trade fair", Platform.LINKEDIN, 6, time(15), hours=(SWITCHED_OFF,)),
            DemoCampaign("Newsletter", Platform.OTHER, 6, time(14)),
        ),
    ),
)
