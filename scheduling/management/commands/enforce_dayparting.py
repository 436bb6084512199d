"""`enforce_dayparting`: decide every campaign's windows."""

from django.utils import timezone

from brands.management.brand_commands import BrandCommand, chosen_brands
from budget_system.core.actors import Actor
from spending.enforcement.recounts import decide_windows


class Command(BrandCommand):
    """Decide the windows of every campaign."""

    help = "Pauses and wakes every campaign by its schedule."

    def handle(self, *, brand: list[str] | None, dry_run: bool, **options: object) -> None:
        """Run the command."""
        brand_ids = chosen_brands(brand)
        self.started("dayparting enforcement")
        counts = decide_windows(
            now=timezone.now(), by=Actor.command("enforce_dayparting"), brand_ids=brand_ids, dry_run=dry_run
        )
        self.completed("dayparting enforcement", counts.dayparting_counts(), dry_run=dry_run)
