"""The agency that the browser visits, filled in by a process of the running system: `fill` is called in its shell."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Final

from axes.models import AccessAttempt
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_celery_beat.models import ClockedSchedule, IntervalSchedule, SolarSchedule

from alerts.channels.unsubscribing import unsubscribe_token
from alerts.models import Subscription
from brands.access.tokens import issue_token
from brands.calendar import local_date
from brands.models import Brand, Membership, Role
from brands.services import BrandValues, change_brand, create_brand, hold_brand
from budget_system.core.actors import Actor
from campaigns.models import Campaign, Platform
from campaigns.services import CampaignValues, change_campaign, create_campaign, pause_campaign
from delivery.models import Attempt, Channel, Message, MessageState
from delivery.services.acknowledging import Ack, acknowledge
from scheduling.services import create_schedule
from spending.enforcement.resets import reset
from spending.models import Period
from spending.recording.bulk import record_many
from tasks.heartbeats import TICK_PERIODS, record_heartbeat
from tests.browser.snapshots import AGENCY, EMPTY, REPORT, ROWS, SESSIONS, keep
from tests.routes import admin_pages

BY: Final = Actor.command("browser")
OWNER, MANAGER, VIEWER = "olivia", "mona", "vera"
PASSWORD: Final = "only-In-tests-17"
DAYS: Final = 30


@dataclass(frozen=True)
class Plan:
    """A brand: what each of its campaigns spends on a day, and on this one."""

    name: str
    currency: str
    daily_budget: Decimal | None
    monthly_budget: Decimal | None
    campaigns: tuple[str, ...]
    each_day: int
    today: int


EVENINGS: Final = ("Evenings", "Late evenings")
KETTLE: Final = Plan(
    *("Copper Kettle", "USD", Decimal(500), Decimal(50_000)),
    ("Brand search", "Espresso machines", "Filter coffee", "Gift cards", *EVENINGS),
    each_day=60,
    today=90,
)
"""Over its day's budget: a larger one wakes four campaigns; two are outside their hours."""
FERN: Final = Plan(
    *("Fern Hotels", "EUR", Decimal(900), Decimal(30_000)),
    ("City breaks", "Conferences", "Restaurants", "Spa weeks", "Weddings"),
    each_day=50,
    today=20,
)
"""Within its budgets: all its campaigns run, at any hour."""
HATS: Final = Plan(
    *("Hartley Hats", "GBP", None, Decimal(9_000)), ("Summer hats", "Winter hats"), each_day=40, today=30
)
"""Held."""
PRESS: Final = Plan(*("Quince Press", "USD", None, None), ("Novels",), each_day=5, today=5)
"""Has an imported report."""
NEW: Final = Plan(*("Tallow & Wick", "USD", Decimal(100), None), (), each_day=0, today=0)
"""Has nothing yet."""
PLANS: Final = (KETTLE, FERN, HATS, PRESS, NEW)


def noon_zone(now: datetime) -> str:
    """Return a time zone in which it is about noon: no test begins on one day and ends on the next."""
    offset = 12 - now.astimezone(UTC).hour
    return f"Etc/GMT{-offset:+d}" if offset else "UTC"


def fill(folder: str) -> None:
    """Fill the migrated database, keep it as it is when empty and when full, and note the sessions and the rows."""
    now = timezone.now()
    owner = User.objects.create_superuser(OWNER, "olivia@example.com", PASSWORD)
    sessions = {OWNER: _session(owner)}
    for name in TICK_PERIODS:
        record_heartbeat(name, at=now)
    keep(Path(folder) / EMPTY)
    brands = {plan: _fill_brand(plan, now) for plan in PLANS}
    hold_brand(brand_id=brands[HATS].pk, note="The invoice of March is open.", now=now, by=BY)
    novels = Campaign.objects.get(brand=brands[PRESS], name="Novels")
    pause_campaign(campaign_id=novels.pk, note="New cover.", now=now, by=BY)
    reset(periods=[Period.DAY], brand_ids=[brands[PRESS].pk], note="Wrong figures.", now=now, by=BY)
    call_command("import_spends", REPORT, brand="Quince Press", platform="google", create_campaigns=True, verbosity=0)
    for name, role in ((MANAGER, Role.MANAGER), (VIEWER, Role.VIEWER)):
        user = User.objects.create_user(name, password=PASSWORD)
        for brand in brands.values():
            Membership.objects.create(user=user, brand=brand, role=role)
        sessions[name] = _session(user)
    _deliver(brands[FERN], now)
    _subscribe(owner, brands[FERN], now)
    _fill_administration(owner, now)
    keep(Path(folder) / AGENCY)
    (Path(folder) / SESSIONS).write_text(json.dumps(sessions))
    (Path(folder) / ROWS).write_text(json.dumps(_rows()))


def _deliver(brand: Brand, now: datetime) -> None:
    """Switch delivery on for two campaigns of a brand; of one the platform was seen to do what is wanted."""
    for number, name in enumerate(("City breaks", "Weddings"), 41):
        values: CampaignValues = {"platform": "google", "external_id": str(number), "delivery_enabled": True}
        change_campaign(campaign_id=Campaign.objects.get(brand=brand, name=name).pk, values=values, now=now, by=BY)
    acks = [Ack("41", Campaign.objects.get(brand=brand, name="City breaks").generation, "ACTIVE")]
    acknowledge(account="1112223333", items=acks, now=now, by=BY)


def _subscribe(owner: User, brand: Brand, now: datetime) -> None:
    """Subscribe the owner and a channel; the channel was told once, and could not be reached the first time."""
    Subscription.objects.create(channel=Channel.MAIL, user=owner, every_brand=True)
    channel = Subscription.objects.create(
        channel=Channel.SLACK, name="Fern's channel", secrets={"url": "https://hooks.example.com/services/T0/B0/x"}
    )
    channel.brands.add(brand)
    message = Message.objects.create(
        channel=Channel.SLACK,
        receiver=channel.receiver,
        brand=brand,
        state=MessageState.DELIVERED,
        attempts=2,
        due_at=None,
        settled_at=now,
    )
    for status in (503, 200):
        Attempt.objects.create(message=message, at=now, delivered=status == 200, status=status, error="")


def _session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def _fill_brand(plan: Plan, now: datetime) -> Brand:
    """Create a brand with a month of spends; its budgets come last, so that history holds no pause."""
    zone, made = noon_zone(now), now - timedelta(days=DAYS)
    brand = create_brand(
        values={
            "name": plan.name,
            "timezone": zone,
            "currency": plan.currency,
            "daily_budget": None,
            "monthly_budget": None,
        },
        now=made,
        by=BY,
    )
    campaigns = [_make_campaign(brand, plan, place, made) for place in range(len(plan.campaigns))]
    today = local_date(now, zone)
    record_many(
        rows=[
            {
                "campaign_id": campaign.pk,
                "amount": Decimal((plan.each_day if ago else plan.today) + place),
                "spend_date": today - timedelta(days=ago),
                "external_id": f"{campaign.name}-{ago}",
            }
            for ago in range(DAYS)
            for place, campaign in enumerate(campaigns)
        ],
        now=now,
        by=BY,
    )
    budgets: BrandValues = {"daily_budget": plan.daily_budget, "monthly_budget": plan.monthly_budget}
    return change_brand(brand_id=brand.pk, values=budgets, now=now, by=BY)


def _make_campaign(brand: Brand, plan: Plan, place: int, made: datetime) -> Campaign:
    campaign = create_campaign(
        values={
            "brand_id": brand.pk,
            "name": plan.campaigns[place],
            "platform": Platform.GOOGLE,
            "external_id": f"{9_000_000 + PLANS.index(plan) * 100 + place}",
        },
        now=made,
        by=BY,
    )
    for day in range(7) if campaign.name in EVENINGS else ():
        create_schedule(
            values={"campaign_id": campaign.pk, "day_of_week": day, "start_time": time(18), "end_time": time(23)},
            now=made,
            by=BY,
        )
    return campaign


def _fill_administration(owner: User, now: datetime) -> None:
    """Make one row of each kind that belongs to no brand."""
    Group.objects.create(name="Desk")
    issue_token(user=owner, expires_at=None, now=now, by=BY)
    AccessAttempt.objects.create(username="nobody", ip_address="127.0.0.1", failures_since_start=1)
    IntervalSchedule.objects.create(every=7, period=IntervalSchedule.HOURS)
    ClockedSchedule.objects.create(clocked_time=now)
    SolarSchedule.objects.create(event="sunset", latitude=52, longitude=13)


def _rows() -> dict[str, str]:
    """Return the id of a row of each kind that the admin has pages of, by its label; of the agency's own by name."""
    found = {model._meta.label_lower: model._base_manager.order_by("pk").first() for model in admin_pages()}
    found |= {row.name: row for row in (*Brand.objects.all(), *Campaign.objects.all())}
    mail = Subscription.objects.get(channel=Channel.MAIL)
    ids = {label: str(row.pk) for label, row in found.items() if row is not None}
    return ids | {"unsubscribe": unsubscribe_token(mail)}
