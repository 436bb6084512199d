"""`seed_demo`: an agency to try the system with."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from django.utils import timezone

from brands.models import Brand
from budget_system.core.actors import Actor
from budget_system.operations.service_command import ServiceCommand
from campaigns.models import Campaign, CampaignStatus
from spending.models import Spend
from spending.reports.figures import Figures, brand_figures
from tasks.demo.agency import BRANDS
from tasks.demo.days import create_demo_brand


class Command(ServiceCommand):
    """Load the demo; what exists of it already stays as it is."""

    help = "Loads an agency to look at: 8 brands, 40 campaigns, 60 days of spends. Running it twice changes nothing."

    def handle(self, **options: object) -> None:
        """Load brand by brand, and print what each contains."""
        now = timezone.now()
        for plan in BRANDS:
            with _history():
                brand = create_demo_brand(plan, now=now, by=Actor.command("seed_demo"))
            self.stdout.write(f"{plan.name}: there already, left as it is" if brand is None else _described(brand, now))


@contextmanager
def _history() -> Iterator[None]:
    """Keep the changes of an invented history out of the log; warnings and errors pass."""
    log = logging.getLogger("budget_system")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)


def _described(brand: Brand, now: datetime) -> str:
    campaigns = Campaign.objects.filter(brand=brand)
    active = campaigns.filter(status=CampaignStatus.ACTIVE).count()
    spends = Spend.objects.filter(campaign__brand=brand).count()
    brand = Brand.objects.get(pk=brand.pk)
    figures = brand_figures([brand], now=now)[brand.pk]
    return (
        f"{brand}: {campaigns.count()} campaigns ({active} running), {spends} spends, {_money(brand, figures)}"
        f"{', held' if brand.is_held else ''}"
    )


def _money(brand: Brand, figures: Figures) -> str:
    day = _part(figures.daily_spend, brand.daily_budget)
    month = _part(figures.monthly_spend, brand.monthly_budget)
    return f"day {day}, month {month}"


def _part(spent: Decimal, budget: Decimal | None) -> str:
    return f"{spent / budget:.0%}" if budget else "without limit"
