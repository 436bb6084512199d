"""`pacing`: how the brands' budgets of the day and the month are being spent."""

from argparse import ArgumentParser

from django.core.management import call_command
from django.utils import timezone

from brands.calendar import zone
from brands.management.brand_commands import chosen_brands
from brands.models import Brand
from budget_system.core.money import money
from budget_system.operations.service_command import ServiceCommand
from campaigns.pacing import PacingState
from spending.reports.pacing.brands import paced
from spending.reports.pacing.owners import PERIODS, OwnerPacing, PeriodPacing


class Command(ServiceCommand):
    """Print a line for each brand's day and month."""

    help = "Shows how brands spend their budgets of the day and the month: pace, projections, when they run out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add of which brands, and in which format."""
        parser.add_argument("--brand", action="append", metavar="NAME|UUID", help="only this brand; may be repeated")
        parser.add_argument("--csv", action="store_true", help="all figures as CSV, as `export pacing` writes them")

    def handle(self, *, brand: list[str] | None, csv: bool, **options: object) -> None:
        """Run the command."""
        if csv:
            call_command("export", "pacing", brand=brand, stdout=self.stdout)
            return
        brands = Brand.objects.filter(pk__in=Brand.objects.ids(chosen_brands(brand)))
        for row, pacing in paced(brands, now=timezone.now()):
            for name in PERIODS:
                self.stdout.write(f"{row}, {name}: {_line(pacing, pacing.periods[name])}")


def _line(pacing: OwnerPacing, period: PeriodPacing) -> str:
    currency, figures = pacing.currency, period.pacing
    budget = "" if period.budget is None else f" of {money(period.budget, currency)}"
    parts = [f"{money(period.spent, currency)}{budget} {currency}, {PacingState(figures.state).label}"]
    if figures.pace is not None:
        parts.append(f"pace {figures.pace} %")
    projections = {
        "linear": figures.projected_linear,
        "run rate": figures.projected_run_rate,
        "recommended a day": figures.recommended_daily,
    }
    parts += [f"{word} {money(amount, currency)}" for word, amount in projections.items() if amount is not None]
    if figures.runs_out_at is not None:
        local = figures.runs_out_at.astimezone(zone(pacing.timezone))
        parts.append(f"runs out {local:%Y-%m-%d %H:%M} {pacing.timezone}")
    return "; ".join(parts)
