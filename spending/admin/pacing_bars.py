"""A budget's bar: what is spent of it, a mark where the money should be by now, and where that leads."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from budget_system.admin.indicators import Colour, Gauge, draw_gauge, make_gauge
from budget_system.admin.local_times import short
from budget_system.core.money import ZERO, money
from budget_system.core.percents import percent_text, used_text
from campaigns.pacing import Pacing, PacingState
from spending.reports.pacing.owners import OwnerPacing, PeriodPacing

COLOURS: Final = {
    PacingState.NO_BUDGET: Colour.GREY,
    PacingState.NOTHING_ALLOWED: Colour.RED,
    PacingState.USED_UP: Colour.RED,
    PacingState.NOT_STARTED: Colour.GREY,
    PacingState.NOT_SCHEDULED: Colour.GREY,
    PacingState.UNDER: Colour.AMBER,
    PacingState.OVER: Colour.AMBER,
    PacingState.ON_TRACK: Colour.GREEN,
}


@dataclass(frozen=True, slots=True)
class Forecast:
    """One line of what is said below a bar."""

    label: str
    value: str


def pacing_bar(pacing: OwnerPacing, period: str, href: str = "") -> SafeString:
    """Draw the bar of the `day` or the `month` with its pace, for a row of a list; `href` leads to what was spent."""
    shown = pacing.periods[period]
    if shown.budget is None:
        return format_html(
            '<div class="bs-gauge bs-grey bs-figures">{} <span class="bs-word">no limit</span></div>',
            _linked(f"{money(shown.spent, pacing.currency)} {pacing.currency}", href),
        )
    used = f" · {used_text(shown.spent, shown.budget)}" if shown.budget > ZERO else ""
    figures = f"{money(shown.spent, pacing.currency)} of {money(shown.budget, pacing.currency)} {pacing.currency}{used}"
    aside = _aside(shown, shown.budget, pacing.currency)
    return draw_gauge(_gauge(shown), _linked(figures, href), aside=aside, mark=_mark(shown))


def pace_text(pacing: Pacing) -> SafeString:
    """Return the pace in percent with its word, for a column of a list."""
    if pacing.pace is None:
        return mark_safe('<span class="bs-muted">–</span>')
    return format_html(
        '<span class="bs-pace bs-{}"><span class="bs-number">{}</span> <span class="bs-word">{}</span></span>',
        COLOURS[pacing.state].value,
        percent_text(pacing.pace),
        pacing.state.label,
    )


def pacing_panel(pacing: OwnerPacing, period: str) -> SafeString:
    """Draw the bar, and below it the plan, the projections, what is recommended and when the budget runs out."""
    lines = ((line.label, line.value) for line in forecasts(pacing, period))
    facts = format_html_join("", "<div><dt>{}</dt><dd>{}</dd></div>", lines)
    details = format_html('<dl class="bs-pacing">{}</dl>', facts) if facts else mark_safe("")
    return format_html('<div class="bs-pacing-panel">{}{}</div>', pacing_bar(pacing, period), details)


def forecasts(pacing: OwnerPacing, period: str) -> list[Forecast]:
    """Return what is said below the bar of the `day` or the `month`: only what applies."""
    figures, currency = pacing.periods[period].pacing, pacing.currency

    def amount(label: str, value: Decimal | None, more: str = "") -> list[Forecast]:
        return [] if value is None else [Forecast(label, f"{money(value, currency)} {currency}{more}")]

    out_at = figures.runs_out_at
    return [
        *amount("On plan by now", figures.expected),
        *amount("Projected at this rate", figures.projected_linear),
        *amount("Projected from the last 7 days", figures.projected_run_rate),
        *amount("Recommended", figures.recommended_daily, " a day"),
        *(
            [Forecast("Runs out", f"{short(out_at, pacing.timezone, now=pacing.at)} ({pacing.timezone})")]
            if out_at
            else []
        ),
    ]


def _linked(figures: str, href: str) -> str:
    return format_html('<a href="{}">{}</a>', href, figures) if href else figures


def _gauge(period: PeriodPacing) -> Gauge:
    state = period.pacing.state
    return Gauge(COLOURS[state], str(state.label), make_gauge(period.spent, period.budget).percent)


def _aside(period: PeriodPacing, budget: Decimal, currency: str) -> str:
    """Return what stands to the right of the word: by how much it is over, or the pace."""
    if period.spent > budget:
        return f"over by {money(period.spent - budget, currency)}"
    pace = period.pacing.pace
    return "" if pace is None or period.pacing.state == PacingState.USED_UP else f"pace {percent_text(pace)}"


def _mark(period: PeriodPacing) -> Decimal | None:
    """Return the percent of the bar at which the money should be by now."""
    return period.pacing.elapsed if period.budget is not None and period.budget > ZERO else None
