"""`enforce_budgets`: recount, repair, and decide every campaign."""

from django.utils import timezone

from brands.management.brand_commands import BrandCommand, chosen_brands
from budget_system.core.actors import Actor
from spending.enforcement.recounts import recount_budgets


class Command(BrandCommand):
    """Recount the current day and month from the ledger, and decide every campaign."""

    help = "Recounts the current day and month from the ledger, corrects drift, and pauses or wakes every campaign."

    def handle(self, *, brand: list[str] | None, dry_run: bool, **options: object) -> None:
        """Run the command."""
        brand_ids = chosen_brands(brand)
        self.started("budget enforcement")
        counts = recount_budgets(
            now=timezone.now(), by=Actor.command("enforce_budgets"), brand_ids=brand_ids, dry_run=dry_run
        )
        self.completed("budget enforcement", counts.budget_counts(), dry_run=dry_run)
