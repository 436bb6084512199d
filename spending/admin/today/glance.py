"""One brand's row: its day and its month, drawn."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.safestring import SafeString

from brands.models import Brand
from budget_system.admin.indicators import pill
from budget_system.admin.row_urls import change_url
from campaigns.admin.colours import BY_PERSON
from spending.admin.pacing_bars import pacing_bar
from spending.admin.today.line_text import amount
from spending.reports.pacing.owners import OwnerPacing


@dataclass(frozen=True, slots=True)
class GlanceRow:
    """A brand with its bars, its projection, and the addresses behind its figures."""

    name: str
    held: str
    url: str
    day: SafeString
    day_url: str
    month: SafeString
    month_url: str
    projection: str
    timezone: str


def glance_row(brand: Brand, pacing: OwnerPacing) -> GlanceRow:
    """Return a brand's row."""
    ledger = reverse("admin:spending_spend_changelist")

    def spends(period: str) -> str:
        shown = pacing.periods[period]
        asked = {"campaign__brand__id__exact": brand.pk, "spend_date_from": shown.start, "spend_date_to": shown.end}
        return f"{ledger}?{urlencode(asked)}"

    figures = pacing.month.pacing
    projected = figures.projected_linear if figures.projected_run_rate is None else figures.projected_run_rate
    return GlanceRow(
        name=brand.name,
        held=pill(BY_PERSON, "held") if brand.is_held else "",
        url=change_url(brand),
        day=pacing_bar(pacing, "day"),
        day_url=spends("day"),
        month=pacing_bar(pacing, "month"),
        month_url=spends("month"),
        projection="–" if projected is None else amount(projected, pacing.currency),
        timezone=pacing.timezone,
    )
